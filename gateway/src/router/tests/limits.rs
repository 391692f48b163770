//! What a token may do, and how often.

use std::{num::NonZeroU32, sync::atomic::Ordering};

use axum::{body::Body, extract::Request};
use http::header;
use serde_json::{Value, json};

use super::{
    app::{Answer, App},
    stub::{ID, ON, READER, SECRET, WALLED},
};
use crate::address::Peer;

async fn send(app: &App, method: &str, path: &str, token: &str, body: &Value) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(format!("/api/v3/accounts/{ON}{path}"))
        .header("Authorization", format!("Bearer {token}"));
    app.send(request.body(Body::from(body.to_string())).unwrap())
        .await
}

/// R-AUTH-06, R-SRCH-05: a search is a read, a bulk request is a write.
#[tokio::test]
async fn a_token_for_reading_writes_nothing() {
    let app = App::start().await;
    let user = format!("/scim/v2/Users/{ID}");
    for (method, path, body) in [
        ("GET", "/scim/v2/Users", json!({})),
        ("HEAD", &*user, json!({})),
        ("POST", "/scim/v2/.search", json!({})),
        ("POST", "/scim/v2/Users/.search/", json!({})),
        ("GET", "/scim/v2/Schemas", json!({})),
        ("GET", "/licenses/", json!({})),
    ] {
        let answer = send(&app, method, path, READER, &body).await;
        assert_eq!(answer.status, 200, "{method} {path}");
    }
    let user_body = json!({"userName": "ann"});
    for (method, path) in [
        ("POST", "/scim/v2/Users"),
        ("PUT", &user),
        ("PATCH", &user),
        ("DELETE", &user),
        ("POST", "/scim/v2/Bulk"),
        ("POST", "/scim/Bulk"),
        ("POST", "/scim/v2/Groups"),
    ] {
        send(&app, method, path, READER, &user_body)
            .await
            .is_scim_error(403);
    }
    let licenses = ("POST", "/licenses/it/", json!({"total": null}));
    send(&app, licenses.0, licenses.1, READER, &licenses.2)
        .await
        .is_admin_error(403);
    let answer = send(&app, licenses.0, licenses.1, SECRET, &licenses.2).await;
    assert_eq!(answer.status, 200);
    // What is called like a search is none outside SCIM.
    for path in ["/licenses/.search", "/groups/.search/"] {
        send(&app, "POST", path, READER, &licenses.2)
            .await
            .is_admin_error(403);
    }
}

/// R-SEC-04, R-IPSIE-03, R-HTTP-20: whole seconds, on both surfaces, and another token is not touched.
#[tokio::test]
async fn a_token_has_its_rate() {
    let app = App::start_with(|config| config.rate_limit_per_second = NonZeroU32::new(1)).await;
    let users = "/scim/v2/Users";
    for _ in 0..2 {
        let answer = send(&app, "GET", users, SECRET, &Value::Null).await;
        assert_eq!(answer.status, 200);
    }
    let refused = send(&app, "GET", users, SECRET, &Value::Null).await;
    refused.is_scim_error(429);
    assert_eq!(refused.header(header::RETRY_AFTER), "1");
    let refused = send(&app, "GET", "/licenses/", SECRET, &Value::Null).await;
    refused.is_admin_error(429);
    let refused = send(&app, "GET", "/scim/v2/Schemas", SECRET, &Value::Null).await;
    refused.is_scim_error(429);

    // Without a token of one's own nobody's budget is used.
    for _ in 0..5 {
        send(&app, "GET", users, "wrong", &Value::Null)
            .await
            .is_scim_error(401);
    }
    let other = send(&app, "GET", users, READER, &Value::Null).await;
    assert_eq!(other.status, 200);
}

/// Rule 14: to look a token up is to note its use, so it is not done for an address that is kept out.
#[tokio::test]
async fn the_token_of_a_refused_address_is_not_looked_at() {
    let app = App::start().await;
    for (peer, status, looked_up) in [("203.0.113.7", 403, 0), ("198.51.100.7", 200, 1)] {
        for path in ["/scim/v2/Users", "/scim/v2/Schemas", "/licenses/"] {
            let before = app.1.load(Ordering::Relaxed);
            let mut request = Request::get(format!("/api/v3/accounts/{WALLED}{path}"))
                .header("Authorization", format!("Bearer {SECRET}"))
                .body(Body::empty())
                .unwrap();
            request.extensions_mut().insert(Peer(peer.parse().unwrap()));
            let answer = app.send(request).await;
            assert_eq!(answer.status, status, "{path} {peer}");
            let after = app.1.load(Ordering::Relaxed);
            assert_eq!(after - before, looked_up, "{path} {peer}");
        }
    }
}
