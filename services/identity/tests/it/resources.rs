//! Resources of configured types: the same rules as for users, by the same code.

use proptest::{prelude::*, test_runner::TestRunner};
use proto::{
    identity::v1::{self as pb, resource_service_client::ResourceServiceClient},
    protocol::v1::{ErrorReason, patch_operation::Op},
};
use scim::{Map, configuration::Configuration, dialect::Dialect, filter, schema::ResourceType};
use serde_json::{Value, json};
use tonic::Status;

use crate::fixture::{ACCOUNT, App, STRANGERS, operation, refusal, scim, user};

mod filters;

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

async fn start() -> App {
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

async fn create(app: &App, value: Value) -> Result<pb::Resource, Status> {
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

async fn replace(app: &App, id: &str, value: Value) -> Result<pb::Resource, Status> {
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

async fn patch(
    app: &App,
    id: &str,
    etag: &str,
    op: Op,
    path: &str,
    value: Value,
) -> Result<pb::Resource, Status> {
    let request = pb::PatchResourceRequest {
        account_id: ACCOUNT,
        resource_type: "Device".to_owned(),
        id: id.to_owned(),
        operations: vec![operation(op, path, value)],
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

/// R-EXT-05: the life of a resource, and what the change log says of it.
#[tokio::test]
async fn a_resource_lives_as_a_user_does() {
    let app = start().await;
    let sent =
        json!({"externalId": "x", "SERIAL": "S1", "weight": 1.50, "sizes": 3, RACK: {"row": 7}});
    let created = create(&app, sent).await.expect("created");
    assert_eq!(
        (&*created.resource_type, &*created.etag),
        ("Device", "W/\"1\"")
    );
    assert_eq!(created.account_id, ACCOUNT);
    let expected =
        json!({"externalId": "x", "serial": "S1", "weight": 1.5, "sizes": [3], RACK: {"row": 7}});
    assert_eq!(attributes(&created), expected);
    let id = &created.id;
    assert_eq!(get(&app, id).await.expect("found"), created);
    let same = replace(&app, id, expected.clone())
        .await
        .expect("no change");
    assert_eq!(same, created);
    let changed = patch(
        &app,
        id,
        &created.etag,
        Op::Replace,
        &format!("{RACK}:row"),
        json!(8),
    )
    .await;
    let changed = changed.expect("patched");
    assert_eq!(attributes(&changed)[RACK]["row"], json!(8));
    assert_eq!(changed.etag, "W/\"2\"");
    let stale = patch(&app, id, &created.etag, Op::Remove, RACK, Value::Null).await;
    assert_eq!(refusal(stale), ErrorReason::EtagMismatch);
    delete(&app, id).await.expect("deleted");
    assert_eq!(refusal(get(&app, id).await), ErrorReason::ResourceNotFound);
    assert_eq!(
        refusal(delete(&app, id).await),
        ErrorReason::ResourceNotFound
    );
    let changes = app.changes(0, 3).await;
    let kinds: Vec<&str> = changes.iter().map(|change| &*change.kind).collect();
    assert_eq!(
        kinds,
        ["resource.created", "resource.updated", "resource.deleted"]
    );
    assert!(
        changes
            .iter()
            .all(|change| change.resource_id == format!("Device/{id}"))
    );
    assert_eq!(changes[1].changed_attributes, [format!("{RACK}:row")]);
}

/// R-TEN, R-EP-04: types and accounts are apart, and an id has one spelling.
#[tokio::test]
async fn types_and_accounts_are_apart() {
    let app = start().await;
    let device = json!({"serial": "S1", "name": "one"});
    let created = create(&app, device.clone()).await.expect("created");
    create_as(&app, ACCOUNT, "Gadget", device.clone())
        .await
        .expect("another type");
    create_as(&app, STRANGERS, "Device", device)
        .await
        .expect("another account");
    let all = list(
        &app,
        pb::ListResourcesRequest {
            page_size: 10,
            ..Default::default()
        },
    );
    assert_eq!(all.await.expect("listed").total_size, 1);
    let request = pb::GetResourceRequest {
        account_id: ACCOUNT,
        resource_type: "Gadget".to_owned(),
        id: created.id.clone(),
    };
    let elsewhere = client(&app).get_resource(request).await;
    assert_eq!(refusal(elsewhere), ErrorReason::ResourceNotFound);
    let shouted = get(&app, &created.id.to_uppercase()).await;
    assert_eq!(refusal(shouted), ErrorReason::ResourceNotFound);
    let unknown = create_as(&app, ACCOUNT, "Sensor", json!({"serial": "S"})).await;
    assert_eq!(refusal(unknown), ErrorReason::InvalidValue);
}

/// R-ATTR-12, R-ATTR-14, R-ATTR-16, R-PUT-06.
#[tokio::test]
async fn characteristics_are_kept() {
    let app = start().await;
    let refused = refusal(create(&app, json!({"name": "one"})).await);
    assert_eq!(refused, ErrorReason::InvalidValue);
    let one = json!({"serial": "S1", "name": "One", "voucher": "v", "hidden": "h", "ports": [{"mac": "AA"}]});
    let one = create(&app, one).await.expect("created");
    assert_eq!(
        attributes(&one)["voucher"],
        "v",
        "the company's own services read it"
    );
    for (taken, attribute) in [
        (json!({"serial": "S1"}), "serial"),
        (json!({"serial": "S2", "name": "oNE"}), "name"),
        (
            json!({"serial": "S2", "ports": [{"mac": "bb"}, {"mac": "aa"}]}),
            "ports.mac",
        ),
    ] {
        let status = create(&app, taken).await.expect_err("taken");
        assert!(status.message().starts_with(attribute), "{status}");
        assert_eq!(refusal::<()>(Err(status)), ErrorReason::Uniqueness);
    }
    let two = create(&app, json!({"serial": "s1", "name": "two"}))
        .await
        .expect("case counts");
    let clash = patch(&app, &two.id, "*", Op::Replace, "name", json!("ONE")).await;
    assert_eq!(refusal(clash), ErrorReason::Uniqueness);
    assert_eq!(
        get(&app, &two.id).await.expect("found"),
        two,
        "nothing happened"
    );
    let own = patch(&app, &one.id, "*", Op::Replace, "name", json!("oNe")).await;
    assert_eq!(attributes(&own.expect("its own name"))["name"], "oNe");
    let fixed = patch(&app, &one.id, "*", Op::Replace, "serial", json!("S9")).await;
    assert_eq!(refusal(fixed), ErrorReason::Mutability);
    let fixed = replace(&app, &one.id, json!({"serial": "S9"})).await;
    assert_eq!(refusal(fixed), ErrorReason::Mutability);
    let put = replace(&app, &one.id, json!({"serial": "S1", "tags": ["a"]}))
        .await
        .expect("replaced");
    assert_eq!(
        attributes(&put),
        json!({"serial": "S1", "tags": ["a"], "voucher": "v"})
    );
    let free = patch(&app, &two.id, "*", Op::Replace, "name", json!("one")).await;
    free.expect("the name is free again");
    delete(&app, &two.id).await.expect("deleted");
    create(&app, json!({"serial": "s1", "name": "ONE"}))
        .await
        .expect("free after a deletion");
}

/// R-FILTER-25: nobody may guess at what nobody may see.
#[tokio::test]
async fn what_is_never_returned_cannot_be_asked_for() {
    let app = start().await;
    for secret in ["voucher eq \"v\"", "hidden pr"] {
        let request = pb::ListResourcesRequest {
            filter: secret.to_owned(),
            ..Default::default()
        };
        assert_eq!(
            refusal(list(&app, request).await),
            ErrorReason::InvalidFilter
        );
    }
}

/// R-POST-04: of many that race for a value, one gets it.
#[tokio::test]
async fn a_unique_value_is_given_once() {
    let app = start().await;
    let race = (0..16).map(|n| create(&app, json!({"serial": format!("S{n}"), "name": "it"})));
    let results = futures::future::join_all(race).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for lost in results.into_iter().filter(Result::is_err) {
        assert_eq!(refusal(lost), ErrorReason::Uniqueness);
    }
}

/// R-STR-04: what cannot be stored is refused, not a fault.
#[tokio::test]
async fn what_cannot_be_stored_is_refused() {
    let app = start().await;
    let long = "x".repeat(2000);
    for bad in [
        json!({"serial": "S", "name": long}),
        json!({"serial": "S", "externalId": long}),
        json!({"serial": long}),
        json!({"serial": "S", "place": {"site": "a\u{0}b"}}),
        json!({"serial": "S", "made": "yesterday"}),
        json!({"serial": "S", "certificate": "?"}),
    ] {
        assert_eq!(refusal(create(&app, bad).await), ErrorReason::InvalidValue);
    }
}

/// R-SORT-03 to 06, and R-CUR: numbers sort as numbers, of several values the primary or the first counts.
#[tokio::test]
async fn lists_are_sorted_and_cut() {
    let app = start().await;
    for device in [
        json!({"serial": "a", "weight": 10, "sizes": [3, 1], RACK: {"row": 2, "labels": ["z"]}}),
        json!({"serial": "b", "weight": 9.5, "sizes": [20], "made": "2026-01-01T00:00:00+02:00"}),
        json!({"serial": "c", "ports": [{"value": "q"}, {"value": "a", "primary": true}]}),
        json!({"serial": "d", "weight": -1, "ports": [{"value": "b"}], "made": "2025-12-31T23:00:00Z"}),
        json!({"serial": "e", "weight": 1e2, "place": {"floors": [5]}}),
    ] {
        create(&app, device).await.expect("created");
    }
    let orders = [
        ("", "abcde"),
        ("weight", "dbaec"),
        ("sizes", "abcde"),
        ("ports", "cdabe"),
        ("ports.value", "cdabe"),
        ("made", "bdace"),
        ("place.floors", "eabcd"),
        ("urn:example:rack:row", "abcde"),
        ("urn:example:Rack:labels", "abcde"),
        ("meta.location", "abcde"),
        ("serial", "abcde"),
    ];
    for (order_by, expected) in orders {
        for descending in [false, true] {
            let descending = descending && !order_by.is_empty();
            let found = walk(&app, order_by, descending).await;
            let whole = pb::ListResourcesRequest {
                order_by: order_by.to_owned(),
                descending,
                page_size: 10,
                ..Default::default()
            };
            let whole = list(&app, whole).await.expect("all").resources;
            assert_eq!(
                found,
                serials(&whole).concat(),
                "{order_by}: pages are the whole"
            );
            if !descending {
                assert_eq!(found, expected, "{order_by}");
            }
        }
    }
}

/// The serials of all pages of two.
async fn walk(app: &App, order_by: &str, descending: bool) -> String {
    let mut found = String::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListResourcesRequest {
            order_by: order_by.to_owned(),
            descending,
            page_size: 2,
            page_token,
            use_page_tokens: true,
            ..Default::default()
        };
        let page = list(app, request).await.expect("a page");
        assert_eq!(page.total_size, 5);
        found.extend(serials(&page.resources));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return found;
        }
    }
}

/// R-EXT: the extensions of users are stored, found, unique and fixed as all else.
#[tokio::test]
async fn users_are_extended() {
    let app = start().await;
    let badge = |name: &str, badge: Value| pb::User {
        attributes_json: json!({ BADGE: badge }).to_string(),
        ..user(name)
    };
    let ann = app
        .create(badge("ann", json!({"number": 7, "colour": "red"})))
        .await
        .expect("created");
    app.create(badge("bob", json!({"number": 70})))
        .await
        .expect("created");
    let taken = app.create(badge("eve", json!({"number": 7.0}))).await;
    assert_eq!(refusal(taken), ErrorReason::Uniqueness);
    let path = format!("{BADGE}:number");
    let found = app
        .select(&format!("{path} gt 6 and {path} lt 10"))
        .await
        .expect("found");
    assert_eq!(found, ["ann"]);
    let found = app
        .select(&format!("schemas eq \"{BADGE}\""))
        .await
        .expect("found");
    assert_eq!(found, ["ann", "bob"]);
    let taken = app
        .patch(&ann.id, vec![operation(Op::Replace, &path, json!(70))])
        .await;
    assert_eq!(refusal(taken), ErrorReason::Uniqueness);
    let fixed = app
        .replace(&ann.id, badge("ann", json!({"colour": "blue"})))
        .await;
    assert_eq!(refusal(fixed), ErrorReason::Mutability);
    let put = app.replace(&ann.id, user("ann")).await.expect("replaced");
    assert_eq!(
        put.attributes_json,
        json!({ BADGE: {"colour": "red"} }).to_string()
    );
    app.create(badge("eve", json!({"number": 7})))
        .await
        .expect("free again");
}

/// R-FILTER-03, 04, 08 to 13: random filters select what the reference evaluator says, in every shape of value.
#[test]
fn random_filters_agree_with_the_evaluator() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let configuration = schemas();
    let device_type = &configuration.resource_types()[0];
    let (app, devices) = runtime.block_on(async {
        let app = start().await;
        let mut devices = Vec::new();
        for (n, device) in filters::DEVICES.iter().enumerate() {
            let mut device: Value = serde_json::from_str(device).expect("JSON");
            device["serial"] = json!(format!("S{n}"));
            let created = create(&app, device).await.expect("created");
            devices.push((format!("S{n}"), representation(&created, device_type)));
        }
        (app, devices)
    });
    let mut config = ProptestConfig::with_cases(1500);
    config.failure_persistence = None;
    let result = TestRunner::new(config).run(&filters::any(), |text| {
        let parsed = filter::parse(&text, Dialect::Lenient).expect("a filter");
        let predicate = filter::bind(&parsed, device_type, Dialect::Lenient);
        let predicate =
            predicate.map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        let matching = devices
            .iter()
            .filter(|(_, device)| filter::matches(&predicate, device));
        let expected: Vec<&String> = matching.map(|(serial, _)| serial).collect();
        let request = pb::ListResourcesRequest {
            filter: text.clone(),
            page_size: 100,
            ..Default::default()
        };
        let found = runtime.block_on(list(&app, request));
        let found = found.map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        let found = serials(&found.resources);
        prop_assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{}", text);
        Ok(())
    });
    runtime.block_on(async { drop(app) });
    result.unwrap_or_else(|error| panic!("{error}"));
}

/// A device as a client sees it.
fn representation(device: &pb::Resource, device_type: &ResourceType) -> Map {
    let mut resource = proto::resource::to_scim(device).expect("a resource");
    let schemas = scim::resource::schemas(device_type, &resource);
    resource.insert("schemas".to_owned(), json!(schemas));
    resource.insert("id".to_owned(), json!(device.id));
    resource.insert(
        "meta".to_owned(),
        json!({"resourceType": "Device", "version": device.etag}),
    );
    resource
}
