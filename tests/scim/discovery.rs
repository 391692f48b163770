//! The three discovery endpoints (R-DISC).

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::App;

/// R-DISC-01/02/06/09/10: shapes, and that every reference leads somewhere.
#[tokio::test]
async fn documents() {
    let app = App::start().await;
    let config = app
        .scim
        .get("/ServiceProviderConfig")
        .await
        .expect(200)
        .body;
    assert_eq!(
        config["schemas"],
        json!(["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"])
    );
    assert_eq!(config["patch"]["supported"], json!(true));
    assert!(config["bulk"]["maxOperations"].is_i64() && config["bulk"]["maxPayloadSize"].is_i64());
    assert!(config["filter"]["maxResults"].as_i64().unwrap() >= 200);

    let schemas = app.scim.get("/Schemas").await.expect(200).body;
    let resources = schemas["Resources"].as_array().unwrap();
    assert_eq!(schemas["totalResults"], json!(resources.len()));
    let urns: Vec<&str> = resources
        .iter()
        .map(|schema| schema["id"].as_str().unwrap())
        .collect();
    for name in [
        "User",
        "Group",
        "Schema",
        "ResourceType",
        "ServiceProviderConfig",
    ] {
        assert!(
            urns.contains(&format!("urn:ietf:params:scim:schemas:core:2.0:{name}").as_str()),
            "{name}"
        );
    }
    for schema in resources {
        let path = format!("/Schemas/{}", schema["id"].as_str().unwrap());
        assert_eq!(&app.scim.get(&path).await.expect(200).body, schema);
    }

    let types = app.scim.get("/ResourceTypes").await.expect(200).body;
    for resource_type in types["Resources"].as_array().unwrap() {
        let path = format!("/ResourceTypes/{}", resource_type["name"].as_str().unwrap());
        assert_eq!(&app.scim.get(&path).await.expect(200).body, resource_type);
        assert!(urns.contains(&resource_type["schema"].as_str().unwrap()));
        for extension in resource_type["schemaExtensions"]
            .as_array()
            .into_iter()
            .flatten()
        {
            assert!(urns.contains(&extension["schema"].as_str().unwrap()));
            assert!(extension["required"].is_boolean());
        }
    }
}

/// R-DISC-11: every characteristic is said, at every depth.
#[tokio::test]
async fn schemas_say_every_characteristic() {
    fn check(attributes: &Value) {
        for attribute in attributes.as_array().unwrap() {
            for name in [
                "name",
                "type",
                "multiValued",
                "description",
                "required",
                "caseExact",
                "mutability",
                "returned",
                "uniqueness",
            ] {
                assert!(!attribute[name].is_null(), "{name} of {attribute}");
            }
            if attribute["type"] == "complex" && attribute["name"] != "subAttributes" {
                check(&attribute["subAttributes"]);
            }
        }
    }
    let app = App::start().await;
    let schemas = app.scim.get("/Schemas").await.expect(200).body;
    for schema in schemas["Resources"].as_array().unwrap() {
        check(&schema["attributes"]);
    }
}

/// R-HTTP-12/13, R-DISC-06/07: what is not there, what may not be done.
#[tokio::test]
async fn refusals() {
    let app = App::start().await;
    for path in [
        "/ServiceProviderConfig",
        "/Schemas",
        "/ResourceTypes",
        "/ResourceTypes/User",
    ] {
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let request = app.scim.request(method, path).json(&json!({}));
            let response = app.scim.send(request).await.expect_error(405, None);
            assert!(response.header("allow").contains("GET"), "{path}");
        }
    }
    for path in [
        "/Nothing",
        "/Schemas/urn:none",
        "/ResourceTypes/None",
        "/Users/a/b",
        "/Users/x.scim",
    ] {
        app.scim.get(path).await.expect_error(404, None);
    }
    for path in ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig"] {
        let path = format!("{path}?filter=id+pr");
        app.scim.get(&path).await.expect_error(403, None);
    }
    app.scim.get("/Me").await.expect_error(501, None);
}

/// R-AUTH-08: readable without a token, not with a bad one.
#[tokio::test]
async fn readable_without_a_token() {
    let app = App::start().await;
    for path in ["/ServiceProviderConfig", "/Schemas", "/ResourceTypes"] {
        app.scim.with_token("").get(path).await.expect(200);
        app.scim
            .with_token("wrong")
            .get(path)
            .await
            .expect_error(401, None);
    }
}
