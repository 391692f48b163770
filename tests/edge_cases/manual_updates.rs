//! What hands may do to what SCIM manages: F11, rule 11.

use serde_json::{Value, json};

use super::{
    address, choose, configure, everything, group, groups_of, make_group, permissions, permit,
    read, seen, sorted, unmanaged, user, v2,
};
use crate::harness::{App, unique};

/// F11: what hands did while they might, the next push overwrites.
#[tokio::test]
async fn f11_the_next_push_wins() {
    let app = App::start().await;
    app.allow_manual_updates(true).await;
    let name = address("ann");
    let mut sent = user(&name);
    sent["name"] = json!({"givenName": "Ann", "familyName": "Lee"});
    let id = app.scim.post("/Users", &sent).await.expect(201).id();
    let title = unique("Sales");
    let held = app.scim.create_group(&title, &[&id]).await;
    let path = format!("/users/{id}/");
    let by_hand = async || {
        app.admin()
            .post(&path, &json!({"first_name": "Anna", "is_active": false}))
            .await
            .expect(200);
        assert_eq!(seen(&app, &id).await["first_name"], json!("Anna"));
        let out = json!({"user_id": id, "desired_group_ids": []});
        app.admin().post("/assign-groups/", &out).await.expect(200);
        app.admin()
            .post(
                &format!("/groups/{held}/"),
                &json!({"name": unique("by hand")}),
            )
            .await
            .expect(200);
        assert!(app.scim.members(&held).await.is_empty());
    };
    by_hand().await;
    app.scim
        .put(&format!("/Users/{id}"), &sent)
        .await
        .expect(200);
    app.scim
        .put(&format!("/Groups/{held}"), &group(&title, &[&id]))
        .await
        .expect(200);
    let pushed = async || {
        let now = seen(&app, &id).await;
        assert_eq!(
            (&now["first_name"], &now["is_active"], &now["scim_managed"]),
            (&json!("Ann"), &json!(true), &json!(true))
        );
        assert_eq!(app.scim.members(&held).await, std::slice::from_ref(&id));
        assert_eq!(
            read(&app, &format!("/Groups/{held}")).await["displayName"],
            json!(title)
        );
    };
    pushed().await;
    by_hand().await;
    let operations = json!([{"op": "Replace", "path": "name.givenName", "value": "Ann"}, {"op": "Replace", "path": "active", "value": "True"}]);
    app.scim
        .patch(&format!("/Users/{id}"), operations)
        .await
        .expect(200);
    let operations = json!([{"op": "Replace", "path": "displayName", "value": title}, {"op": "Add", "path": "members", "value": [{"value": id}]}]);
    app.scim
        .patch(&format!("/Groups/{held}"), operations)
        .await
        .expect(204);
    pushed().await;
}

/// A managed user in a managed group, an unmanaged user and group.
pub(super) struct Mixed {
    pub(super) app: App,
    pub(super) user: String,
    pub(super) group: String,
    pub(super) other: String,
    pub(super) open: String,
}

pub(super) async fn mixed() -> Mixed {
    let app = App::start().await;
    let user_id = app
        .scim
        .post("/Users", &user(&address("ann")))
        .await
        .expect(201)
        .id();
    let group = app.scim.create_group(&unique("managed"), &[&user_id]).await;
    let other = unmanaged(&app, &address("bo")).await;
    let open = make_group(&app, json!({"name": unique("open")})).await;
    Mixed {
        app,
        user: user_id,
        group,
        other,
        open,
    }
}

/// Rule 11 by HTTP: what is refused while manual updates are off, changing nothing, and allowed once they are on.
#[tokio::test]
async fn rule_11_the_admin_api() {
    let Mixed {
        app,
        user,
        group,
        other,
        open,
    } = mixed().await;
    let (user_path, group_path) = (format!("/users/{user}/"), format!("/groups/{group}/"));
    let invited = json!({"email_addresses": [address("cy")], "license_type": "developer"});
    let assign =
        |user: &str, groups: &[&str]| json!({"user_id": user, "desired_group_ids": groups});
    let licence = format!("/permissions/{user}/");
    let attempts = [
        (false, "/invites/", invited),
        (false, &user_path, json!({"first_name": "Anna"})),
        (false, &user_path, json!({"last_name": ""})),
        (false, &user_path, json!({"email": address("x")})),
        (false, &user_path, json!({"user_name": "x"})),
        (true, &licence, json!({"license_type": "it", "state": 1})),
        (false, &group_path, json!({"name": unique("x")})),
        (false, "/assign-groups/", assign(&other, &[&group])),
        (false, "/assign-groups/", assign(&user, &[&open])),
        (false, &user_path, json!({"is_active": false})),
        (
            true,
            &licence,
            json!({"license_type": "developer", "state": 2}),
        ),
        (false, &user_path, json!({"state": 2})),
        (false, &group_path, json!({"state": 2})),
    ];
    let before = everything(&app).await;
    let attempt = async |(second, path, body): &(bool, &str, Value)| {
        let client = if *second {
            v2(&app)
        } else {
            app.admin().clone()
        };
        client.post(path, body).await
    };
    for one in &attempts {
        let refused = attempt(one).await.expect(403);
        assert_eq!(
            refused.body["status"]["developer_message"],
            json!("MANAGED_BY_SCIM"),
            "{one:?}"
        );
        assert_eq!(refused.body["status"]["is_success"], json!(false));
        assert_eq!(everything(&app).await, before, "{one:?}");
    }
    app.allow_manual_updates(true).await;
    for one in &attempts {
        let answer = attempt(one).await;
        assert_eq!(answer.status, 200, "{one:?}: {:#}", answer.body);
    }
}

/// Rule 11: what nobody has linked stays the administrators', and so do permissions, flags, tokens and settings.
#[tokio::test]
async fn rule_11_what_stays_editable() {
    let Mixed {
        app,
        user,
        group,
        other,
        open,
    } = mixed().await;
    let path = format!("/users/{other}/");
    let edited = app
        .admin()
        .post(&path, &json!({"first_name": "Bo", "email": address("new")}))
        .await
        .expect(200);
    assert_eq!(edited.body["data"]["first_name"], json!("Bo"));
    let licence = json!({"license_type": "it", "state": 1});
    v2(&app)
        .post(&format!("/permissions/{other}/"), &licence)
        .await
        .expect(200);
    // A managed user may be put into an unmanaged group: the group's members are nobody's but the administrators'.
    let assigned = json!({"user_id": user, "desired_group_ids": [group, open]});
    app.admin()
        .post("/assign-groups/", &assigned)
        .await
        .expect(200);
    assert_eq!(groups_of(&app, &user).await, sorted(&[&group, &open]));
    let assigned = json!({"user_id": other, "desired_group_ids": [open]});
    app.admin()
        .post("/assign-groups/", &assigned)
        .await
        .expect(200);
    app.admin()
        .post(
            &format!("/groups/{open}/"),
            &json!({"name": unique("renamed")}),
        )
        .await
        .expect(200);
    permit(&app, &group, "developer").await;
    assert_eq!(permissions(&app, &group).await, ["developer"]);
    let name = read(&app, &format!("/Groups/{group}")).await["displayName"].clone();
    let flags = json!({"name": name, "state": 1, "assign_by_default": true, "sso_mapping_groups": ["idp"], "scim_managed": false});
    let flags = app
        .admin()
        .post(&format!("/groups/{group}/"), &flags)
        .await
        .expect(200);
    assert_eq!(
        (
            &flags.body["data"]["assign_by_default"],
            &flags.body["data"]["scim_managed"]
        ),
        (&json!(true), &json!(true))
    );
    let token = app
        .admin()
        .post("/scim-config/tokens/", &json!({"name": "t"}))
        .await
        .expect(200);
    app.admin()
        .delete(&format!(
            "/scim-config/tokens/{}/",
            token.body["data"]["id"]
        ))
        .await
        .expect(204);
    choose(&app, json!({"strict": true})).await;
    let map = json!({"license_type": "it", "sso_license_mapping_groups": ["a"]});
    app.admin().post("/license-maps/", &map).await.expect(200);
    app.admin()
        .post("/licenses/it/", &json!({"total": 9}))
        .await
        .expect(200);
    app.admin()
        .post(&path, &json!({"is_active": false}))
        .await
        .expect(200);
    app.admin()
        .post(&path, &json!({"state": 2}))
        .await
        .expect(200);
    app.admin()
        .post(&format!("/groups/{open}/"), &json!({"state": 2}))
        .await
        .expect(200);
    configure(&app, false, false, false).await;
    app.admin()
        .post(&format!("/users/{user}/"), &json!({"first_name": "Anna"}))
        .await
        .expect(200);
}
