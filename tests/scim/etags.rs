//! Versions and preconditions (R-ETAG, R-GET-03).

use reqwest::Method;
use serde_json::json;

use crate::harness::{App, unique};

/// R-GET-03, R-ETAG-09: a reader that has the version gets 304 and no body.
#[tokio::test]
async fn if_none_match() {
    let app = App::start().await;
    let group = app.scim.create_group(&unique("g"), &[]).await;
    let user = app.scim.create_user(&unique("u")).await;
    for path in [format!("/Users/{user}"), format!("/Groups/{group}")] {
        let etag = app.scim.get(&path).await.header("etag").to_owned();
        for (tags, status) in [
            (etag.clone(), 304),
            ("*".to_owned(), 304),
            (format!("W/\"x\", {etag}"), 304),
            ("W/\"x\"".to_owned(), 200),
        ] {
            let request = app
                .scim
                .request(Method::GET, &path)
                .header("if-none-match", &tags);
            let response = app.scim.send(request).await.expect(status);
            assert_eq!(response.header("etag"), etag);
            assert_eq!(response.body.is_null(), status == 304, "{tags}");
        }
    }
}

/// R-ETAG-03/04, R-DEL-06: a writer that names another version is refused, `*` and unquoted tags work.
#[tokio::test]
async fn if_match() {
    let app = App::start().await;
    let group = app.scim.create_group(&unique("g"), &[]).await;
    let user = app.scim.create_user(&unique("u")).await;
    let patch = |value: &str| {
        json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "displayName", "value": value}]})
    };
    for path in [format!("/Users/{user}"), format!("/Groups/{group}")] {
        let before = app.scim.get(&path).await;
        let etag = before.header("etag").to_owned();
        for method in [Method::PUT, Method::PATCH, Method::DELETE] {
            let mut request = app
                .scim
                .request(method.clone(), &path)
                .header("if-match", "W/\"999\"");
            request = match method {
                Method::PUT => request.json(&before.body),
                Method::PATCH => request.json(&patch("never")),
                _ => request,
            };
            app.scim.send(request).await.expect_error(412, None);
        }
        assert_eq!(app.scim.get(&path).await.body, before.body);

        let opaque = etag.trim_start_matches("W/").trim_matches('"').to_owned();
        for tag in [opaque, "*".to_owned()] {
            let path = format!("{path}?attributes=displayName");
            let request = app
                .scim
                .request(Method::PATCH, &path)
                .header("if-match", tag);
            let request = request.json(&patch(&unique("name")));
            app.scim.send(request).await.expect(200);
        }
    }
}

/// RFC 9110 section 13.1.2: what changes a resource never makes one, so `If-None-Match: *` refuses it.
#[tokio::test]
async fn if_none_match_on_a_write() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    let path = format!("/Users/{user}");
    let before = app.scim.get(&path).await;
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let body = match method {
            Method::PATCH => {
                json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{"op": "replace", "path": "active", "value": false}]})
            }
            _ => before.body.clone(),
        };
        let request = app.scim.request(method, &path).json(&body);
        let request = request.header("if-none-match", "*");
        app.scim.send(request).await.expect_error(412, None);
    }
    assert_eq!(app.scim.get(&path).await.body, before.body);
}
