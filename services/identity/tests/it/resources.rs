//! Resources of configured types: the same rules as for users, by the same code.

use proto::{
    identity::v1::{self as pb, resource_service_client::ResourceServiceClient},
    protocol::v1::{PatchOperation, patch_operation::Op},
};
use scim::configuration::Configuration;
use serde_json::{Value, json};
use tonic::Status;

use crate::fixture::{ACCOUNT, App, operation, scim};

mod characteristics;
mod filters;
mod life;
mod lists;

const DEVICE: &str = "urn:example:Device";
const RACK: &str = "urn:example:Rack";
const BADGE: &str = "urn:example:Badge";

/// Every type of attribute, alone and several, and two types that share a schema.
fn schemas() -> Configuration {
    let file = json!({
        "schemas": [
            {"id": DEVICE, "attributes": [
                {"name": "serial", "required": true, "caseExact": true, "uniqueness": "server", "mutability": "immutable"},
                {"name": "name", "uniqueness": "server"},
                {"name": "weight", "type": "decimal"},
                {"name": "on", "type": "boolean"},
                {"name": "made", "type": "dateTime"},
                {"name": "certificate", "type": "binary"},
                {"name": "owner", "type": "reference", "referenceTypes": ["User"]},
                {"name": "voucher", "mutability": "writeOnly"},
                {"name": "hidden", "returned": "never"},
                {"name": "tags", "multiValued": true},
                {"name": "sizes", "type": "integer", "multiValued": true},
                {"name": "ports", "type": "complex", "multiValued": true, "subAttributes": [
                    {"name": "value"}, {"name": "speed", "type": "integer"}, {"name": "primary", "type": "boolean"},
                    {"name": "vlans", "type": "integer", "multiValued": true},
                    {"name": "mac", "uniqueness": "server"},
                ]},
                {"name": "place", "type": "complex", "subAttributes": [
                    {"name": "site"}, {"name": "floors", "type": "integer", "multiValued": true},
                ]},
            ]},
            {"id": RACK, "attributes": [
                {"name": "row", "type": "integer"}, {"name": "labels", "multiValued": true},
            ]},
            {"id": BADGE, "attributes": [
                {"name": "number", "type": "integer", "uniqueness": "server"},
                {"name": "colour", "mutability": "immutable"},
            ]},
        ],
        "resourceTypes": [
            {"name": "Device", "endpoint": "/Devices", "schema": DEVICE, "schemaExtensions": [{"schema": RACK}]},
            {"name": "Gadget", "endpoint": "/Gadgets", "schema": DEVICE},
            {"name": "User", "schemaExtensions": [{"schema": BADGE}]},
        ],
    });
    file.to_string().parse().expect("a good file")
}

pub(crate) async fn start() -> App {
    App::start_with(schemas()).await
}

fn client(app: &App) -> ResourceServiceClient<chassis::client::Channel> {
    ResourceServiceClient::new(app.channel.clone())
}

fn resource(value: Value) -> pb::Resource {
    let Value::Object(value) = value else {
        panic!("{value} is no object");
    };
    proto::resource::from_scim(value)
}

async fn create_as(
    app: &App,
    account_id: i64,
    resource_type: &str,
    value: Value,
) -> Result<pb::Resource, Status> {
    let request = pb::CreateResourceRequest {
        account_id,
        resource_type: resource_type.to_owned(),
        resource: Some(resource(value)),
        actor: Some(scim()),
    };
    let created = client(app).create_resource(request).await?;
    Ok(created.into_inner())
}

pub(crate) async fn create(app: &App, value: Value) -> Result<pb::Resource, Status> {
    create_as(app, ACCOUNT, "Device", value).await
}

async fn get(app: &App, id: &str) -> Result<pb::Resource, Status> {
    let request = pb::GetResourceRequest {
        account_id: ACCOUNT,
        resource_type: "Device".to_owned(),
        id: id.to_owned(),
    };
    Ok(client(app).get_resource(request).await?.into_inner())
}

pub(crate) async fn replace(app: &App, id: &str, value: Value) -> Result<pb::Resource, Status> {
    let request = pb::ReplaceResourceRequest {
        account_id: ACCOUNT,
        resource_type: "Device".to_owned(),
        id: id.to_owned(),
        resource: Some(resource(value)),
        etags: Vec::new(),
        actor: Some(scim()),
    };
    Ok(client(app).replace_resource(request).await?.into_inner())
}

pub(crate) async fn patch(
    app: &App,
    id: &str,
    etag: &str,
    op: Op,
    path: &str,
    value: Value,
) -> Result<pb::Resource, Status> {
    patch_all(app, id, etag, vec![operation(op, path, value)]).await
}

pub(crate) async fn patch_all(
    app: &App,
    id: &str,
    etag: &str,
    operations: Vec<PatchOperation>,
) -> Result<pb::Resource, Status> {
    let request = pb::PatchResourceRequest {
        account_id: ACCOUNT,
        resource_type: "Device".to_owned(),
        id: id.to_owned(),
        operations,
        etags: vec![etag.to_owned()],
        actor: Some(scim()),
    };
    Ok(client(app).patch_resource(request).await?.into_inner())
}

async fn delete(app: &App, id: &str) -> Result<(), Status> {
    let request = pb::DeleteResourceRequest {
        account_id: ACCOUNT,
        resource_type: "Device".to_owned(),
        id: id.to_owned(),
        etags: Vec::new(),
        actor: Some(scim()),
    };
    client(app).delete_resource(request).await.map(drop)
}

async fn list(
    app: &App,
    request: pb::ListResourcesRequest,
) -> Result<pb::ListResourcesResponse, Status> {
    let request = pb::ListResourcesRequest {
        account_id: ACCOUNT,
        resource_type: "Device".to_owned(),
        ..request
    };
    Ok(client(app).list_resources(request).await?.into_inner())
}

fn attributes(resource: &pb::Resource) -> Value {
    Value::Object(proto::resource::to_scim(resource).expect("JSON"))
}

fn serials(resources: &[pb::Resource]) -> Vec<String> {
    let serial = |resource| attributes(resource)["serial"].as_str().map(str::to_owned);
    resources.iter().filter_map(serial).collect()
}
