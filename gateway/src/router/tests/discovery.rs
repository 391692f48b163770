//! What the discovery endpoints say.

use std::time::Duration;

use axum::{body::Body, extract::Request};
use http::header;
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::Instant};

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

/// R-AUTH-08: what is public does not wait for a settings service that has stopped to answer. The clock stands still
/// but for what is waited for.
#[tokio::test(start_paused = true)]
async fn discovery_does_not_wait() {
    let frozen = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let app = App::with_services(&format!("http://{}", frozen.local_addr().unwrap()));
    let urn = ::scim::definitions::USER_URN;
    for path in [
        "/ServiceProviderConfig",
        "/Schemas",
        &format!("/Schemas/{urn}"),
        "/ResourceTypes",
        "/ResourceTypes/User",
    ] {
        for base in ["scim/v2", "scim"] {
            let asked = Instant::now();
            let path = format!("/api/v3/accounts/{ON}/{base}{path}");
            assert_eq!(app.get(&path, None).await.status, 200, "{path}");
            assert!(asked.elapsed() < Duration::from_secs(1), "{path}");
        }
    }
    // Whoever shows a token is asked for an account that is as it says.
    let path = format!("/api/v3/accounts/{ON}/scim/v2/Schemas");
    app.get(&path, Some(SECRET)).await.is_scim_error(503);
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
