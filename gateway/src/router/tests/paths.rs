//! Paths, methods and heads.

use axum::{body::Body, extract::Request};
use http::header;
use serde_json::{Value, json};

use super::{
    app::{App, PUBLIC_URL},
    stub::{ID, ON, SECRET},
};

/// R-HTTP-12, R-HTTP-13, R-HTTP-14, R-HTTP-15, R-VER-01.
#[tokio::test]
async fn unknown_paths_and_methods() {
    let app = App::start().await;
    for path in ["/Nothing", "/Users/1/2", "/Me/x", "/users"] {
        app.scim("GET", path, Value::Null).await.is_scim_error(404);
    }
    for version in ["v1/Users", "v9", "V3/Users/1"] {
        let path = format!("/api/v3/accounts/1/scim/{version}");
        let answer = app.get(&path, None).await;
        answer.is_scim_error(400);
        assert_eq!(answer.json()["scimType"], "invalidVers");
    }
    for path in ["/scim/v2/v1/Users", "/scim/vx/Users", "/scim/Nothing"] {
        let path = format!("/api/v3/accounts/1{path}");
        app.get(&path, None).await.is_scim_error(404);
    }
    app.get("/api/v3/accounts/1/nothing/", None)
        .await
        .is_admin_error(404);
    app.get("/nothing", None).await.is_admin_error(404);
    let asterisk = Request::options("*").body(Body::empty()).unwrap();
    app.send(asterisk).await.is_admin_error(404);

    let table = [
        ("PUT", "/Users", "GET,HEAD,POST"),
        ("DELETE", "/Groups/", "GET,HEAD,POST"),
        ("POST", "/Users/1", "GET,HEAD,PUT,PATCH,DELETE"),
        ("PATCH", "/Schemas", "GET,HEAD"),
        ("DELETE", "/ResourceTypes/User", "GET,HEAD"),
        ("POST", "/ServiceProviderConfig", "GET,HEAD"),
        ("GET", "/Bulk", "POST"),
        ("PATCH", "/Bulk", "POST"),
        ("GET", "/.search", "POST"),
        ("PUT", "/Users/.search", "POST"),
        ("POST", "", "GET,HEAD"),
    ];
    for (method, path, allow) in table {
        let answer = app.scim(method, path, json!({})).await;
        answer.is_scim_error(405);
        assert_eq!(answer.header(header::ALLOW), allow, "{method} {path}");
        let options = app.scim("OPTIONS", path, Value::Null).await;
        assert_eq!(
            (options.status, options.header(header::ALLOW)),
            (204, allow)
        );
    }
    app.scim("GET", "/Me", json!({})).await.is_scim_error(501);
    app.admin("PUT", "/scim-config/", json!({}))
        .await
        .is_admin_error(405);
}

/// R-HTTP-10, R-HTTP-15.
#[tokio::test]
async fn slashes_and_heads() {
    let app = App::start().await;
    for path in ["/Users/", "//Users", "/Users//?count=1"] {
        assert_eq!(
            app.scim("GET", path, Value::Null).await.status,
            200,
            "{path}"
        );
    }
    let user = format!("/Users/{ID}");
    let get = app.scim("GET", &user, Value::Null).await;
    let head = app.scim("HEAD", &user, Value::Null).await;
    assert_eq!((head.status, &*head.text), (200, ""));
    for name in [header::ETAG, header::CONTENT_TYPE, header::CONTENT_LOCATION] {
        assert_eq!(head.header(name.clone()), get.header(name));
    }
    assert_eq!(
        head.header(header::CONTENT_LENGTH),
        get.text.len().to_string()
    );
    let missing = app.scim("HEAD", "/Users/none", Value::Null).await;
    assert_eq!((missing.status, &*missing.text), (404, ""));
}

/// R-VER-02: without a version the newest; locations name it.
#[tokio::test]
async fn a_path_without_a_version_is_answered() {
    let app = App::start().await;
    let base = format!("/api/v3/accounts/{ON}/scim");
    let user = app.get(&format!("{base}/Users/{ID}"), Some(SECRET)).await;
    let location = format!("{PUBLIC_URL}{base}/v2/Users/{ID}");
    assert_eq!(user.json()["meta"]["location"], location);
    assert_eq!(user.header(header::CONTENT_LOCATION), location);
    let path = format!("{base}/v2/Users/{ID}");
    let with_version = app.get(&path, Some(SECRET)).await;
    assert_eq!(user.json(), with_version.json());
    for path in ["", "/", "/Users", "/Groups?count=1", "/Schemas"] {
        let answer = app.get(&format!("{base}{path}"), Some(SECRET)).await;
        assert_eq!(answer.status, 200, "{path}");
    }
    app.get(&format!("{base}/Users"), None)
        .await
        .is_scim_error(401);
}

/// R-ERR-01: on either surface, in its words.
#[tokio::test]
async fn a_head_that_is_too_large_is_told_so() {
    let app = App::start().await;
    let users = format!("/api/v3/accounts/{ON}/scim/v2/Users");
    let licenses = format!("/api/v3/accounts/{ON}/licenses/");
    let ask = async |path: &str, headers: usize, length: usize| {
        let mut request = Request::get(path).header("Authorization", format!("Bearer {SECRET}"));
        for number in 1..headers {
            request = request.header(format!("x-{number}"), "a".repeat(length));
        }
        app.send(request.body(Body::empty()).unwrap()).await
    };
    let long = format!("?x={}", "a".repeat(32 * 1024));
    for (headers, length, query, status) in [
        // And `Host`.
        (63, 10, "", 200),
        (64, 10, "", 431),
        (5, 4000, "", 200),
        (6, 4000, "", 431),
        (1, 0, &*long, 414),
    ] {
        for path in [&users, &licenses] {
            let answer = ask(&format!("{path}{query}"), headers, length).await;
            match (status, path == &users) {
                (200, _) => assert_eq!(answer.status, 200, "{path} {headers} {length}"),
                (_, true) => answer.is_scim_error(status),
                (_, false) => answer.is_admin_error(status),
            }
        }
    }
}
