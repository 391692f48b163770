//! Edge cases of account-behaviour §1K (F numbers) and product rules that no other file tests by name.

use serde_json::{Value, json};

use crate::harness::{App, unique};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

fn user(user_name: &str, emails: &Value) -> Value {
    json!({"schemas": [USER], "userName": user_name, "emails": emails})
}

/// F1, F2, rule 5: with `email_user_names`, `userName` is an e-mail address and the primary one.
#[tokio::test]
async fn f1_f2_user_names_that_are_addresses() {
    let app = App::start().await;
    let options = json!({"email_user_names": true});
    app.admin()
        .post("/account-options/", &options)
        .await
        .expect(200);
    let name = format!("{}@x.test", unique("ann"));
    let two = json!([{"value": name}, {"value": "b@x.test"}]);
    for (user_name, emails) in [
        (
            name.as_str(),
            json!([{"value": "other@x.test", "primary": true}]),
        ),
        (name.as_str(), two),
        ("00u1234", json!([{"value": "00u1234", "primary": true}])),
        ("00u1234", Value::Null),
    ] {
        let refused = app.scim.post("/Users", &user(user_name, &emails)).await;
        let detail = refused.expect_error(400, Some("invalidValue")).body["detail"].to_string();
        assert!(
            detail.contains("userName") || detail.contains("primary"),
            "{detail}"
        );
    }
    let same = json!([{"value": name.to_uppercase()}]);
    let created = app
        .scim
        .post("/Users", &user(&name, &same))
        .await
        .expect(201);
    assert_eq!(created.body["emails"][0]["primary"], json!(true));
    let other = format!("{}@x.test", unique("bo"));
    let derived = app
        .scim
        .post("/Users", &user(&other, &Value::Null))
        .await
        .expect(201);
    assert_eq!(derived.body["emails"][0]["value"], json!(other));
}

/// F5, rule 9: a group's name is one name in every case, and SCIM leaves its permissions alone.
#[tokio::test]
async fn f5_rule_9_group_names_in_another_case() {
    let app = App::start().await;
    let name = unique("Sales");
    let body =
        json!({"account_id": app.id(), "name": name, "state": 1, "assign_by_default": false});
    let group = app.admin().post("/groups/", &body).await.body["data"]["id"].clone();
    let group = group.as_str().expect("an id").to_owned();
    let permissions = json!([{"account_id": app.id(), "group_id": group, "permission_set": "developer", "all_projects": true}]);
    app.admin()
        .post(&format!("/group-permissions/{group}/"), &permissions)
        .await
        .expect(200);

    let pushed = json!({"schemas": [GROUP], "displayName": name.to_uppercase()});
    assert_eq!(
        app.scim.post("/Groups", &pushed).await.expect(201).id(),
        group
    );
    app.scim
        .post("/Groups", &pushed)
        .await
        .expect_error(409, Some("uniqueness"));
    let read = app
        .admin()
        .get(&format!(
            "/groups/{group}/?include_related=group_permissions"
        ))
        .await
        .expect(200);
    assert_eq!(read.body["data"]["scim_managed"], json!(true));
    assert_eq!(
        read.body["data"]["group_permissions"][0]["permission_set"],
        json!("developer")
    );
}

/// F10, F18: an e-mail change is shown as sent, and the user stays the one it was: the link is the id.
#[tokio::test]
async fn f10_f18_a_changed_address_is_the_same_user() {
    let app = App::start().await;
    let (old, new) = (
        format!("{}@x.test", unique("old")),
        format!("{}@x.test", unique("new")),
    );
    let mut body = user(
        &old,
        &json!([{"value": old, "type": "work", "primary": true}]),
    );
    body["externalId"] = json!(unique("00u"));
    let created = app.scim.post("/Users", &body).await.expect(201);
    let group = app.scim.create_group(&unique("g"), &[&created.id()]).await;
    body["userName"] = json!(new);
    body["emails"][0]["value"] = json!(new);
    let changed = app
        .scim
        .put(&format!("/Users/{}", created.id()), &body)
        .await
        .expect(200);
    assert_eq!(
        (changed.id(), &changed.body["userName"]),
        (created.id(), &json!(new))
    );
    assert_eq!(app.scim.members(&group).await, [created.id()]);
    // Its external id is still taken, its old name is free.
    body["userName"] = json!(unique("third"));
    app.scim
        .post("/Users", &body)
        .await
        .expect_error(409, Some("uniqueness"));
    assert_ne!(app.scim.create_user(&old).await, created.id());
}

/// Rule 17: what `ServiceProviderConfig` says works, works; what it says does not, does not.
#[tokio::test]
async fn rule_17_the_configuration_tells_the_truth() {
    let app = App::start().await;
    let config = app
        .scim
        .get("/ServiceProviderConfig")
        .await
        .expect(200)
        .body;
    for feature in ["patch", "bulk", "filter", "sort", "etag"] {
        assert_eq!(config[feature]["supported"], json!(true), "{feature}");
    }
    assert_eq!(config["changePassword"]["supported"], json!(false));
    assert_eq!(
        (
            &config["pagination"]["cursor"],
            &config["pagination"]["index"]
        ),
        (&json!(true), &json!(true))
    );
    let id = app.scim.create_user(&unique("u")).await;
    let page = app
        .scim
        .get("/Users?sortBy=userName&cursor&count=1&filter=userName+pr")
        .await
        .expect(200);
    assert_eq!(page.body["Resources"].as_array().map(Vec::len), Some(1));
    let bulk = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [{"method": "DELETE", "path": format!("/Users/{id}")}]});
    let done = app.scim.post("/Bulk", &bulk).await.expect(200);
    assert_eq!(done.body["Operations"][0]["status"], json!("204"));
}
