//! Schemas and resource types of the operator's own (R-EXT, R-DEV-02), in a stack with `SCIM_SCHEMAS` set.

use std::{path::Path, process::Command};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    client::{Client, Response},
    harness::{App, unique},
    stack::Stack,
};

mod containers;
mod devices;
mod extensions;

const DEVICE: &str = "urn:ietf:params:scim:schemas:core:2.0:Device";
const BLE: &str = "urn:ietf:params:scim:schemas:extension:ble:2.0:Device";
const APP: &str = "urn:ietf:params:scim:schemas:core:2.0:EndpointApp";
const AUDIT: &str = "urn:example:acme:2.0:Audit";
const ACME_USER: &str = "urn:example:acme:2.0:User";
pub(crate) const ACME_GROUP: &str = "urn:example:acme:2.0:Group";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// The file of these schemas.
pub(crate) fn schemas() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas.json");
    file.to_str().expect("a path").to_owned()
}

async fn query(scim: &Client, path: &str, query: &[(&str, &str)]) -> Response {
    scim.send(scim.request(Method::GET, path).query(query))
        .await
}

async fn conditional(
    scim: &Client,
    method: Method,
    path: &str,
    header: (&str, &str),
    body: &Value,
) -> Response {
    let request = scim.request(method, path).header(header.0, header.1);
    let request = request.header("content-type", scim.media_type);
    scim.send(request.body(body.to_string())).await
}

/// The `displayName`s of a list.
#[track_caller]
fn names(response: Response) -> Vec<String> {
    let body = response.expect(200).body;
    let resources = body["Resources"].as_array().cloned().unwrap_or_default();
    assert_eq!(body["totalResults"], json!(resources.len()), "{body:#}");
    resources
        .iter()
        .map(|it| it["displayName"].as_str().expect("a name").to_owned())
        .collect()
}

/// One stack for all of these stories, since each takes a while to start; each has its own account.
#[tokio::test]
async fn schemas_of_the_operators_own() {
    let stack = Stack::start(&[("SCIM_SCHEMAS", &schemas())]);
    discovery(&stack.app().await).await;
    devices::a_device(&stack.app().await).await;
    devices::characteristics(&stack.app().await).await;
    devices::queries(&stack.app().await).await;
    devices::required_extension(&stack.app().await).await;
    devices::bulk(&stack.app().await).await;
    devices::not_found(&stack.app().await).await;
    extensions::across_types(&stack.app().await).await;
    extensions::users(&stack.app().await).await;
    extensions::groups(&stack.app().await).await;
    extensions::strict(&stack.app().await).await;
    containers::what_is_immutable_outlives_its_extension(&stack.app().await).await;
    containers::what_an_extension_requires_goes_with_it_only(&stack.app().await).await;
    containers::what_is_returned_on_request_is_in_the_answer_to_its_write(&stack.app().await).await;
    containers::simple_values_and_moments(&stack.app().await).await;
    let logs = stack.logs();
    for secret in ["5ecret-irk", "f1ngerprint"] {
        assert!(!logs.contains(secret), "{secret} is in a log");
    }
}

/// R-DISC-06, R-DISC-10 to 12: discovery tells what was configured.
async fn discovery(app: &App) {
    let types = app.scim.get("/ResourceTypes").await.expect(200).body;
    assert_eq!(types["totalResults"], 4);
    let device = app.scim.get("/ResourceTypes/Device").await.expect(200).body;
    assert_eq!(device["endpoint"], "/Devices");
    assert_eq!(device["schema"], DEVICE);
    assert_eq!(
        device["schemaExtensions"],
        json!([{"schema": BLE, "required": false}])
    );
    let user = app.scim.get("/ResourceTypes/User").await.expect(200).body;
    let extensions = user["schemaExtensions"].as_array().expect("extensions");
    assert!(extensions.contains(&json!({"schema": ACME_USER, "required": false})));
    let schemas = app.scim.get("/Schemas").await.expect(200).body;
    let schemas = schemas["Resources"].as_array().expect("schemas");
    for urn in [DEVICE, BLE, APP, AUDIT, ACME_USER, ACME_GROUP] {
        let listed = schemas.iter().find(|schema| schema["id"] == urn);
        let one = app.scim.get(&format!("/Schemas/{urn}")).await.expect(200);
        assert_eq!(Some(&one.body), listed);
    }
    let ble = app.scim.get(&format!("/Schemas/{BLE}")).await.body;
    let irk = ble["attributes"].as_array().expect("attributes");
    let irk = irk.iter().find(|one| one["name"] == "irk").expect("irk");
    let expected = json!({"name": "irk", "type": "string", "multiValued": false,
        "description": "The identity resolving key.", "required": false, "caseExact": false,
        "mutability": "writeOnly", "returned": "never", "uniqueness": "none"});
    assert_eq!(*irk, expected);
}

/// A bad file stops each process that reads it, and is named.
#[test]
fn a_bad_file_stops_the_process() {
    let directory = std::env::temp_dir().join(unique("schemas"));
    std::fs::create_dir(&directory).expect("a folder");
    let file = directory.join("schemas.json");
    let schema = json!({"id": "urn:example:X", "attributes": [{"name": "x", "type": "strnig"}]});
    std::fs::write(&file, json!({"schemas": [schema]}).to_string()).expect("a file");
    let binaries = std::env::current_exe().expect("own path");
    let binaries = binaries.ancestors().nth(2).expect("target/debug");
    for process in ["gateway", "identity", "group"] {
        let output = Command::new(binaries.join(process))
            .env("SCIM_SCHEMAS", &file)
            .output()
            .expect(process);
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        assert!(!output.status.success(), "{process}: {text}");
        assert!(
            text.contains("SCIM_SCHEMAS") && text.contains("strnig"),
            "{process}: {text}"
        );
    }
    std::fs::remove_dir_all(&directory).expect("removed");
}
