//! Hand-made groups with permission sets, where the account protects them (rule 9), and what enabling SCIM warns of
//! (E14).

use serde_json::{Value, json};

use super::{
    Write, address, all_refused, choose, group, make_group, permissions, permit, unmanaged, user,
};
use crate::harness::{App, unique};

/// Lets SCIM take a group over, or no longer.
async fn allow(app: &App, group: &str, allowed: bool) -> Value {
    let path = format!("/groups/{group}/");
    let body = json!({"scim_allowed": allowed});
    app.admin().post(&path, &body).await.expect(200).body["data"].clone()
}

/// Rule 9: by no way does SCIM link or change such a group, alone or in bulk; an administrator allows it.
#[tokio::test]
async fn rule_9_protected_groups() {
    let app = App::start().await;
    choose(&app, json!({"protect_permission_groups": true})).await;
    let name = unique("Owners");
    let owners = make_group(&app, json!({"name": name})).await;
    // Without permission sets it is open.
    let open = make_group(&app, json!({"name": unique("open")})).await;
    app.scim
        .delete(&format!("/Groups/{open}"))
        .await
        .expect(204);
    permit(&app, &owners, "account_admin").await;
    let id = app
        .scim
        .post("/Users", &user(&address("ann")))
        .await
        .expect(201)
        .id();
    let path = format!("/Groups/{owners}");
    let writes = [
        Write::post("/Groups", group(&name, &[&id])),
        Write::post("/Groups", group(&name.to_uppercase(), &[])),
        Write::put(&path, group(&name, &[&id])),
        Write::patch(
            &path,
            json!([{"op": "add", "path": "members", "value": [{"value": id}]}]),
        ),
        Write::patch(
            &path,
            json!([{"op": "replace", "path": "displayName", "value": "x"}]),
        ),
        Write::patch(
            &path,
            json!([{"op": "replace", "value": {"externalId": "1"}}]),
        ),
        Write::delete(&path),
    ];
    all_refused(&app, writes.clone(), (409, "", "administrator")).await;
    assert_eq!(
        allow(&app, &owners, true).await["scim_allowed"],
        json!(true)
    );
    assert_eq!(
        allow(&app, &owners, false).await["scim_allowed"],
        json!(false)
    );
    all_refused(&app, writes.clone(), (409, "", "administrator")).await;
    allow(&app, &owners, true).await;
    let linked = writes[0].in_bulk(&app).await;
    assert_eq!((linked.status, &*linked.id), (201, &*owners));
    assert_eq!(permissions(&app, &owners).await, ["account_admin"]);
    // Linked, it stays with SCIM.
    allow(&app, &owners, false).await;
    app.scim.put(&path, &group(&name, &[&id])).await.expect(200);
    // What SCIM made is its own.
    let own = app.scim.create_group(&unique("own"), &[]).await;
    permit(&app, &own, "developer").await;
    app.scim.delete(&format!("/Groups/{own}")).await.expect(204);
}

/// The answer to `POST /scim-config/`, by the codes of its warnings.
async fn warnings(app: &App, enabled: bool) -> Vec<String> {
    let body = json!({"enabled": enabled, "manual_updates_allowed": true});
    let answer = app
        .admin()
        .post("/scim-config/", &body)
        .await
        .expect(200)
        .body;
    let warnings = answer["extra"]["warnings"].as_array().unwrap().iter();
    warnings
        .map(|one| one["code"].as_str().unwrap().to_owned())
        .collect()
}

/// E14: enabling SCIM warns while no active administrator comes from a group that could be pushed.
#[tokio::test]
async fn e14_enabling_warns() {
    let app = App::start().await;
    app.set_scim(false).await;
    let none = ["no_pushable_administrator"];
    assert_eq!(warnings(&app, false).await, [""; 0]);
    assert_eq!(warnings(&app, true).await, none);
    let owners = make_group(
        &app,
        json!({"name": unique("Owners"), "scim_allowed": true}),
    )
    .await;
    permit(&app, &owners, "account_admin").await;
    assert_eq!(warnings(&app, true).await, none);
    let admin = unmanaged(&app, &address("admin")).await;
    let assigned = json!({"user_id": admin, "desired_group_ids": [owners]});
    app.admin()
        .post("/assign-groups/", &assigned)
        .await
        .expect(200);
    assert_eq!(warnings(&app, true).await, [""; 0]);
    choose(&app, json!({"protect_permission_groups": true})).await;
    assert_eq!(warnings(&app, true).await, [""; 0]);
    allow(&app, &owners, false).await;
    assert_eq!(warnings(&app, true).await, none);
    choose(&app, json!({"protect_permission_groups": false})).await;
    let it = json!({"license_type": "it", "state": 1});
    let path = format!("/permissions/{admin}/");
    super::v2(&app).post(&path, &it).await.expect(200);
    assert_eq!(warnings(&app, true).await, none);
}
