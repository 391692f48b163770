//! What the discovery endpoints say.

use axum::{body::Body, extract::Request};
use http::header;
use serde_json::{Value, json};

use super::{
    app::App,
    stub::{OFF, ON, SECRET},
};

/// R-AUTH-08, rule 3 (with a token SCIM must be on), R-DISC-01, R-DISC-06, R-DISC-07.
#[tokio::test]
async fn discovery_is_public() {
    let app = App::start().await;
    let away = App::with_services("http://127.0.0.1:9");
    for path in [
        "/ServiceProviderConfig",
        "/Schemas",
        "/ResourceTypes",
        "/ResourceTypes/User",
    ] {
        let off = format!("/api/v3/accounts/{OFF}/scim/v2{path}");
        assert_eq!(app.get(&off, None).await.status, 200, "{off}");
        app.get(&off, Some(SECRET)).await.is_scim_error(403);

        let path = format!("/api/v3/accounts/{ON}/scim/v2{path}");
        assert_eq!(away.get(&path, None).await.status, 200, "{path}");
        let answer = app.get(&path, Some(SECRET)).await;
        assert_eq!(answer.status, 200, "{path}");
        app.get(&path, Some("wrong")).await.is_scim_error(401);
        away.get(&path, Some(SECRET)).await.is_scim_error(503);

        let etag = answer.header(header::ETAG).to_owned();
        let request = Request::get(&path).header("If-None-Match", etag);
        let answer = app.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!((answer.status, &*answer.text), (304, ""));
    }
    app.get("/api/v3/accounts/x/scim/v2/Schemas", None)
        .await
        .is_scim_error(404);
    app.scim("GET", "/Schemas/urn:none", Value::Null)
        .await
        .is_scim_error(404);
    app.scim("GET", "/ResourceTypes/user", Value::Null)
        .await
        .is_scim_error(404);
    app.scim("GET", "/Schemas?filter=a", Value::Null)
        .await
        .is_scim_error(403);
    let urn = "/Schemas/URN:ietf:params:scim:schemas:core:2.0:user";
    let schema = app.scim("GET", urn, Value::Null).await;
    assert_eq!(
        schema.json()["id"],
        "urn:ietf:params:scim:schemas:core:2.0:User"
    );
}

/// R-DISC-02, R-DISC-05.
#[tokio::test]
async fn the_service_provider_config_tells_the_truth() {
    let app = App::start().await;
    let config = app
        .scim("GET", "/ServiceProviderConfig", Value::Null)
        .await
        .json();
    let supported = |name: &str| config[name]["supported"].as_bool().unwrap();
    for name in ["patch", "bulk", "filter", "sort", "etag"] {
        assert!(supported(name), "{name}");
    }
    assert!(!supported("changePassword"));
    assert_eq!(config["filter"]["maxResults"], 1000);
    assert_eq!(config["bulk"]["maxOperations"], 1000);
    assert_eq!(config["bulk"]["maxPayloadSize"], crate::body::LIMIT);
    let pagination = json!({
        "cursor": true,
        "index": true,
        "defaultPaginationMethod": "index",
        "defaultPageSize": 100,
        "maxPageSize": 1000,
        "cursorTimeout": 3600,
    });
    assert_eq!(config["pagination"], pagination);
}

/// R-DISC-03: only where the operator has named a URL.
#[tokio::test]
async fn the_documentation_is_where_the_operator_says() {
    let url = "https://docs.example.test/scim";
    for documentation_url in [None, Some(url.to_owned())] {
        let expected = documentation_url.as_ref().map(|url| json!(url));
        let app = App::start_with(|config| config.documentation_url = documentation_url).await;
        let config = app
            .scim("GET", "/ServiceProviderConfig", Value::Null)
            .await
            .json();
        for of in [&config, &config["authenticationSchemes"][0]] {
            assert_eq!(of.get("documentationUri"), expected.as_ref());
        }
    }
}
