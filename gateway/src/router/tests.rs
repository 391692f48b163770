use axum::{body::Body, extract::Request};
use http::{Method, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::routes;
use app::{App, PUBLIC_URL};
use stub::{FAULTY, ID, OFF, ON, SECRET, STRICT};

mod admin;
pub(crate) mod app;
mod stub;

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

/// R-AUTH-08, R-DISC-01, R-DISC-06, R-DISC-07.
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
        let path = format!("/api/v3/accounts/{OFF}/scim/v2{path}");
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
    for path in [
        "/scim/Users",
        "/scim",
        "/scim/v2/v1/Users",
        "/scim/vx/Users",
    ] {
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

/// R-HTTP-05, R-HTTP-16, R-HTTP-17.
#[tokio::test]
async fn bodies() {
    let app = App::start().await;
    let user = json!({"userName": "ann"});
    for media_type in [
        "application/scim+json",
        "APPLICATION/JSON; charset=UTF-8",
        "application/json",
    ] {
        let headers = [("Content-Type", media_type)];
        let answer = app
            .scim_with("POST", "/Users", user.clone(), &headers)
            .await;
        assert_eq!(answer.status, 201, "{media_type}: {}", answer.text);
    }
    assert_eq!(app.scim("POST", "/Users", user.clone()).await.status, 201);
    let headers = [("Content-Type", "text/plain")];
    app.scim_with("POST", "/Users", user, &headers)
        .await
        .is_scim_error(415);

    let empty = app.scim("POST", "/Users", Value::Null).await;
    empty.is_scim_error(400);
    assert_eq!(empty.json()["scimType"], "invalidSyntax");
    app.scim("PUT", &format!("/Users/{ID}"), json!([]))
        .await
        .is_scim_error(400);

    let large = json!({"userName": "a".repeat(crate::body::LIMIT)});
    app.scim("POST", "/Users", large.clone())
        .await
        .is_scim_error(413);
    let chunks = large.to_string().into_bytes();
    let chunks: Vec<_> = chunks.chunks(65536).map(<[u8]>::to_vec).collect();
    let chunks = tokio_stream::iter(chunks.into_iter().map(Ok::<_, std::io::Error>));
    let request = Request::post(format!("/api/v3/accounts/{ON}/scim/v2/Users"))
        .header("Authorization", format!("bearer {SECRET}"))
        .body(Body::from_stream(chunks));
    app.send(request.unwrap()).await.is_scim_error(413);
}

/// R-GET-01, R-COMMON-07, R-COMMON-08, R-POST-01, R-SEC-11.
#[tokio::test]
async fn a_user_and_its_headers() {
    let app = App::start().await;
    let location = format!("{PUBLIC_URL}/api/v3/accounts/{ON}/scim/v2/Users/{ID}");
    let created = app.scim("POST", "/Users", json!({"userName": "ann"})).await;
    let read = app.scim("GET", &format!("/Users/{ID}"), Value::Null).await;
    assert_eq!((created.status, read.status), (201, 200));
    assert_eq!(created.header(header::LOCATION), location);
    for answer in [created, read] {
        let body = answer.json();
        assert_eq!(answer.header(header::CONTENT_LOCATION), location);
        assert_eq!(answer.header(header::ETAG), "W/\"3\"");
        assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
        assert_eq!(answer.header(header::CONTENT_TYPE), "application/scim+json");
        assert_eq!(body["meta"]["location"], location);
        assert_eq!(body["meta"]["version"], "W/\"3\"");
        assert_eq!(body["meta"]["resourceType"], "User");
        assert_eq!(body["meta"]["created"], "1970-01-01T00:00:00.000Z");
        assert_eq!(
            (&body["id"], &body["userName"]),
            (&json!(ID), &json!("ann"))
        );
        let group = json!([{
            "value": ID,
            "$ref": format!("{PUBLIC_URL}/api/v3/accounts/{ON}/scim/v2/Groups/{ID}"),
            "display": "Sales",
            "type": "direct",
        }]);
        assert_eq!(body["groups"], group);
    }
    let headers = [("Accept", "application/json"), ("If-None-Match", "W/\"2\"")];
    let json = app
        .scim_with("GET", &format!("/Users/{ID}"), Value::Null, &headers)
        .await;
    assert_eq!(json.header(header::CONTENT_TYPE), "application/json");
    let headers = [("If-None-Match", "W/\"3\"")];
    let known = app
        .scim_with("GET", &format!("/Users/{ID}"), Value::Null, &headers)
        .await;
    assert_eq!((known.status, &*known.text), (304, ""));
    assert_eq!(known.header(header::ETAG), "W/\"3\"");
}

/// R-PATCH-08, R-PROJ-09, R-DEL-01, R-ETAG-03.
#[tokio::test]
async fn changes() {
    let app = App::start().await;
    let user = format!("/Users/{ID}");
    let group = format!("/Groups/{ID}");
    let patch = json!({"Operations": [{"op": "Replace", "value": {"displayName": "A"}}]});
    let minimal = [("Prefer", "respond-async, return=minimal")];

    assert_eq!(app.scim("PATCH", &user, patch.clone()).await.status, 200);
    let answer = app.scim_with("PATCH", &user, patch.clone(), &minimal).await;
    assert_eq!(
        (answer.status, answer.header(header::ETAG)),
        (204, "W/\"3\"")
    );
    let chosen = format!("{user}?attributes=userName");
    let answer = app
        .scim_with("PATCH", &chosen, patch.clone(), &minimal)
        .await;
    assert_eq!(answer.status, 200);

    let answer = app.scim("PATCH", &group, patch.clone()).await;
    assert_eq!((answer.status, &*answer.text), (204, ""));
    assert_eq!(answer.header(header::ETAG), "W/\"3\"");
    assert!(answer.header(header::LOCATION).ends_with(&group));
    let answer = app
        .scim(
            "PATCH",
            &format!("{group}?attributes=members"),
            patch.clone(),
        )
        .await;
    assert_eq!(answer.status, 200);
    let member = &answer.json()["members"][0];
    assert!(
        member["$ref"].as_str().unwrap().ends_with(&user),
        "{member}"
    );
    assert_eq!(
        (&member["type"], &member["display"]),
        (&json!("User"), &json!("Ann"))
    );
    let answer = app
        .scim(
            "PATCH",
            &format!("{group}?excludedAttributes=members"),
            patch,
        )
        .await;
    assert_eq!((answer.status, answer.json().get("members")), (200, None));

    let body = json!({"userName": "ann"});
    let stale = [("If-Match", "W/\"2\"")];
    app.scim_with("PUT", &user, body.clone(), &stale)
        .await
        .is_scim_error(412);
    let fresh = [("If-Match", "W/\"2\", \"3\"")];
    assert_eq!(app.scim_with("PUT", &user, body, &fresh).await.status, 200);

    for path in [user, group] {
        let answer = app.scim("DELETE", &path, Value::Null).await;
        assert_eq!((answer.status, &*answer.text), (204, ""));
    }
    app.scim("DELETE", "/Users/none", Value::Null)
        .await
        .is_scim_error(404);
}

/// R-LIST-01, R-LIST-04, R-CUR-02, R-CUR-10.
#[tokio::test]
async fn lists() {
    let app = App::start().await;
    let list = app
        .scim("GET", "/Users?startIndex=0&count=1", Value::Null)
        .await
        .json();
    assert_eq!(
        (&list["totalResults"], &list["itemsPerPage"]),
        (&json!(5), &json!(1))
    );
    assert_eq!(
        (&list["startIndex"], list.get("nextCursor")),
        (&json!(1), None)
    );
    assert_eq!(list["Resources"][0]["userName"], "ann");

    let search = json!({"cursor": "", "excludedAttributes": ["groups"]});
    let list = app.scim("POST", "/Users/.search", search).await.json();
    assert_eq!(
        (list.get("startIndex"), &list["nextCursor"]),
        (None, &json!("next"))
    );
    assert_eq!(list["Resources"][0].get("groups"), None);
    let forged = app.scim("GET", "/Users?cursor=forged", Value::Null).await;
    forged.is_scim_error(400);
    assert_eq!(forged.json()["scimType"], "invalidCursor");

    let groups = app
        .scim("GET", "/Groups?excludedAttributes=members", Value::Null)
        .await;
    assert_eq!(groups.json()["Resources"][0].get("members"), None);
    let groups = app.scim("POST", "/Groups/.search", json!({})).await.json();
    assert_eq!(groups["Resources"][0]["members"][0]["value"], ID);
    app.scim("GET", "/Users?filter=", Value::Null)
        .await
        .is_scim_error(400);
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

/// The admin API of dbt: E9, E10, T1, T2, T6.
#[tokio::test]
async fn administration() {
    let app = App::start().await;
    let read = app.admin("GET", "/scim-config/", Value::Null).await;
    let expected = json!({
        "enabled": true,
        "manual_updates_allowed": false,
        "scim_controlled_license_type": true,
    });
    assert_eq!((read.status, &read.json()["data"]), (200, &expected));
    let body = json!({"enabled": true, "manual_updates_allowed": false});
    let written = app.admin("POST", "/scim-config", body).await;
    assert_eq!(written.json()["data"], expected);
    for body in [
        json!({"enabled": true}),
        json!({"enabled": true, "manual_updates_allowed": false, "more": 1}),
        json!({"enabled": "true", "manual_updates_allowed": false}),
    ] {
        app.admin("POST", "/scim-config/", body)
            .await
            .is_admin_error(400);
    }

    let created = app
        .admin("POST", "/scim-config/tokens/", json!({"name": "Okta"}))
        .await;
    let data = &created.json()["data"];
    assert_eq!(
        (created.status, created.header(header::CACHE_CONTROL)),
        (200, "no-store")
    );
    assert_eq!(
        (&data["token_string"], &data["name"]),
        (&json!("shown once"), &json!("Okta"))
    );
    let token = app
        .admin("GET", "/scim-config/tokens/8/", Value::Null)
        .await;
    token.is_admin_error(404);
    assert_eq!(token.json()["error_code"], "RESOURCE_NOT_FOUND");
    app.admin("GET", "/scim-config/tokens/x/", Value::Null)
        .await
        .is_admin_error(404);
    let deleted = app
        .admin("DELETE", "/scim-config/tokens/8/", Value::Null)
        .await;
    assert_eq!(deleted.status, 204);
    let list = app
        .admin("GET", "/scim-config/tokens/?limit=500", Value::Null)
        .await
        .json();
    assert_eq!(list["extra"]["filters"], json!({"limit": 100, "offset": 0}));
    app.admin("GET", "/scim-config/tokens/?offset=-1", Value::Null)
        .await
        .is_admin_error(400);

    let options = app
        .admin("POST", "/account-options/", json!({"strict": true}))
        .await
        .json();
    assert_eq!(options["data"]["strict"], true);
    assert_eq!(options["data"]["default_license_type"], Value::Null);
}

#[tokio::test]
async fn health() {
    let app = App::start().await;
    assert_eq!(app.get("/livez", None).await.status, 200);
    assert_eq!(app.get("/readyz", None).await.status, 200);
    let away = App::with_services("http://127.0.0.1:9");
    assert_eq!(away.get("/livez", None).await.status, 200);
    assert_eq!(away.get("/readyz", None).await.status, 503);
}

#[tokio::test]
async fn load_is_shed_but_probes_are_answered() {
    let app = App::start().await;
    let slots = app.0.slots.acquire_many(1024).await.unwrap();
    let users = format!("/api/v3/accounts/{ON}/scim/v2/Users");
    let answer = app.get(&users, Some(SECRET)).await;
    answer.is_scim_error(503);
    assert_eq!(answer.header(header::RETRY_AFTER), "1");
    assert_eq!(app.get("/livez", None).await.status, 200);
    drop(slots);
    assert_eq!(app.get(&users, Some(SECRET)).await.status, 200);
}

/// R-ERR-04, R-ERR-05, R-ERR-06.
#[tokio::test]
async fn a_panic_costs_one_request_and_says_nothing() {
    use crate::middleware::{catch_panic, observe, render};
    use axum::{
        Router,
        middleware::{from_fn, from_fn_with_state},
        routing::get,
    };

    let gateway = App::with_services("http://127.0.0.1:9").0;
    async fn fail() -> StatusCode {
        panic!("a secret")
    }
    let router = Router::new()
        .route("/api/v3/accounts/1/scim/v2/Users", get(fail))
        .layer(from_fn(catch_panic))
        .layer(from_fn(render))
        .layer(from_fn_with_state(gateway, observe));
    let request = Request::builder()
        .method(Method::GET)
        .uri("/api/v3/accounts/1/scim/v2/Users");
    let response = router
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert_eq!(response.status(), 500);
    let id = response.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(text.contains(&id) && !text.contains("secret"), "{text}");
}
