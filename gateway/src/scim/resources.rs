//! The endpoints of the types that the operator defined.

use ::scim::{Map, attributes::Written};
use axum::response::Response;
use chassis::work;
use http::{HeaderMap, StatusCode};
use prost::Message as _;
use proto::identity::v1::{
    CreateResourceRequest, DeleteResourceRequest, GetResourceRequest, ListResourcesRequest,
    PatchResourceRequest, ReplaceResourceRequest, Resource,
};
use tonic::Status;

use super::{
    Message,
    kind::{Endpoint, Kind},
    list::{Found, Part},
    query::{Parameters, Search, Selection},
    read_patch,
    refusal::{refuse, replacement},
    response::{self, BaseUrl, Meta, Preference},
};
use crate::{auth::ScimCaller, error::Fault, request::Id, state::Gateway};

/// The answer of a handler.
type Answer = Result<Response, Fault>;

/// Finds a part of the resources that match.
pub(crate) async fn find(
    gateway: &Gateway,
    caller: &ScimCaller,
    kind: Kind,
    search: &Search,
    part: Part,
) -> Result<Found, Fault> {
    let request = ListResourcesRequest {
        account_id: caller.account_id,
        resource_type: kind.resource_type(gateway).name.clone(),
        filter: search.filter.clone(),
        order_by: search.sort_by.clone(),
        descending: search.descending,
        skip: part.skip,
        page_size: part.size,
        use_page_tokens: part.token.is_some(),
        page_token: part.token.unwrap_or_default(),
        across_types: part.across_types,
        take: part.take,
    };
    let mut client = gateway.clients.resource.clone();
    let found = client.list_resources(request).await?.into_inner();
    let (gateway, caller) = (gateway.clone(), caller.clone());
    let shown = work::run(found.encoded_len() / 32, move || {
        let resources = found.resources.iter();
        let resources =
            resources.map(|resource| Ok(represent(&gateway, &caller, kind, resource)?.1));
        Ok(Found {
            resources: resources.collect::<Result<_, Fault>>()?,
            total: found.total_size,
            next: found.next_page_token,
        })
    });
    shown.await
}

/// `POST` to the endpoint.
pub(crate) async fn create_resource(
    Endpoint { gateway, kind }: Endpoint,
    caller: ScimCaller,
    parameters: Parameters,
    Message(body): Message,
) -> Answer {
    let selection = parameters.selection(caller.dialect)?;
    let resource_type = kind.resource_type(&gateway);
    let resource = ::scim::resource::read(resource_type, body, caller.dialect)?;
    let selection = selection.after(Written::in_body(resource_type, &resource));
    let request = CreateResourceRequest {
        account_id: caller.account_id,
        resource_type: resource_type.name.clone(),
        resource: Some(proto::resource::from_scim(resource)),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.resource.clone();
    let created = client.create_resource(request).await?.into_inner();
    let status = StatusCode::CREATED;
    answer(&gateway, &caller, kind, &selection, status, &created)
}

/// `GET` of a resource.
pub(crate) async fn get_resource(
    Endpoint { gateway, kind }: Endpoint,
    caller: ScimCaller,
    Id(id): Id,
    parameters: Parameters,
    headers: HeaderMap,
) -> Answer {
    let selection = parameters.selection(caller.dialect)?;
    let found = look(&gateway, &caller, kind, id).await?.into_inner();
    if response::is_known(&headers, &found.etag) {
        return Ok(response::not_modified(&meta(
            &gateway, &caller, kind, &found,
        )));
    }
    answer(&gateway, &caller, kind, &selection, StatusCode::OK, &found)
}

async fn look(
    gateway: &Gateway,
    caller: &ScimCaller,
    kind: Kind,
    id: String,
) -> Result<tonic::Response<Resource>, Status> {
    let request = GetResourceRequest {
        account_id: caller.account_id,
        resource_type: kind.resource_type(gateway).name.clone(),
        id,
    };
    gateway.clients.resource.clone().get_resource(request).await
}

/// `PUT` of a resource.
pub(crate) async fn replace_resource(
    Endpoint { gateway, kind }: Endpoint,
    caller: ScimCaller,
    Id(id): Id,
    parameters: Parameters,
    headers: HeaderMap,
    Message(body): Message,
) -> Answer {
    let selection = parameters.selection(caller.dialect)?;
    let resource_type = kind.resource_type(&gateway);
    let resource = match replacement(resource_type, body, &id, caller.dialect) {
        Ok(resource) => resource,
        Err(error) => return Err(refuse(error, look(&gateway, &caller, kind, id)).await),
    };
    let selection = selection.after(Written::in_body(resource_type, &resource));
    let request = ReplaceResourceRequest {
        account_id: caller.account_id,
        resource_type: resource_type.name.clone(),
        id,
        resource: Some(proto::resource::from_scim(resource)),
        etags: response::if_match(&headers),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.resource.clone();
    let replaced = client.replace_resource(request).await?.into_inner();
    let status = StatusCode::OK;
    answer(&gateway, &caller, kind, &selection, status, &replaced)
}

/// `PATCH` of a resource: 200 with the resource, as for users.
pub(crate) async fn patch_resource(
    Endpoint { gateway, kind }: Endpoint,
    caller: ScimCaller,
    Id(id): Id,
    parameters: Parameters,
    headers: HeaderMap,
    Message(body): Message,
) -> Answer {
    let selection = parameters.selection(caller.dialect)?;
    let read = read_patch(&gateway, kind, body, caller.dialect).await;
    let (operations, written) = match read {
        Ok(read) => read,
        Err(error) => return Err(refuse(error, look(&gateway, &caller, kind, id)).await),
    };
    let resource_type = kind.resource_type(&gateway);
    let selection = selection.after(written);
    let request = PatchResourceRequest {
        account_id: caller.account_id,
        resource_type: resource_type.name.clone(),
        id,
        operations: operations.into_iter().map(proto::patch::to_pb).collect(),
        etags: response::if_match(&headers),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.resource.clone();
    let changed = client.patch_resource(request).await?.into_inner();
    if response::preference(&headers) == Some(Preference::Minimal) && !selection.given {
        return Ok(response::changed(&meta(&gateway, &caller, kind, &changed)));
    }
    let status = StatusCode::OK;
    answer(&gateway, &caller, kind, &selection, status, &changed)
}

/// `DELETE` of a resource.
pub(crate) async fn delete_resource(
    Endpoint { gateway, kind }: Endpoint,
    caller: ScimCaller,
    Id(id): Id,
    headers: HeaderMap,
) -> Answer {
    let request = DeleteResourceRequest {
        account_id: caller.account_id,
        resource_type: kind.resource_type(&gateway).name.clone(),
        id,
        etags: response::if_match(&headers),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.resource.clone();
    client.delete_resource(request).await?;
    Ok(response::deleted())
}

fn answer(
    gateway: &Gateway,
    caller: &ScimCaller,
    kind: Kind,
    selection: &Selection,
    status: StatusCode,
    resource: &Resource,
) -> Answer {
    let (meta, resource) = represent(gateway, caller, kind, resource)?;
    let projection = &selection.projection;
    let resource = projection.apply(kind.resource_type(gateway), resource);
    Ok(response::resource(status, &meta, &resource))
}

fn meta(gateway: &Gateway, caller: &ScimCaller, kind: Kind, resource: &Resource) -> Meta {
    let base = BaseUrl::new(gateway, caller.account_id);
    Meta {
        location: base.location(&kind.resource_type(gateway).endpoint, &resource.id),
        id: resource.id.clone(),
        etag: resource.etag.clone(),
        created: resource.create_time,
        last_modified: resource.update_time,
    }
}

/// The full representation.
fn represent(
    gateway: &Gateway,
    caller: &ScimCaller,
    kind: Kind,
    resource: &Resource,
) -> Result<(Meta, Map), Fault> {
    let meta = meta(gateway, caller, kind, resource);
    let attributes = proto::resource::to_scim(resource).map_err(Fault::internal)?;
    let resource = response::represent(kind.resource_type(gateway), attributes, &meta);
    Ok((meta, resource))
}
