//! Who is let in, and who is not.

use axum::{body::Body, extract::Request};
use http::header;

use super::{
    app::App,
    stub::{FAULTY, ID, ON, SECRET, STRICT},
};
use crate::router::routes;

fn is_discovery(path: &str) -> bool {
    ["/ServiceProviderConfig", "/Schemas", "/ResourceTypes"]
        .iter()
        .any(|endpoint| path.contains(endpoint))
}

/// R-AUTH-12: every route refuses a request without a token, and one with a wrong token.
#[tokio::test]
async fn every_route_refuses_a_missing_token() {
    let app = App::start().await;
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    let mut refused = 0;
    for route in routes() {
        let path = route.path.replace("{account_id}", "1").replace("{id}", ID);
        for method in methods {
            for token in [None, Some("Bearer wrong"), Some("Basic d3Jvbmc=")] {
                let mut request = Request::builder().method(method).uri(&path);
                if let Some(token) = token {
                    request = request.header("Authorization", token);
                }
                let answer = app.send(request.body(Body::empty()).unwrap()).await;
                if answer.status == 405 || (token.is_none() && is_discovery(&path)) {
                    continue;
                }
                refused += 1;
                assert_eq!(answer.status, 401, "{method} {path} {token:?}");
                let challenge = answer.header(header::WWW_AUTHENTICATE);
                assert!(challenge.starts_with("Bearer realm="), "{challenge}");
                let wrong = token == Some("Bearer wrong");
                assert_eq!(challenge.contains("invalid_token"), wrong);
            }
        }
    }
    assert!(refused > 90, "{refused}");
}

#[tokio::test]
async fn an_account_is_shown_to_its_own_token_only() {
    let app = App::start().await;
    let path = |account: &str| format!("/api/v3/accounts/{account}/scim/v2/Users");
    app.get(&path("99"), Some(SECRET)).await.is_scim_error(401);
    app.get(&path("abc"), Some(SECRET)).await.is_scim_error(404);
    app.get(&path("abc"), None).await.is_scim_error(401);
    app.get(&path("01"), Some(SECRET)).await.is_scim_error(404);
    app.get(&path("2"), Some(SECRET)).await.is_scim_error(403);
    app.get(&path("2"), Some("wrong")).await.is_scim_error(401);
}

/// A fault is never the client's: 503 with `Retry-After`, not 401, 403 or 404.
#[tokio::test]
async fn faults_while_authenticating_are_503() {
    let app = App::start().await;
    let away = App::with_services("http://127.0.0.1:9");
    let users = format!("/api/v3/accounts/{ON}/scim/v2/Users");
    for answer in [
        app.get(&users, Some(FAULTY)).await,
        away.get(&users, Some(SECRET)).await,
    ] {
        answer.is_scim_error(503);
        assert!(answer.header(header::RETRY_AFTER).parse::<u32>().is_ok());
    }
    let config = format!("/api/v3/accounts/{ON}/scim-config/");
    away.get(&config, Some(SECRET)).await.is_admin_error(503);
}

#[tokio::test]
async fn a_strict_account_is_read_to_the_letter() {
    let app = App::start().await;
    let path = format!("/api/v3/accounts/{STRICT}/scim/v2/Users/.search");
    let request = Request::post(path).header("Authorization", format!("Bearer {SECRET}"));
    app.send(request.body("{}".into()).unwrap())
        .await
        .is_scim_error(400);
}
