//! Groups and their members.

use reqwest::Method;
use serde_json::json;

use crate::harness::{App, unique};

const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// R-GRP-02/04/09: members are users or groups of the account; type, $ref and display are ours.
#[tokio::test]
async fn members_are_users_and_groups() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("ann")).await;
    let inner = app.scim.create_group(&unique("inner"), &[&user]).await;
    let body = json!({"schemas": [GROUP], "displayName": unique("outer"), "members": [
        {"value": inner, "type": "User", "display": "a lie", "$ref": null},
        {"value": user}, {"value": user}]});
    let outer = app.scim.post("/Groups", &body).await.expect(201);
    let members = outer.body["members"].as_array().unwrap();
    assert_eq!(members.len(), 2);
    assert_eq!(members[0]["type"], json!("Group"));
    assert_eq!(
        members[0]["$ref"],
        json!(format!("{}/Groups/{inner}", app.scim.base_url))
    );
    assert_ne!(members[0]["display"], json!("a lie"));
    assert_eq!(members[1]["type"], json!("User"));

    let read = app.scim.get(&format!("/Users/{user}")).await.expect(200);
    let mut groups: Vec<(String, String)> = read.body["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| {
            (
                group["value"].as_str().unwrap().to_owned(),
                group["type"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    groups.sort();
    let mut expected = vec![
        (inner, "direct".to_owned()),
        (outer.id(), "direct".to_owned()),
    ];
    expected.sort();
    assert_eq!(groups, expected);
}

/// R-GRP-05: a group in itself, also through others, is refused and changes nothing.
#[tokio::test]
async fn cycles_are_refused() {
    let app = App::start().await;
    let a = app.scim.create_group(&unique("a"), &[]).await;
    let b = app.scim.create_group(&unique("b"), &[&a]).await;
    let c = app.scim.create_group(&unique("c"), &[&b]).await;
    for member in [&a, &c] {
        app.scim
            .patch(
                &format!("/Groups/{a}"),
                json!([{"op": "add", "path": "members", "value": [{"value": member}]}]),
            )
            .await
            .expect_error(400, Some("invalidValue"));
    }
    assert!(app.scim.members(&a).await.is_empty());
}

/// R-GRP-02, R-PATCH-06, R-PUT-14: an unknown member fails the whole request.
#[tokio::test]
async fn unknown_members_change_nothing() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("ann")).await;
    let name = unique("sales");
    let group = app.scim.create_group(&name, &[&user]).await;
    let path = format!("/Groups/{group}");
    let before = app.scim.get(&path).await.body;
    let nobody = uuid::Uuid::now_v7().to_string();
    for unknown in [nobody.as_str(), "not-an-id"] {
        app.scim
            .patch(
                &path,
                json!([
                {"op": "replace", "path": "displayName", "value": unique("new")},
                {"op": "remove", "path": format!("members[value eq \"{user}\"]")},
                {"op": "add", "path": "members", "value": [{"value": unknown}]}]),
            )
            .await
            .expect_error(400, Some("invalidValue"));
        app.scim
            .put(
                &path,
                &json!({"schemas": [GROUP], "displayName": name, "members": [{"value": unknown}]}),
            )
            .await
            .expect_error(400, Some("invalidValue"));
        app.scim
            .post("/Groups", &json!({"schemas": [GROUP], "displayName": unique("g"), "members": [{"value": unknown}]}))
            .await
            .expect_error(400, Some("invalidValue"));
    }
    assert_eq!(app.scim.get(&path).await.body, before);
}

/// RFC 7643 §4.2, R-PUT-14: a member that names nobody is refused and empties no group, however it is written and
/// whoever else is named.
#[tokio::test]
async fn members_that_name_nobody_change_nothing() {
    for app in [App::start().await, crate::strict::strict().await] {
        let user = app.scim.create_user(&unique("ann")).await;
        let other = app.scim.create_user(&unique("bo")).await;
        let name = unique("sales");
        let group = app.scim.create_group(&name, &[&user]).await;
        let path = format!("/Groups/{group}");
        let before = app.scim.get(&path).await.expect(200).body;
        let nobody = [
            json!({"display": "Ria"}),
            json!({}),
            json!(null),
            json!({"value": null}),
            json!({"value": "", "type": "User"}),
            json!({"$ref": null}),
        ];
        for nobody in nobody {
            for members in [json!([nobody]), json!([{"value": other}, nobody])] {
                let body = json!({"schemas": [GROUP], "displayName": name, "members": members});
                let mut new = body.clone();
                new["displayName"] = json!(unique("new"));
                let operation = json!([{"op": "replace", "path": "members", "value": members}]);
                let bulk = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
                    {"method": "PUT", "path": path, "data": body},
                    {"method": "POST", "path": "/Groups", "bulkId": "a", "data": new}]});
                for refused in [
                    app.scim.put(&path, &body).await,
                    app.scim.post("/Groups", &new).await,
                    app.scim.patch(&path, operation).await,
                ] {
                    refused.expect_error(400, Some("invalidValue"));
                }
                let answer = app.scim.post("/Bulk", &bulk).await.expect(200).body;
                for entry in answer["Operations"].as_array().unwrap() {
                    assert_eq!(entry["status"], json!("400"), "{entry}");
                    assert_eq!(entry["response"]["scimType"], json!("invalidValue"));
                }
            }
        }
        assert_eq!(app.scim.get(&path).await.expect(200).body, before);
        let all = app.scim.get("/Groups").await.expect(200).body;
        assert_eq!(all["totalResults"], json!(1));
    }
}

/// R-PATCH-43/44/45/46, R-REG-PATCH-03: which members an operation removes.
#[tokio::test]
async fn removing_members() {
    let app = App::start().await;
    let mut users = Vec::new();
    for _ in 0..4 {
        users.push(app.scim.create_user(&unique("m")).await);
    }
    users.sort();
    let all: Vec<&str> = users.iter().map(String::as_str).collect();
    let group = app.scim.create_group(&unique("g"), &all).await;
    let path = format!("/Groups/{group}");
    let version = app.scim.get(&path).await.header("etag").to_owned();

    // No change: an empty list, somebody who is not a member, somebody who is one already.
    let outsider = app.scim.create_user(&unique("out")).await;
    let unchanged = app
        .scim
        .patch(
            &path,
            json!([
        {"op": "remove", "path": "members", "value": []},
        {"op": "remove", "path": format!("members[value eq \"{outsider}\"]")},
        {"op": "add", "path": "members", "value": {"value": users[0]}}]),
        )
        .await
        .expect(204);
    assert_eq!(unchanged.header("etag"), version);
    assert_eq!(app.scim.members(&group).await, users);

    app.scim
        .patch(
            &path,
            json!([{"op": "Remove", "path": "members", "value": [{"value": users[0]}]}]),
        )
        .await
        .expect(204);
    assert_eq!(app.scim.members(&group).await, users[1..]);
    let filter = format!(
        "members[value eq \"{}\" or value eq \"{}\"]",
        users[1], users[2]
    );
    app.scim
        .patch(&path, json!([{"op": "remove", "path": filter}]))
        .await
        .expect(204);
    assert_eq!(app.scim.members(&group).await, users[3..]);
    app.scim
        .patch(
            &path,
            json!([{"op": "add", "path": "members", "value": [{"value": outsider}]},
        {"op": "remove", "path": "members"}]),
        )
        .await
        .expect(204);
    assert!(app.scim.members(&group).await.is_empty());
}

/// R-PATCH-08, R-PROJ-09: a group PATCH answers 204, or 200 where a projection asks for something.
#[tokio::test]
async fn patch_answers_no_content_unless_asked() {
    let app = App::start().await;
    let group = app.scim.create_group(&unique("g"), &[]).await;
    let rename = || json!([{"op": "replace", "path": "displayName", "value": unique("renamed")}]);
    let silent = app
        .scim
        .patch(&format!("/Groups/{group}"), rename())
        .await
        .expect(204);
    assert!(silent.header("etag").starts_with("W/"));
    let shown = app
        .scim
        .patch(
            &format!("/Groups/{group}?excludedAttributes=members"),
            rename(),
        )
        .await
        .expect(200);
    assert!(
        shown.body["displayName"]
            .as_str()
            .unwrap()
            .starts_with("renamed")
    );
}

/// RFC 7240, R-PATCH-08: a client that prefers the group gets it, with its members.
#[tokio::test]
async fn a_patch_answers_with_the_group_where_that_is_preferred() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    let path = format!(
        "/Groups/{}",
        app.scim.create_group(&unique("g"), &[&user]).await
    );
    let rename =
        json!({"Operations": [{"op": "replace", "path": "displayName", "value": unique("x")}]});
    for (prefer, status) in [
        ("return=representation", 200),
        ("return=minimal", 204),
        ("respond-async", 204),
    ] {
        let request = app.scim.request(Method::PATCH, &path);
        let request = request
            .header("prefer", prefer)
            .header("content-type", "application/json");
        let answer = app
            .scim
            .send(request.body(rename.to_string()))
            .await
            .expect(status);
        if status == 200 {
            assert_eq!(answer.body, app.scim.get(&path).await.body);
            assert_eq!(answer.body["members"][0]["value"], json!(user));
        }
    }
}

/// A group without members says so wherever members are shown: an identity provider that sees no `members` never
/// fills the group again.
#[tokio::test]
async fn an_empty_group_shows_that_it_is_empty() {
    let app = App::start().await;
    let scim = &app.scim;
    let name = unique("g");
    let body = json!({"schemas": [GROUP], "displayName": name});
    let created = scim.post("/Groups", &body).await.expect(201);
    let path = format!("/Groups/{}", created.id());
    let listed = async |query: &str| {
        let filter = format!("displayName eq \"{name}\"");
        let request = scim.request(Method::GET, &format!("/Groups?{query}"));
        let list = scim
            .send(request.query(&[("filter", filter)]))
            .await
            .expect(200);
        list.body["Resources"][0].clone()
    };
    let search = json!({"filter": format!("displayName eq \"{name}\"")});
    let searched = async |at: &str| {
        let found = scim
            .post(&format!("{at}/.search"), &search)
            .await
            .expect(200);
        found.body["Resources"][0].clone()
    };
    let get = async |query: &str| scim.get(&format!("{path}{query}")).await.expect(200).body;
    for shown in [
        created.body.clone(),
        get("").await,
        get("?attributes=members").await,
        get("?attributes=members.value").await,
        get("?excludedAttributes=displayName").await,
        scim.put(&path, &body).await.expect(200).body,
        listed("").await,
        searched("/Groups").await,
        searched("").await,
    ] {
        assert_eq!(shown["members"], json!([]), "{shown}");
    }
    for shown in [
        get("?excludedAttributes=members").await,
        get("?attributes=displayName").await,
        listed("attributes=displayName").await,
    ] {
        assert_eq!(shown.get("members"), None, "{shown}");
    }
    // What was read may be sent back, and the group filled.
    let user = scim.create_user(&unique("u")).await;
    let again = scim.put(&path, &created.body).await.expect(200);
    assert_eq!(again.header("etag"), created.header("etag"));
    let add = json!([{"op": "add", "path": "members", "value": [{"value": user}]}]);
    scim.patch(&path, add).await.expect(204);
    assert_eq!(get("").await["members"][0]["value"], json!(user));
}

/// R-GRP-06, R-DEL-05: a deleted user leaves its groups, a deleted group the groups it was in.
#[tokio::test]
async fn deleted_members_leave() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    let inner = app.scim.create_group(&unique("inner"), &[]).await;
    let outer = app
        .scim
        .create_group(&unique("outer"), &[&user, &inner])
        .await;
    let version = app
        .scim
        .get(&format!("/Groups/{outer}"))
        .await
        .header("etag")
        .to_owned();
    app.scim.delete(&format!("/Users/{user}")).await.expect(204);
    assert_eq!(app.scim.members(&outer).await, std::slice::from_ref(&inner));
    app.scim
        .delete(&format!("/Groups/{inner}"))
        .await
        .expect(204);
    let read = app.scim.get(&format!("/Groups/{outer}")).await.expect(200);
    assert_eq!(read.body["members"], json!([]));
    assert_ne!(read.header("etag"), version);
}
