//! Hand-made groups with permission sets, where the account protects them (rule 9).

use serde_json::{Value, json};

use super::{
    Write, address, all_refused, choose, group, make_group, permissions, permit, user,
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
