//! `/groups/`, `/group-permissions/`, `/assign-groups/`.

use serde_json::{Value, json};

use super::{error_code, invite};
use crate::harness::{App, unique};

/// A group made by an administrator; its number.
async fn group(app: &App, name: &str) -> i64 {
    let body = json!({"name": name, "state": 1, "assign_by_default": false});
    let made = app.admin().post("/groups/", &body).await.expect(200);
    made.body["data"]["id"].as_i64().unwrap()
}

/// As dbt's Terraform provider writes groups, with its `scim_managed` key.
#[tokio::test]
async fn a_group_lives() {
    let app = App::start().await;
    let name = unique("Sales");
    let sent = json!({"id": null, "name": name, "account_id": app.id(), "state": 1, "assign_by_default": true,
        "sso_mapping_groups": ["idp-sales"], "scim_managed": true});
    let made = app.admin().post("/groups/", &sent).await.expect(200).body["data"].clone();
    for (field, value) in [
        ("scim_managed", json!(false)),
        ("assign_by_default", json!(true)),
        ("sso_mapping_groups", json!(["idp-sales"])),
        ("member_count", json!(0)),
        ("group_permissions", json!([])),
        ("state", json!(1)),
    ] {
        assert_eq!(made[field], value, "{field}");
    }
    let path = format!("/groups/{}/", made["id"]);
    assert_eq!(app.admin().get(&path).await.expect(200).body["data"], made);
    let mut changed = made.clone();
    changed["name"] = json!(format!("{name}-2"));
    changed["sso_mapping_groups"] = json!([]);
    let written = app.admin().post(&path, &changed).await.expect(200).body["data"].clone();
    assert_eq!(
        (&written["name"], &written["sso_mapping_groups"]),
        (&changed["name"], &json!([]))
    );
    assert_eq!(written["assign_by_default"], json!(true));

    group(&app, &name).await;
    let taken = app
        .admin()
        .post(&path, &json!({"name": name.to_uppercase()}))
        .await
        .expect(409);
    assert_eq!(error_code(&taken), "UNIQUENESS");
    app.admin()
        .post("/groups/", &json!({"name": name.to_lowercase()}))
        .await
        .expect(409);
    for bad in [
        json!({}),
        json!({"name": ""}),
        json!({"name": "x", "assign_by_default": "yes"}),
        json!({"name": "x", "sso_mapping_groups": [1]}),
    ] {
        app.admin().post("/groups/", &bad).await.expect(400);
    }
    let gone = app
        .admin()
        .post(&path, &json!({"name": "any", "state": 2}))
        .await
        .expect(200);
    assert_eq!(gone.body["data"]["state"], json!(2));
    app.admin().get(&path).await.expect(404);
    app.admin()
        .post(&path, &json!({"state": 2}))
        .await
        .expect(404);
}

#[tokio::test]
async fn groups_are_found() {
    let app = App::start().await;
    let mut ids = Vec::new();
    for name in ["Sales", "Support", "admins"] {
        ids.push(group(&app, name).await);
    }
    let found = async |query: &str| {
        let page = app
            .admin()
            .get(&format!("/groups/?{query}"))
            .await
            .expect(200)
            .body;
        let groups = page["data"].as_array().unwrap().iter();
        let names: Vec<_> = groups
            .map(|group| group["name"].as_str().unwrap())
            .collect();
        (
            names.join(" "),
            page["extra"]["pagination"]["total_count"].as_i64().unwrap(),
        )
    };
    for (query, names, total) in [
        ("".to_owned(), "Sales Support admins", 3),
        ("limit=1&offset=1".to_owned(), "Support", 3),
        ("order_by=name&limit=2".to_owned(), "admins Sales", 3),
        ("order_by=-id".to_owned(), "admins Support Sales", 3),
        ("name=Sales".to_owned(), "Sales", 1),
        (
            "name__icontains=S&include_related=%5Bgroup_permissions%5D".to_owned(),
            "Sales Support admins",
            3,
        ),
        ("name__icontains=upp".to_owned(), "Support", 1),
        ("state=2".to_owned(), "", 0),
        ("state=all".to_owned(), "Sales Support admins", 3),
        (format!("pk={}", ids[2]), "admins", 1),
        (format!("pk__in={},{}", ids[0], ids[1]), "Sales Support", 2),
        ("pk=7000000000".to_owned(), "", 0),
        ("pk=none".to_owned(), "", 0),
    ] {
        assert_eq!(found(&query).await, (names.to_owned(), total), "{query}");
    }
    app.admin().get("/groups/?state=gone").await.expect(400);
}

/// Rule 11, M4, G9: of a managed group, name, members and life are SCIM's; the rest stays the administrators'.
#[tokio::test]
async fn a_managed_group_keeps_its_name_and_members() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    let name = unique("Sales");
    let id = app.scim.create_group(&name, &[&user]).await;
    let path = format!("/groups/{id}/");
    let read = app.admin().get(&path).await.expect(200).body["data"].clone();
    assert_eq!(
        (&read["scim_managed"], &read["member_count"]),
        (&json!(true), &json!(1))
    );
    for refused in [
        app.admin().post(&path, &json!({"name": "other"})).await,
        app.admin()
            .post(&path, &json!({"name": name, "state": 2}))
            .await,
        app.admin()
            .post(
                "/assign-groups/",
                &json!({"user_id": user, "desired_group_ids": []}),
            )
            .await,
    ] {
        assert_eq!(error_code(&refused.expect(403)), "MANAGED_BY_SCIM");
    }
    // The name is sent along as it is.
    let flags =
        json!({"name": name, "state": 1, "assign_by_default": true, "sso_mapping_groups": ["x"]});
    let written = app.admin().post(&path, &flags).await.expect(200);
    assert_eq!(written.body["data"]["assign_by_default"], json!(true));
    let permissions = json!([{"account_id": app.id(), "group_id": id, "permission_set": "member", "all_projects": true}]);
    app.admin()
        .post(&format!("/group-permissions/{id}/"), &permissions)
        .await
        .expect(200);
    assert_eq!(app.scim.members(&id).await, std::slice::from_ref(&user));

    app.allow_manual_updates(true).await;
    let none = json!({"user_id": user, "desired_group_ids": []});
    assert_eq!(
        app.admin()
            .post("/assign-groups/", &none)
            .await
            .expect(200)
            .body["data"],
        json!([])
    );
    assert_eq!(app.scim.members(&id).await, Vec::<String>::new());
    app.admin()
        .post(&path, &json!({"state": 2}))
        .await
        .expect(200);
    app.scim
        .get(&format!("/Groups/{id}"))
        .await
        .expect_error(404, None);
}

/// The list replaces all there were; nothing is kept of a list that is refused.
#[tokio::test]
async fn permissions_are_replaced() {
    let app = App::start().await;
    let id = group(&app, &unique("g")).await;
    let path = format!("/group-permissions/{id}/");
    let sent = json!([
        {"account_id": app.id(), "group_id": id, "permission_set": "account_admin", "all_projects": true, "permission_level": null, "state": 1},
        {"permission_set": "developer", "all_projects": false, "project_id": 7, "writable_environment_categories": ["all"]},
    ]);
    let written = app.admin().post(&path, &sent).await.expect(200).body["data"].clone();
    let read = app.admin().get(&format!("/groups/{id}/")).await.expect(200);
    assert_eq!(read.body["data"]["group_permissions"], written);
    let sets: Vec<_> = written
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["permission_set"].clone())
        .collect();
    assert_eq!(sets, [json!("account_admin"), json!("developer")]);
    assert_eq!(
        (
            &written[1]["project_id"],
            &written[1]["writable_environment_categories"]
        ),
        (&json!(7), &json!(["all"]))
    );
    for bad in [
        json!({}),
        json!([{"all_projects": true}]),
        json!([{"permission_set": "x", "group_id": "other"}]),
        json!([{"permission_set": ""}]),
    ] {
        app.admin().post(&path, &bad).await.expect(400);
    }
    let read = app.admin().get(&format!("/groups/{id}/")).await.expect(200);
    assert_eq!(read.body["data"]["group_permissions"], written);
    assert_eq!(
        app.admin().post(&path, &json!([])).await.expect(200).body["data"],
        json!([])
    );
    let unknown = format!("/group-permissions/{}/", uuid::Uuid::now_v7());
    app.admin().post(&unknown, &json!([])).await.expect(404);
}

#[tokio::test]
async fn a_user_is_put_into_exactly_these_groups() {
    let app = App::start().await;
    app.allow_manual_updates(true).await;
    let user = invite(&app, &format!("{}@acme.test", unique("u"))).await;
    let (one, two) = (
        group(&app, &unique("a")).await,
        group(&app, &unique("b")).await,
    );
    for ids in [vec![&one], vec![&one, &two], vec![&two], vec![]] {
        let body = json!({"user_id": user, "desired_group_ids": ids});
        let groups = app
            .admin()
            .post("/assign-groups/", &body)
            .await
            .expect(200)
            .body["data"]
            .clone();
        let found: Vec<Value> = groups
            .as_array()
            .unwrap()
            .iter()
            .map(|group| group["id"].clone())
            .collect();
        assert_eq!(json!(found), json!(ids));
    }
    let nobody = uuid::Uuid::now_v7().to_string();
    for (body, status) in [
        (json!({"user_id": nobody, "desired_group_ids": []}), 404),
        (json!({"user_id": user}), 400),
        (json!({"desired_group_ids": []}), 400),
        (json!({"user_id": user, "desired_group_ids": "all"}), 400),
    ] {
        app.admin()
            .post("/assign-groups/", &body)
            .await
            .expect(status);
    }
    let unknown = app
        .admin()
        .post(
            "/assign-groups/",
            &json!({"user_id": user, "desired_group_ids": [nobody]}),
        )
        .await;
    assert!(unknown.status.is_client_error(), "{:#}", unknown.body);
}
