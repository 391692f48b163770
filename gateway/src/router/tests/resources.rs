//! Bodies, representations and lists.

use std::sync::atomic::Ordering;

use axum::{body::Body, extract::Request};
use http::header;
use serde_json::{Value, json};

use super::{
    app::{App, PUBLIC_URL},
    stub::{ID, ON, SECRET},
};

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

/// A write that switches a user's activity is told to the group service, in whatever way it comes; no other is.
#[tokio::test]
async fn a_switch_is_told_to_the_group_service() {
    let app = App::start().await;
    let told = || app.2.swap(0, Ordering::Relaxed);
    let user = format!("/Users/{ID}");
    let patch = |value: Value| json!({"Operations": [value]});
    let switch = patch(json!({"op": "replace", "path": "active", "value": false}));
    let whole = json!({"userName": "ann", "active": false});
    let bulk = |method: &str, data: &Value| {
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [{"method": method, "path": user, "data": data}],
        })
    };
    for (method, path, body) in [
        ("PATCH", user.as_str(), &switch),
        ("PUT", &user, &whole),
        ("POST", "/Bulk", &bulk("PATCH", &switch)),
        ("POST", "/Bulk", &bulk("PUT", &whole)),
    ] {
        let answer = app.scim(method, path, body.clone()).await;
        assert_eq!(answer.status, 200, "{method} {body}: {}", answer.text);
        assert_eq!(told(), 1, "{method} {body}");
    }
    let name = patch(json!({"op": "replace", "path": "displayName", "value": "A"}));
    let same = json!({"userName": "ann", "displayName": "A", "active": true});
    for (method, path, body) in [
        ("PATCH", user.as_str(), &name),
        ("PUT", &user, &same),
        ("POST", "/Users", &same),
        ("POST", "/Bulk", &bulk("PATCH", &name)),
    ] {
        assert!(app.scim(method, path, body.clone()).await.status < 300);
        assert_eq!(told(), 0, "{method} {body}");
    }
}

/// RFC 7240, R-PATCH-08: a group PATCH answers with the group where the client prefers that.
#[tokio::test]
async fn preferences() {
    let app = App::start().await;
    let patch = json!({"Operations": [{"op": "Replace", "value": {"displayName": "A"}}]});
    for (endpoint, prefer, status) in [
        ("/Groups", "return=representation", 200),
        ("/Groups", "respond-async, Return=\"representation\"", 200),
        ("/Groups", "return=minimal", 204),
        ("/Groups", "return=minimal, return=representation", 204),
        ("/Groups", "return=everything", 204),
        ("/Users", "return=representation", 200),
        ("/Users", "return=representation, return=minimal", 200),
        ("/Users", "return=minimal", 204),
    ] {
        let path = format!("{endpoint}/{ID}");
        let headers = [("Prefer", prefer)];
        let answer = app.scim_with("PATCH", &path, patch.clone(), &headers).await;
        assert_eq!(answer.status, status, "{endpoint} {prefer}");
        if status == 204 {
            assert_eq!(answer.text, "");
        } else if endpoint == "/Groups" {
            assert_eq!(answer.json()["members"][0]["value"], ID, "{prefer}");
            assert!(answer.header(header::CONTENT_LOCATION).ends_with(&path));
        }
    }
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
