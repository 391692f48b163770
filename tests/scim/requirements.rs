//! What requirements say beyond what the other files prove of them, by number.

use reqwest::{Method, header::CONTENT_TYPE};
use serde_json::{Value, json};

use crate::{
    client::Response,
    harness::{App, unique},
};

mod limits;
mod values;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

fn named(schema: &str, name: &str) -> Value {
    let attribute = if schema == USER {
        "userName"
    } else {
        "displayName"
    };
    json!({"schemas": [schema], attribute: name})
}

/// The body as it stands, of this media type.
async fn raw(
    app: &App,
    method: Method,
    path: &str,
    media_type: Option<&str>,
    body: Vec<u8>,
) -> Response {
    let mut request = app.scim.request(method, path).body(body);
    if let Some(media_type) = media_type {
        request = request.header(CONTENT_TYPE, media_type);
    }
    app.scim.send(request).await
}

#[track_caller]
fn says(refused: &Response, what: &str) {
    let detail = refused.body["detail"].as_str().expect("a detail");
    assert!(detail.contains(what), "{detail:?} lacks {what:?}");
}

fn keys(body: &Value) -> Vec<&str> {
    let object = body.as_object().expect("an object");
    let mut keys: Vec<&str> = object.keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

/// R-HTTP-05, R-HTTP-16: every request that has a body takes the same media types, and none without a body.
#[tokio::test]
async fn every_body_has_the_same_media_types() {
    let app = App::start().await;
    let name = unique("u");
    let user = format!("/Users/{}", app.scim.create_user(&name).await);
    let group = unique("g");
    let group_path = format!("/Groups/{}", app.scim.create_group(&group, &[]).await);
    let patch = json!({"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "externalId", "value": "x"}]});
    let search = json!({"schemas": [SEARCH_REQUEST], "count": 1});
    let bulk = json!({"schemas": [BULK_REQUEST], "Operations": []});
    for (method, path, body) in [
        (Method::PUT, &*user, named(USER, &name)),
        (Method::PATCH, &*user, patch.clone()),
        (Method::PUT, &*group_path, named(GROUP, &group)),
        (Method::PATCH, &*group_path, patch),
        (Method::POST, "/.search", search.clone()),
        (Method::POST, "/Users/.search", search.clone()),
        (Method::POST, "/Groups/.search", search),
        (Method::POST, "/Bulk", bulk),
    ] {
        for media_type in [
            None,
            Some("application/scim+json"),
            Some("application/json; charset=UTF-8"),
            Some("APPLICATION/SCIM+JSON;CHARSET=utf-8"),
        ] {
            let body = body.to_string().into_bytes();
            let answer = raw(&app, method.clone(), path, media_type, body).await;
            assert!(
                answer.status.is_success(),
                "{method} {path} {media_type:?}: {:#}",
                answer.body
            );
        }
        let body = body.to_string().into_bytes();
        raw(&app, method.clone(), path, Some("text/plain"), body)
            .await
            .expect_error(415, None);
        raw(&app, method, path, Some("application/json"), Vec::new())
            .await
            .expect_error(400, Some("invalidSyntax"));
    }
}

/// R-HTTP-16, R-HTTP-19: a byte order mark is passed over, names have no case in searches and bulk either, and no
/// two names at any depth may differ in case alone.
#[tokio::test]
async fn names_of_messages() {
    let app = App::start().await;
    let marked = format!("\u{feff}{}", named(USER, &unique("u")));
    raw(&app, Method::POST, "/Users", None, marked.into_bytes())
        .await
        .expect(201);
    let search = json!({"SCHEMAS": [SEARCH_REQUEST], "FILTER": "userName pr", "Count": 1, "ATTRIBUTES": ["USERNAME"]});
    let found = app.scim.post("/Users/.search", &search).await.expect(200);
    assert_eq!(
        keys(&found.body["Resources"][0]),
        ["id", "schemas", "userName"]
    );
    let bulk = json!({"SCHEMAS": [BULK_REQUEST], "operations": [
        {"METHOD": "POST", "PATH": "/Users", "BULKID": "a", "DATA": {"USERNAME": unique("u")}}]});
    let answer = app.scim.post("/Bulk", &bulk).await.expect(200);
    assert_eq!(answer.body["Operations"][0]["status"], "201");
    for twice in [
        r#"{"userName":"x","name":{"givenName":"a","GIVENNAME":"b"}}"#,
        r#"{"userName":"x","emails":[{"value":"a","Value":"b"}]}"#,
    ] {
        raw(&app, Method::POST, "/Users", None, twice.into())
            .await
            .expect_error(400, Some("invalidSyntax"));
    }
}

/// R-AUTH-01, R-AUTH-12: the challenge blames a token only where there was one.
#[tokio::test]
async fn challenges() {
    let app = App::start().await;
    for (token, blamed) in [("", false), ("wrong", true)] {
        let refused = app.scim.with_token(token).get("/Users").await;
        let refused = refused.expect_error(401, None);
        let challenge = refused.header("www-authenticate");
        assert!(challenge.starts_with("Bearer realm=\""), "{challenge}");
        assert_eq!(challenge.contains("error=\"invalid_token\""), blamed);
    }
}

/// R-DISC-07: discovery lists everything, whatever a list would be asked.
#[tokio::test]
async fn discovery_ignores_the_parameters_of_lists() {
    let app = App::start().await;
    let query = "count=1&startIndex=3&sortBy=id&sortOrder=descending&attributes=id&excludedAttributes=name&cursor=";
    for path in [
        "/Schemas",
        "/ResourceTypes",
        "/ServiceProviderConfig",
        "/ResourceTypes/User",
        &format!("/Schemas/{USER}"),
    ] {
        let plain = app.scim.get(path).await.expect(200).body;
        let asked = app
            .scim
            .get(&format!("{path}?{query}"))
            .await
            .expect(200)
            .body;
        assert_eq!(asked, plain, "{path}");
        assert!(plain.get("startIndex").is_none_or(|index| *index == 1));
    }
    for path in ["/Schemas?filter=id+pr", "/ResourceTypes?filter=name+pr"] {
        app.scim.get(path).await.expect_error(403, None);
    }
}

/// R-ATTR-07, R-VER-03, R-GRP-03, R-COMMON-09: a reference leads to what it names; one that a client writes says nothing beside
/// the id, whatever version or server it names.
#[tokio::test]
async fn references_lead_somewhere() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    let inner = app.scim.create_group(&unique("inner"), &[&user]).await;
    let outer = app
        .scim
        .create_group(&unique("outer"), &[&inner, &user])
        .await;
    let path = format!("/Groups/{outer}");
    let before = app.scim.get(&path).await.expect(200);
    let follow = async |reference: &Value| {
        let reference = reference.as_str().expect("a URI");
        let path = reference
            .strip_prefix(&app.scim.base_url)
            .expect("a place of ours");
        app.scim.get(path).await.expect(200).id()
    };
    let members = before.body["members"].as_array().expect("members");
    for member in members {
        assert_eq!(json!(follow(&member["$ref"]).await), member["value"]);
    }
    let read = app.scim.get(&format!("/Users/{user}")).await.expect(200);
    let groups = read.body["groups"].as_array().expect("groups");
    assert_eq!(groups.len(), 2);
    for group in groups {
        assert_eq!(json!(follow(&group["$ref"]).await), group["value"]);
    }

    let worker = json!({"schemas": [USER, ENTERPRISE], "userName": unique("u"),
        ENTERPRISE: {"manager": {"value": user, "$ref": "https://elsewhere.test/Users/1"}}});
    let worker = app.scim.post("/Users", &worker).await.expect(201);
    let manager = &worker.body[ENTERPRISE]["manager"];
    assert_eq!(follow(&manager["$ref"]).await, user);

    let base = app.scim.base_url.trim_end_matches("/v2");
    for reference in [
        json!(format!("{base}/v1/Users/{user}")),
        json!(format!("../Users/{user}")),
        json!("https://elsewhere.test/Groups/1"),
        Value::Null,
    ] {
        let member = json!([{"value": user, "$ref": reference, "type": "Group", "display": "x"}]);
        let add = json!([{"op": "add", "path": "members", "value": member}]);
        let same = app.scim.patch(&path, add).await.expect(204);
        assert_eq!(same.header("etag"), before.header("etag"), "{reference}");
    }
    let element = format!("members[value eq \"{user}\"]");
    for (path_in, value) in [
        (element.clone(), json!({"value": inner})),
        (format!("{element}.value"), json!(inner)),
        (format!("{element}.type"), json!("Group")),
        (format!("{element}.display"), json!("x")),
    ] {
        let edit = json!([{"op": "replace", "path": path_in, "value": value}]);
        app.scim
            .patch(&path, edit)
            .await
            .expect_error(400, Some("mutability"));
    }
    assert_eq!(app.scim.get(&path).await.body, before.body);
}

/// R-PROJ-01, R-PROJ-02, R-PROJ-05: lists of names in every form, on every read.
#[tokio::test]
async fn names_to_project() {
    let app = App::start().await;
    let body = json!({"schemas": [USER, ENTERPRISE], "userName": unique("u"), "title": "T", "nickName": "N",
        ENTERPRISE: {"department": "D", "manager": {"value": "m-1"}}});
    let id = app.scim.post("/Users", &body).await.expect(201).id();
    let list = |query: &str| format!("/Users?filter=id+eq+%22{id}%22&{query}");
    let three = ["id", "schemas", "title", "userName"];
    let manager = format!("attributes={ENTERPRISE}:MANAGER.value");
    for (query, given) in [
        ("attributes=userName,title", &three[..]),
        ("attributes=userName&attributes=title", &three[..]),
        ("attributes=%20userName%20,%20%20title%20", &three[..]),
        (
            "Attributes=USERNAME,urn:ietf:params:scim:schemas:core:2.0:user:TITLE",
            &three[..],
        ),
        // Both at once: the lenient dialect goes by what is asked for.
        (
            "attributes=userName,title&excludedAttributes=title",
            &three[..],
        ),
        (&*manager, &["id", "schemas", ENTERPRISE][..]),
    ] {
        let one = app.scim.get(&format!("/Users/{id}?{query}")).await;
        let one = one.expect(200).body;
        let listed = app.scim.get(&list(query)).await.expect(200).body;
        assert_eq!(listed["Resources"][0], one, "{query}");
        let mut given = given.to_vec();
        given.sort_unstable();
        assert_eq!(keys(&one), given, "{query}");
    }
    let excluded = "excludedAttributes=nickName,%20title&excludedAttributes=meta,id";
    let less = app.scim.get(&list(excluded)).await.expect(200).body;
    let less = &less["Resources"][0];
    for gone in ["nickName", "title", "meta"] {
        assert_eq!(less.get(gone), None, "{gone}");
    }
    assert_eq!(less["id"], json!(id));
}

/// R-USER-05, R-PUT-05, R-BULK-12, R-BULK-14, R4, R5: what only we may say of a user is not taken in bulk either, nor is the id
/// of a body; what a bulk answer shows is not asked for.
#[tokio::test]
async fn bulk_takes_no_more_than_single_requests() {
    let app = App::start().await;
    let (name, other) = (unique("u"), unique("victim"));
    let user = app.scim.create_user(&name).await;
    let victim = app.scim.create_user(&other).await;
    let group = app.scim.create_group(&unique("g"), &[&victim]).await;
    let before = app.scim.get(&format!("/Users/{victim}")).await.body;
    let groups = json!([{"value": group}]);
    let path = format!("/Users/{user}");
    let operations = json!([
        {"method": "PUT", "path": path, "data": {"schemas": [USER], "userName": name, "id": victim, "groups": groups, "title": "T"}},
        {"method": "PATCH", "path": path, "data": {"schemas": [PATCH_OP],
            "Operations": [{"op": "replace", "value": {"id": victim, "groups": groups, "nickName": "N"}}]}},
        {"method": "PATCH", "path": path, "data": {"schemas": [PATCH_OP],
            "Operations": [{"op": "add", "path": "groups", "value": groups}]}},
        {"method": "POST", "path": "/Users", "bulkId": "p", "data": {"schemas": [USER], "userName": unique("u"), "id": victim, "groups": groups}},
        {"method": "POST", "path": "/Users", "bulkId": "q", "data": {"schemas": [USER], "userName": other}},
        {"method": "POST", "path": "/Users", "bulkId": "r", "data": {"schemas": [GROUP], "userName": unique("u")}},
    ]);
    let body = json!({"schemas": [BULK_REQUEST], "Operations": operations});
    let answer = app
        .scim
        .post("/Bulk?attributes=id&excludedAttributes=id&filter=x", &body)
        .await
        .expect(200)
        .body;
    let entries = answer["Operations"].as_array().expect("entries");
    let statuses: Vec<&Value> = entries.iter().map(|entry| &entry["status"]).collect();
    assert_eq!(
        statuses,
        ["200", "200", "400", "201", "409", "400"],
        "{answer:#}"
    );
    assert_eq!(entries[2]["response"]["scimType"], "mutability");
    let read = app.scim.get(&path).await.expect(200).body;
    assert_eq!(
        (
            &read["id"],
            &read["title"],
            &read["nickName"],
            read.get("groups")
        ),
        (&json!(user), &json!("T"), &json!("N"), None)
    );
    assert!(
        !entries[3]["location"]
            .as_str()
            .expect("a location")
            .ends_with(&victim)
    );
    assert_eq!(
        app.scim.members(&group).await,
        std::slice::from_ref(&victim)
    );
    assert_eq!(app.scim.get(&format!("/Users/{victim}")).await.body, before);
}

/// R-FILTER-01, R-FILTER-16, R-FILTER-21: the samples of the requirements are understood by the endpoint they are for.
#[tokio::test]
async fn sample_filters() {
    let app = App::start().await;
    for (collection, filter) in [
        ("/Users", r#"USERNAME Eq "x" AND active EQ True"#),
        (
            "/Users",
            r#"userType ne "E" and not (emails co "x.test" or emails.value co "y.test")"#,
        ),
        (
            "/Users",
            r#"emails[type eq "work" and value co "@x.test"] or ims[type eq "xmpp" and value co "@y.test"]"#,
        ),
        (
            "/Users",
            r#"emails[type eq "work" or (type eq "home" and value ew "@x.test")]"#,
        ),
        ("/Users", r#"emails[not (type eq "work")]"#),
        ("/Users", r#"meta.lastModified gt "2024-05-13T04:42:34Z""#),
        (
            "/Users",
            r#"externalId eq "b3" or id eq "b3" or meta.resourceType eq "User""#,
        ),
        (
            "/Users",
            r#"active eq true and (meta.lastModified ge "0001-01-03T00:00:00.0000000Z" and meta.lastModified le "2026-01-01T00:00:00.0000000Z")"#,
        ),
        ("/Groups", r#"id eq "5d0a" and members eq "9b1c""#),
        (
            "/Groups",
            r#"displayName eq "Sales" and members[value eq "9b1c"]"#,
        ),
    ] {
        let found = app.scim.find(collection, filter).await.expect(200);
        assert!(found.body["totalResults"].is_u64(), "{filter}");
        let search = json!({"schemas": [SEARCH_REQUEST], "filter": filter});
        let searched = app
            .scim
            .post(&format!("{collection}/.search"), &search)
            .await;
        assert_eq!(searched.expect(200).body, found.body, "{filter}");
    }
}

/// R-CUR-01: a first page is asked for by a cursor without a value, however it is written.
#[tokio::test]
async fn first_cursors() {
    let app = App::start().await;
    for _ in 0..2 {
        app.scim.create_user(&unique("u")).await;
    }
    for query in ["cursor&count=1", "cursor=&count=1", "count=1&CURSOR="] {
        let page = app
            .scim
            .get(&format!("/Users?{query}"))
            .await
            .expect(200)
            .body;
        assert!(page["nextCursor"].is_string(), "{query}: {page:#}");
        assert_eq!(page["itemsPerPage"], 1);
    }
}
