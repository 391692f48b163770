//! Requests that name what an attribute stands in, or take away what has to stay. With schemas of the operator's own:
//! `tests/custom/containers.rs`.

use serde_json::{Value, json};

use super::{ENTERPRISE, GROUP, USER};
use crate::{
    client::Response,
    harness::{App, unique},
};

const LICENSE: &str = "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User";

async fn set_strict(app: &App, strict: bool) {
    let options = json!({"strict": strict});
    app.admin()
        .post("/account-options/", &options)
        .await
        .expect(200);
}

async fn create(app: &App, mut body: Value) -> Response {
    body["userName"] = json!(unique("u"));
    let schemas = [USER, ENTERPRISE, LICENSE];
    let used = schemas
        .iter()
        .filter(|urn| **urn == USER || body.get(**urn).is_some());
    body["schemas"] = used.copied().collect();
    app.scim.post("/Users", &body).await.expect(201)
}

fn path_of(created: &Response) -> String {
    format!("/Users/{}", created.id())
}

/// Q17, R-ATTR-16: `licenseType` is offered as optional; without it the licence is as it was, but not shown.
#[tokio::test]
async fn a_licence_that_is_removed_is_kept() {
    let app = App::start().await;
    let schema = app
        .scim
        .get(&format!("/Schemas/{LICENSE}"))
        .await
        .expect(200);
    assert_eq!(schema.body["attributes"][0]["required"], json!(false));
    let path = path_of(&create(&app, json!({LICENSE: {"licenseType": "it"}})).await);
    let attribute = format!("{LICENSE}:licenseType");
    for operation in [
        json!({"op": "remove", "path": attribute}),
        json!({"op": "replace", "path": attribute, "value": null}),
        json!({"op": "remove", "path": LICENSE}),
    ] {
        let hidden = app.scim.patch(&path, json!([operation])).await.expect(200);
        assert_eq!(hidden.body.get(LICENSE), None);
        let id = path.trim_start_matches("/Users/");
        let user = app.admin().get(&format!("/users/{id}/")).await.expect(200);
        assert!(user.body.to_string().contains("\"it\""), "{:#}", user.body);
        let again = json!([{"op": "add", "path": attribute, "value": "it"}]);
        app.scim.patch(&path, again).await.expect(200);
    }
}

/// R-USER-10, R-PATCH-20: `active` that is removed is unassigned, which counts as true; a PUT without it changes nothing
/// of it (R-PUT-04).
#[tokio::test]
async fn active_that_is_removed_counts_as_true() {
    let app = App::start().await;
    for operation in [
        json!({"op": "remove", "path": "active"}),
        json!({"op": "replace", "path": "active", "value": null}),
        json!({"op": "replace", "value": {"active": null}}),
    ] {
        let inactive = create(&app, json!({"active": false})).await;
        let path = path_of(&inactive);
        let mut body = inactive.body.clone();
        body.as_object_mut().expect("an object").remove("active");
        let kept = app.scim.put(&path, &body).await.expect(200);
        assert_eq!(kept.body["active"], json!(false));
        let answer = app.scim.patch(&path, json!([operation])).await.expect(200);
        assert_eq!(answer.body["active"], json!(null), "{operation}");
        let path = format!("/users/{}/", inactive.id());
        let user = app.admin().get(&path).await.expect(200).body;
        assert_eq!(user["data"]["is_active"], json!(true));
    }
}

/// R-PUT-12, R-ETAG-06, R-ENT-02: the place of a manager is ours, and PUT of what GET shows changes nothing.
#[tokio::test]
async fn the_place_of_a_manager_follows_its_value() {
    let app = App::start().await;
    let boss = create(&app, json!({"displayName": "Boss"})).await.id();
    let other = create(&app, json!({"displayName": "Other"})).await.id();
    let place = |id: &str| json!(format!("{}/Users/{id}", app.scim.base_url));
    let lie = json!({"value": boss, "$ref": "https://evil.test/x"});
    let created = create(&app, json!({ENTERPRISE: {"manager": lie}})).await;
    assert_eq!(created.body[ENTERPRISE]["manager"]["$ref"], place(&boss));
    let path = path_of(&created);
    let same = app.scim.put(&path, &created.body).await.expect(200);
    assert_eq!(same.body, created.body);
    // As Okta does: read, change, replace.
    let mut changed = created.body.clone();
    changed[ENTERPRISE]["manager"]["value"] = json!(other);
    let moved = app.scim.put(&path, &changed).await.expect(200);
    assert_eq!(moved.body[ENTERPRISE]["manager"]["$ref"], place(&other));
    let by_place = create(
        &app,
        json!({ENTERPRISE: {"manager": {"$ref": place(&boss)}}}),
    )
    .await;
    let manager = json!({"value": boss, "$ref": place(&boss), "displayName": "Boss"});
    assert_eq!(by_place.body[ENTERPRISE]["manager"], manager);
}

/// R-PATCH-28, R-PATCH-42, R-PATCH-53: members by a value path, and as JSON in a string.
#[tokio::test]
async fn members_are_selected_or_nothing_is() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    let group = app.scim.create_group(&unique("g"), &[]).await;
    let path = format!("/Groups/{group}");
    let named = |op: &str| json!([{"op": op, "path": format!("members[value eq \"{user}\"]"), "value": {"value": user}}]);
    set_strict(&app, true).await;
    for op in ["add", "replace"] {
        let refused = app.scim.patch(&path, named(op)).await;
        refused.expect_error(400, Some("noTarget"));
    }
    set_strict(&app, false).await;
    let refused = app.scim.patch(&path, named("replace")).await;
    refused.expect_error(400, Some("noTarget"));
    app.scim.patch(&path, named("add")).await.expect(204);
    assert_eq!(app.scim.members(&group).await, std::slice::from_ref(&user));
    app.scim.patch(&path, named("replace")).await.expect(204);
    let text = json!([{"value": user}]).to_string();
    for (op, count) in [("remove", 0), ("add", 1), ("replace", 1)] {
        let operation = json!([{"op": op, "path": "members", "value": text}]);
        app.scim.patch(&path, operation).await.expect(204);
        assert_eq!(app.scim.members(&group).await.len(), count, "{op}");
    }
    let nested = json!({"schemas": [GROUP], GROUP: {"displayName": unique("nested"), "members": [{"value": user}]}});
    let nested = app.scim.post("/Groups", &nested).await.expect(201);
    assert_eq!(app.scim.members(&nested.id()).await, [user]);
}

/// R-PATCH-20, R-PATCH-36, R-PATCH-37: `schemas` in the object of an extension is no attribute of it; an unknown
/// schema is refused to the letter; a value without path is an object.
#[tokio::test]
async fn schemas_and_values_without_path() {
    let app = App::start().await;
    let path = path_of(&create(&app, json!({})).await);
    for strict in [false, true] {
        set_strict(&app, strict).await;
        for op in ["add", "replace"] {
            let value = json!({"schemas": [ENTERPRISE], "department": op});
            let operation = json!([{"op": op, "path": ENTERPRISE, "value": value}]);
            let answer = app.scim.patch(&path, operation).await.expect(200);
            assert_eq!(answer.body[ENTERPRISE], json!({"department": op}));
            let empty = app
                .scim
                .patch(&path, json!([{"op": op, "value": []}]))
                .await;
            empty.expect_error(400, Some("invalidValue"));
        }
        let unknown = json!([{"op": "add", "path": "schemas", "value": ["urn:nope"]}]);
        let answer = app.scim.patch(&path, unknown).await;
        if strict {
            answer.expect_error(400, Some("invalidValue"));
        } else {
            answer.expect(200);
        }
    }
}

/// R-PUT-11: a PATCH makes no resource that could not be sent back.
#[tokio::test]
async fn a_patch_passes_no_limit_of_bodies() {
    let app = App::start().await;
    let emails: Vec<Value> = (0..1_000)
        .map(|n| json!({"value": format!("{n}@x.test")}))
        .collect();
    let created = create(&app, json!({"emails": emails})).await;
    let one_more = json!([{"op": "add", "path": "emails", "value": [{"value": "more@x.test"}]}]);
    let path = format!("{}?attributes=id", path_of(&created));
    app.scim
        .patch(&path, one_more)
        .await
        .expect_error(400, Some("invalidValue"));
}

/// R-USER-11, product rule 5: the only e-mail, where it is the user name, follows it.
#[tokio::test]
async fn a_derived_email_follows_the_user_name() {
    let app = App::start().await;
    let options = json!({"email_user_names": true});
    app.admin()
        .post("/account-options/", &options)
        .await
        .expect(200);
    let address = format!("{}@x.test", unique("u"));
    let user = json!({"schemas": [USER], "userName": address});
    let created = app.scim.post("/Users", &user).await.expect(201);
    let renamed = format!("new-{address}");
    let rename = json!([{"op": "Replace", "path": "userName", "value": renamed}]);
    let answer = app
        .scim
        .patch(&path_of(&created), rename)
        .await
        .expect(200)
        .body;
    let mut emails = created.body["emails"].clone();
    emails[0]["value"] = json!(renamed);
    assert_eq!(answer["emails"], emails);
}
