//! Many writes in one request (R-BULK).

use serde_json::{Value, json};

use crate::{
    client::{Client, Response},
    harness::{App, unique},
};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

async fn send(scim: &Client, operations: Value) -> Response {
    scim.post(
        "/Bulk",
        &json!({"schemas": [BULK_REQUEST], "Operations": operations}),
    )
    .await
}

/// The entries, which must have these statuses.
async fn bulk(scim: &Client, operations: Value, statuses: &[&str]) -> Vec<Value> {
    let answer = send(scim, operations).await.expect(200).body;
    assert_eq!(
        answer["schemas"],
        json!(["urn:ietf:params:scim:api:messages:2.0:BulkResponse"])
    );
    let entries = answer["Operations"].as_array().expect("entries").clone();
    let found: Vec<&str> = entries
        .iter()
        .map(|entry| entry["status"].as_str().expect("a text"))
        .collect();
    assert_eq!(found, statuses, "{answer:#}");
    for entry in &entries {
        // R-BULK-16: an error is never null, a success has none.
        let failed = !entry["status"].as_str().expect("a text").starts_with('2');
        assert_eq!(entry["response"].is_object(), failed, "{entry:#}");
        assert!(!failed || entry["response"]["status"] == entry["status"]);
    }
    entries
}

fn user(bulk_id: &str, name: &str, manager: Option<&str>) -> Value {
    let mut data = json!({"schemas": [USER], "userName": name});
    if let Some(manager) = manager {
        data[ENTERPRISE] = json!({"manager": {"value": manager}, "department": "Sales"});
    }
    json!({"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data})
}

fn group(bulk_id: &str, name: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    let data = json!({"schemas": [GROUP], "displayName": name, "members": members});
    json!({"method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": data})
}

/// The id at the end of an entry's location.
fn id(entry: &Value) -> String {
    let location = entry["location"].as_str().expect("a location");
    location.rsplit('/').next().expect("a segment").to_owned()
}

async fn manager(scim: &Client, user: &str) -> Value {
    let read = scim.get(&format!("/Users/{user}")).await.expect(200);
    read.body[ENTERPRISE]["manager"]["value"].clone()
}

/// R-BULK-02/04/05/12/13: every method, in any case, with versions as conditions; each entry says what a
/// request of its own would have.
#[tokio::test]
async fn every_method() {
    let app = App::start().await;
    let (name, other) = (unique("u"), unique("u"));
    let kept = app.scim.create_user(&unique("kept")).await;
    let etag = app
        .scim
        .get(&format!("/Users/{kept}"))
        .await
        .header("etag")
        .to_owned();
    let entries = bulk(&app.scim, json!([
        user("a", &name, None),
        {"method": "put", "path": "/Users/bulkId:a", "bulkId": "b",
         "data": {"schemas": [USER], "userName": name, "displayName": "one"}},
        {"method": "PATCH", "path": "Users/bulkId:a", "data": {"schemas": [PATCH_OP],
         "Operations": [{"op": "replace", "path": "displayName", "value": "two"}]}},
        {"method": "Patch", "path": "/v2/Users/bulkId:a", "data": [{"op": "add", "path": "title", "value": "t"}]},
        {"method": "PATCH", "path": format!("/Users/{kept}"), "version": "W/\"99\"",
         "data": [{"op": "add", "path": "title", "value": "never"}]},
        {"method": "PATCH", "path": format!("/Users/{kept}"), "version": etag,
         "data": [{"op": "add", "path": "title", "value": "kept"}]},
        {"method": "DELETE", "path": format!("/Users/{kept}"), "version": etag},
        user("c", &name.to_uppercase(), None),
        user("d", &other, None),
        {"method": "DELETE", "path": "/Users/bulkId:d"},
        {"method": "DELETE", "path": "/Users/bulkId:d"},
    ]), &["201", "200", "200", "200", "412", "200", "412", "409", "201", "204", "404"]).await;
    let a = id(&entries[0]);
    let read = app.scim.get(&format!("/Users/{a}")).await.expect(200);
    assert_eq!(
        (&read.body["displayName"], &read.body["title"]),
        (&json!("two"), &json!("t"))
    );
    assert_eq!(read.body["meta"]["location"], entries[3]["location"]);
    assert_eq!(read.header("etag"), entries[3]["version"]);
    assert_eq!(
        (&entries[1]["method"], &entries[1]["bulkId"]),
        (&json!("PUT"), &json!("b"))
    );
    assert_eq!(entries[2].get("bulkId"), None);
    assert_eq!(entries[4]["location"], entries[5]["location"]);
    assert_eq!(entries[7].get("location"), None);
    assert_eq!(entries[7]["response"]["scimType"], "uniqueness");
    assert_eq!(entries[10]["location"], entries[8]["location"]);
    let read = app.scim.get(&format!("/Users/{kept}")).await.expect(200);
    assert_eq!(read.body["title"], "kept");
}

/// R-BULK-02/03/04/16: what cannot be done is said in its entry, and the others are done.
#[tokio::test]
async fn entries_refused() {
    let app = App::start().await;
    let entries = bulk(
        &app.scim,
        json!([
            {"method": "GET", "path": "/Users"},
            {"method": "MOVE", "path": "/Users/1"},
            {"path": "/Users/1"},
            {"method": "DELETE"},
            {"method": "DELETE", "path": "/Colours/1"},
            {"method": "DELETE", "path": "/Users"},
            {"method": "POST", "path": "/Users/1", "bulkId": "e", "data": {}},
            {"method": "POST", "path": "/Users", "data": {"userName": unique("u")}},
            {"method": "POST", "path": "/Users", "bulkId": "f"},
            {"method": "POST", "path": "/Bulk", "bulkId": "g", "data": {}},
            {"method": "PUT", "path": "/Users/nobody", "data": {"userName": unique("u")}},
            {"method": "PATCH", "path": "/v9/Users/1", "data": []},
            "nothing",
            user("h", &unique("u"), None),
        ]),
        &[
            "400", "400", "400", "400", "404", "405", "405", "400", "400", "405", "404", "400",
            "400", "201",
        ],
    )
    .await;
    assert_eq!(entries[11]["response"]["scimType"], "invalidVers");
    app.scim
        .get(&format!("/Users/{}", id(&entries[13])))
        .await
        .expect(200);
}

/// R-BULK-01/03: the message itself.
#[tokio::test]
async fn messages_refused() {
    let app = App::start().await;
    for body in [
        json!({"Operations": []}),
        json!({"schemas": [PATCH_OP], "Operations": []}),
        json!({"schemas": [BULK_REQUEST]}),
        json!({"schemas": [BULK_REQUEST], "Operations": "none"}),
        json!({"schemas": [BULK_REQUEST], "Operations": [user("a", &unique("u"), None), user("a", &unique("u"), None)]}),
    ] {
        app.scim
            .post("/Bulk", &body)
            .await
            .expect_error(400, Some("invalidSyntax"));
    }
    app.scim
        .put("/Bulk", &json!({}))
        .await
        .expect_error(405, None);
    app.scim.get("/Bulk").await.expect_error(405, None);
    app.scim
        .with_token("")
        .post("/Bulk", &json!({}))
        .await
        .expect_error(401, None);
}

/// R-BULK-06: references wherever an id may stand, ahead too; text that only looks like one stays.
#[tokio::test]
async fn references() {
    let app = App::start().await;
    let names: Vec<String> = (0..4).map(|_| unique("u")).collect();
    let entries = bulk(&app.scim, json!([
        group("g", "bulkId:u0", &["bulkId:u0", "bulkId:u1"]),
        user("u0", &names[0], Some("bulkId:u1")),
        user("u1", &names[1], None),
        {"method": "PATCH", "path": "/Users/bulkId:u1", "data": [
            {"op": "add", "path": format!("{ENTERPRISE}:manager"), "value": "bulkId:u2"},
            {"op": "add", "path": "displayName", "value": "bulkId:u2"}]},
        user("u2", &names[2], None),
        user("u3", &names[3], None),
        {"method": "PATCH", "path": "/Groups/bulkId:g", "data": {"schemas": [PATCH_OP], "Operations": [
            {"op": "add", "path": "members", "value": [{"value": "bulkId:u3", "$ref": "../Users/bulkId:u3"}]},
            {"op": "remove", "path": "members[value eq \"bulkId:u1\"]"},
            {"op": "add", "value": {"members": [{"value": "bulkId:u2"}]}}]}},
        group("outer", &unique("g"), &["bulkId:g", "bulkId:u0"]),
    ]), &["201", "201", "201", "200", "201", "201", "200", "201"]).await;
    let ids: Vec<String> = entries.iter().map(id).collect();
    let (g, u0, u1, u2, u3, outer) = (&ids[0], &ids[1], &ids[2], &ids[4], &ids[5], &ids[7]);
    let sorted = |ids: &[&String]| {
        let mut ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect();
        ids.sort();
        ids
    };
    assert_eq!(app.scim.members(g).await, sorted(&[u0, u2, u3]));
    assert_eq!(app.scim.members(outer).await, sorted(&[g, u0]));
    assert_eq!(manager(&app.scim, u0).await, json!(u1));
    assert_eq!(manager(&app.scim, u1).await, json!(u2));
    let read = app.scim.get(&format!("/Users/{u1}")).await;
    assert_eq!(read.body["displayName"], "bulkId:u2");
    let read = app.scim.get(&format!("/Groups/{g}")).await;
    assert_eq!(read.body["displayName"], "bulkId:u0");
}

/// R-BULK-07: managers in a circle, one's own manager too.
#[tokio::test]
async fn circles_of_managers() {
    let app = App::start().await;
    let names: Vec<String> = (0..4).map(|_| unique("u")).collect();
    let entries = bulk(
        &app.scim,
        json!([
            group("g", &unique("g"), &["bulkId:a", "bulkId:d"]),
            user("a", &names[0], Some("bulkId:b")),
            user("b", &names[1], Some("bulkId:c")),
            user("c", &names[2], Some("bulkId:a")),
            user("d", &names[3], Some("bulkId:d")),
        ]),
        &["201"; 5],
    )
    .await;
    let ids: Vec<String> = entries.iter().map(id).collect();
    for (user, boss) in [(1, 2), (2, 3), (3, 1), (4, 4)] {
        let read = app
            .scim
            .get(&format!("/Users/{}", ids[user]))
            .await
            .expect(200);
        assert_eq!(read.body[ENTERPRISE]["manager"]["value"], json!(ids[boss]));
        assert_eq!(read.body[ENTERPRISE]["department"], "Sales");
        assert_eq!(read.header("etag"), entries[user]["version"]);
    }
    assert_eq!(app.scim.members(&ids[0]).await.len(), 2);
}

/// R-BULK-07/09/13: groups cannot contain each other; nothing of such a circle remains, nor of one that breaks.
#[tokio::test]
async fn circles_that_cannot_be() {
    let app = App::start().await;
    let names: Vec<String> = (0..5).map(|_| unique("n")).collect();
    let taken = app.scim.create_user(&names[4]).await;
    let entries = bulk(
        &app.scim,
        json!([
            group("a", &names[0], &["bulkId:b"]),
            group("b", &names[1], &["bulkId:a"]),
            group("c", &names[2], &["bulkId:a"]),
            user("d", &names[3], Some("bulkId:e")),
            user("e", &names[4], Some("bulkId:d")),
        ]),
        &["409"; 5],
    )
    .await;
    assert!(
        entries[2]["response"]["detail"]
            .as_str()
            .expect("a detail")
            .contains("\"a\"")
    );
    assert_eq!(entries[4]["response"]["scimType"], "uniqueness");
    for (collection, attribute, name) in [
        ("/Groups", "displayName", &names[0]),
        ("/Groups", "displayName", &names[1]),
        ("/Groups", "displayName", &names[2]),
        ("/Users", "userName", &names[3]),
    ] {
        let found = app
            .scim
            .find(collection, &format!("{attribute} eq \"{name}\""))
            .await
            .expect(200);
        assert_eq!(found.body["totalResults"], 0, "{name}");
    }
    assert_eq!(manager(&app.scim, &taken).await, Value::Null);
}

/// R-BULK-06/07/09: an undefined bulkId is a 400, one whose operation failed a 409, and both are named.
#[tokio::test]
async fn references_to_nothing() {
    let app = App::start().await;
    let entries = bulk(
        &app.scim,
        json!([
            group("g", &unique("g"), &["bulkId:nobody"]),
            user("bad", "", None),
            group("h", &unique("g"), &["bulkId:bad"]),
            {"method": "DELETE", "path": "/Groups/bulkId:h"},
            {"method": "DELETE", "path": "/Groups/bulkId:unknown"},
            user("good", &unique("u"), None),
        ]),
        &["400", "400", "409", "409", "400", "201"],
    )
    .await;
    let detail = |index: usize| {
        entries[index]["response"]["detail"]
            .as_str()
            .expect("a detail")
            .to_owned()
    };
    assert_eq!(entries[0]["response"]["scimType"], "invalidValue");
    assert!(
        detail(0).contains("nobody") && detail(2).contains("bad") && detail(3).contains("\"h\"")
    );
}

/// R-BULK-08: after so many errors the rest is left; what was done stays done.
#[tokio::test]
async fn fail_on_errors() {
    let app = App::start().await;
    let name = unique("u");
    let wrong = json!({"method": "DELETE", "path": "/Users/nobody"});
    let operations = json!([
        wrong,
        user("a", &name, None),
        wrong,
        user("b", &unique("u"), None)
    ]);
    let body = json!({"schemas": [BULK_REQUEST], "failOnErrors": 2, "Operations": operations});
    let answer = app.scim.post("/Bulk", &body).await.expect(200).body;
    let entries = answer["Operations"].as_array().expect("entries");
    assert_eq!(entries.len(), 3);
    app.scim
        .get(&format!("/Users/{}", id(&entries[1])))
        .await
        .expect(200);
}

/// R-BULK-10: where an operation waits for a reference ahead, later ones on the same user still come later.
#[tokio::test]
async fn the_order_on_one_resource_is_kept() {
    let app = App::start().await;
    let worker = app.scim.create_user(&unique("u")).await;
    let boss = app.scim.create_user(&unique("u")).await;
    let set = |manager: &str| {
        json!({"method": "PATCH", "path": format!("/Users/{worker}"),
            "data": [{"op": "replace", "path": "manager", "value": manager}]})
    };
    bulk(
        &app.scim,
        json!([
            set("bulkId:later"),
            set(&boss),
            user("later", &unique("u"), None)
        ]),
        &["200", "200", "201"],
    )
    .await;
    assert_eq!(manager(&app.scim, &worker).await, json!(boss));
}

/// R-TEN-04: what belongs to another account is not there.
#[tokio::test]
async fn other_accounts() {
    let (app, other) = (App::start().await, App::start().await);
    if app.scim.base_url == other.scim.base_url {
        return;
    }
    let foreign = other.scim.create_user(&unique("u")).await;
    bulk(
        &app.scim,
        json!([
            {"method": "DELETE", "path": format!("/Users/{foreign}")},
            {"method": "DELETE", "path": format!("{}/Users/{foreign}", other.scim.base_url)},
            group("g", &unique("g"), &[&foreign]),
        ]),
        &["404", "404", "400"],
    )
    .await;
    other
        .scim
        .get(&format!("/Users/{foreign}"))
        .await
        .expect(200);
}

/// R-TEST-08, R-BULK-11: `bulk.maxOperations` and `bulk.maxPayloadSize` at the limit and one above.
#[tokio::test]
async fn limits() {
    let app = App::start().await;
    let config = app
        .scim
        .get("/ServiceProviderConfig")
        .await
        .expect(200)
        .body["bulk"]
        .clone();
    assert_eq!(config["supported"], true);
    let size =
        |name: &str| usize::try_from(config[name].as_u64().expect("a number")).expect("a size");
    let (operations, payload) = (size("maxOperations"), size("maxPayloadSize"));

    let wrong = json!({"method": "GET", "path": "/Users"});
    let most = send(&app.scim, json!(vec![wrong.clone(); operations]))
        .await
        .expect(200);
    assert_eq!(
        most.body["Operations"].as_array().map(Vec::len),
        Some(operations)
    );
    let name = unique("never");
    let mut many = vec![user("a", &name, None)];
    many.resize(operations + 1, wrong);
    let refused = send(&app.scim, json!(many)).await.expect_error(413, None);
    assert!(
        refused.body["detail"]
            .as_str()
            .expect("a detail")
            .contains(&operations.to_string())
    );

    let body =
        json!({"schemas": [BULK_REQUEST], "Operations": [user("a", &name, None)]}).to_string();
    for (length, status) in [(payload + 1, 413), (payload, 200)] {
        let padded = format!("{body}{}", " ".repeat(length - body.len()));
        let request = app
            .scim
            .request(reqwest::Method::POST, "/Bulk")
            .header("content-type", "application/scim+json");
        let answer = app.scim.send(request.body(padded)).await.expect(status);
        let found = app
            .scim
            .find("/Users", &format!("userName eq \"{name}\""))
            .await
            .expect(200);
        assert_eq!(found.body["totalResults"], json!(u8::from(status == 200)));
        if status == 413 {
            assert!(
                answer.body["detail"]
                    .as_str()
                    .expect("a detail")
                    .contains(&payload.to_string())
            );
        }
    }
}
