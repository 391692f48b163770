//! What clients get wrong: a clear 4xx SCIM Error, nothing changed, never a 500.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    client::Response,
    harness::{App, unique},
};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

async fn raw(app: &App, method: Method, path: &str, content_type: &str, body: Vec<u8>) -> Response {
    let request = app
        .scim
        .request(method, path)
        .header("content-type", content_type)
        .body(body);
    app.scim.send(request).await
}

/// R-HTTP-16/17, R-STR-04: bodies that are no SCIM message.
#[tokio::test]
async fn bodies() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    let user_path = format!("/Users/{user}");
    let before = app.scim.get(&user_path).await.body;
    let deep = "[".repeat(100_000).into_bytes();
    let deep_user = format!(
        "{{\"schemas\":[\"{USER}\"],\"userName\":\"x\",\"name\":{}}}",
        "{\"a\":".repeat(5_000)
    )
    .into_bytes();
    let bodies: [(&[u8], &str); 9] = [
        (b"", "invalidSyntax"),
        (b"not json", "invalidSyntax"),
        (b"[]", "invalidSyntax"),
        (b"\"text\"", "invalidSyntax"),
        (b"{\"userName\":\"\xff\xfe\"}", "invalidSyntax"),
        (b"{\"userName\":\"a\",\"UserName\":\"b\"}", "invalidSyntax"),
        (&deep, "invalidSyntax"),
        (&deep_user, "invalidSyntax"),
        (
            b"{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:Group\"],\"userName\":\"x\"}",
            "invalidSyntax",
        ),
    ];
    for (body, scim_type) in bodies {
        raw(
            &app,
            Method::POST,
            "/Users",
            "application/scim+json",
            body.to_vec(),
        )
        .await
        .expect_error(400, Some(scim_type));
        raw(
            &app,
            Method::PUT,
            &user_path,
            "application/scim+json",
            body.to_vec(),
        )
        .await
        .expect_error(400, Some(scim_type));
        raw(
            &app,
            Method::PATCH,
            &user_path,
            "application/scim+json",
            body.to_vec(),
        )
        .await
        .expect_error(400, Some(scim_type));
    }
    assert_eq!(app.scim.get(&user_path).await.body, before);
}

/// R-ATTR-14/16/17, R-POST-07, R-MV-02: values that break a rule.
#[tokio::test]
async fn values() {
    let app = App::start().await;
    for more in [
        json!({"userName": null}),
        json!({"userName": ""}),
        json!({"userName": 5}),
        json!({"userName": {"a": 1}}),
        json!({"userName": ["a"]}),
        json!({"userName": "nul\u{0}"}),
        json!({"active": "maybe"}),
        json!({"active": 1}),
        json!({"name": "Ann"}),
        json!({"emails": "x"}),
        json!({"emails": [5]}),
        json!({"displayName": {}}),
        json!({"emails": [{"value": "a@x.test", "primary": true}, {"value": "b@x.test", "primary": true}]}),
        json!({"x509Certificates": [{"value": "not base64!"}]}),
    ] {
        let mut body = json!({"schemas": [USER], "userName": unique("v")});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let error = app
            .scim
            .post("/Users", &body)
            .await
            .expect_error(400, Some("invalidValue"));
        assert!(!error.body["detail"].as_str().unwrap().is_empty());
    }
    app.scim
        .post("/Users", &json!({"schemas": [USER], "displayName": "x"}))
        .await
        .expect_error(400, Some("invalidValue"));
    app.scim
        .post(
            "/Groups",
            &json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"]}),
        )
        .await
        .expect_error(400, Some("invalidValue"));
}

/// R-PATCH-01…04/12/13/31/34/37: operations that cannot be done.
#[tokio::test]
async fn operations() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    let path = format!("/Users/{user}");
    let before = app.scim.get(&path).await.body;
    for (operation, scim_type) in [
        (
            json!({"op": "move", "path": "title", "value": "x"}),
            "invalidSyntax",
        ),
        (json!({"path": "title", "value": "x"}), "invalidSyntax"),
        (json!({"op": "remove"}), "noTarget"),
        (
            json!({"op": "replace", "path": "emails[", "value": "x"}),
            "invalidPath",
        ),
        (
            json!({"op": "replace", "path": "emails[0]", "value": "x"}),
            "invalidPath",
        ),
        (
            json!({"op": "replace", "path": "/emails/0", "value": "x"}),
            "invalidPath",
        ),
        (
            json!({"op": "add", "path": "noSuch", "value": "x"}),
            "invalidPath",
        ),
        (
            json!({"op": "replace", "path": "id", "value": "x"}),
            "mutability",
        ),
        (
            json!({"op": "add", "path": "groups", "value": [{"value": "x"}]}),
            "mutability",
        ),
        (
            json!({"op": "replace", "path": "meta.created", "value": "x"}),
            "mutability",
        ),
        (json!({"op": "remove", "path": "userName"}), "mutability"),
        (
            json!({"op": "replace", "path": "userName", "value": null}),
            "invalidValue",
        ),
        (
            json!({"op": "replace", "path": "userName", "value": {"a": 1}}),
            "invalidValue",
        ),
        (json!({"op": "add", "path": "title"}), "invalidValue"),
    ] {
        let response = app.scim.patch(&path, json!([operation])).await;
        let found = response.body["scimType"].clone();
        response.expect(400);
        // R-PATCH-12: a broken value path may be called either.
        if !(scim_type == "invalidPath" && found == "invalidFilter") {
            assert_eq!(found, json!(scim_type), "{operation}");
        }
    }
    assert_eq!(app.scim.get(&path).await.body, before);
}

/// R-HTTP-05, R-HTTP-17, R-SEC-04: media types and sizes.
#[tokio::test]
async fn media_types_and_sizes() {
    let app = App::start().await;
    let body = |name: &str| {
        json!({"schemas": [USER], "userName": name})
            .to_string()
            .into_bytes()
    };
    for content_type in [
        "application/scim+json",
        "application/json",
        "Application/JSON; Charset=UTF-8",
        "application/scim+json;charset=utf-8",
    ] {
        raw(
            &app,
            Method::POST,
            "/Users",
            content_type,
            body(&unique("ct")),
        )
        .await
        .expect(201);
    }
    for content_type in ["text/plain", "application/xml", "multipart/form-data"] {
        raw(
            &app,
            Method::POST,
            "/Users",
            content_type,
            body(&unique("ct")),
        )
        .await
        .expect_error(415, None);
    }
    let huge = json!({"schemas": [USER], "userName": unique("big"), "title": "x".repeat(20 << 20)});
    raw(
        &app,
        Method::POST,
        "/Users",
        "application/scim+json",
        huge.to_string().into_bytes(),
    )
    .await
    .expect_error(413, None);
}

/// R-EP-04, R-HTTP-11/12/13, R-AUTH-01/02/12: ids, routes, methods and tokens.
#[tokio::test]
async fn ids_routes_and_tokens() {
    let app = App::start().await;
    for id in [
        "1",
        "..%2F",
        "%00",
        "null",
        "0191b2c8-0000-7000-8000-000000000000",
        &"x".repeat(3000),
        "%F0%9F%98%80",
    ] {
        for collection in ["/Users", "/Groups"] {
            app.scim
                .get(&format!("{collection}/{id}"))
                .await
                .expect_error(404, None);
            app.scim
                .delete(&format!("{collection}/{id}"))
                .await
                .expect_error(404, None);
        }
    }
    for collection in ["/Users", "/Groups"] {
        for method in [Method::PUT, Method::PATCH, Method::DELETE] {
            let response = app
                .scim
                .send(app.scim.request(method, collection).json(&json!({})))
                .await
                .expect_error(405, None);
            assert!(response.header("allow").contains("POST"));
        }
        let trailing = app.scim.get(&format!("{collection}/")).await.expect(200);
        assert_eq!(
            trailing.body["schemas"],
            json!(["urn:ietf:params:scim:api:messages:2.0:ListResponse"])
        );
    }
    for token in [
        "",
        "wrong",
        "mst_scim_0000000000000000000000000000000000000000000000000",
    ] {
        let response = app
            .scim
            .with_token(token)
            .get("/Users")
            .await
            .expect_error(401, None);
        assert!(response.header("www-authenticate").starts_with("Bearer"));
    }
    let elsewhere = app.scim.base_url.replace("/accounts/", "/accounts/7");
    let mut foreign = app.scim.clone();
    foreign.base_url = elsewhere;
    assert!(
        matches!(foreign.get("/Users").await.status.as_u16(), 401 | 404),
        "R-AUTH-11"
    );
    let nothing: Value = Value::Null;
    assert_ne!(app.scim.get("/Users").await.body, nothing);
}
