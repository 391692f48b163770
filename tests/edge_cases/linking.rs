//! How users and groups that are there already come to be managed over SCIM: F3, F4, F17, rule 4.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    LICENSE, Write, address, group, groups_of, invitation, make_group, patch, permissions, permit,
    read, seen, set_active, sorted, unmanaged, user, v2,
};
use crate::harness::{App, unique};

/// An unmanaged user with a licence and a group, both given by hand, and the group.
pub(super) async fn settled(app: &App, email: &str) -> (String, String) {
    let id = unmanaged(app, email).await;
    let held = make_group(app, json!({"name": unique("by hand")})).await;
    let licence = json!({"license_type": "read_only", "state": 1});
    v2(app)
        .post(&format!("/permissions/{id}/"), &licence)
        .await
        .expect(200);
    let groups = json!({"user_id": id, "desired_group_ids": [held]});
    app.admin()
        .post("/assign-groups/", &groups)
        .await
        .expect(200);
    (id, held)
}

pub(super) async fn is_managed(app: &App, user: &str) -> Value {
    seen(app, user).await["scim_managed"].clone()
}

/// F3: whoever is there with the same address is linked, and keeps licence, groups and profile.
#[tokio::test]
async fn f3_a_user_of_the_same_address_is_linked() {
    let app = App::start().await;
    let email = address("Ann");
    let (id, held) = settled(&app, &email).await;
    let before = (seen(&app, &id).await, invitation(&app, &id).await);
    let mut sent = user(&email.to_uppercase());
    sent["externalId"] = json!(unique("00u"));
    let linked = app.scim.post("/Users", &sent).await.expect(201);
    assert_eq!(
        (linked.id(), &linked.body["externalId"]),
        (id.clone(), &sent["externalId"])
    );
    assert_eq!(linked.body[LICENSE]["licenseType"], json!("read_only"));
    let after = seen(&app, &id).await;
    assert_eq!(
        (&before.0["scim_managed"], &after["scim_managed"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(after["license"]["license_type"], json!("read_only"));
    assert_eq!(after["created_at"], before.0["created_at"]);
    assert_eq!(groups_of(&app, &id).await, [held]);
    assert_eq!(
        invitation(&app, &id).await,
        before.1,
        "nobody is invited twice"
    );
    assert_eq!(read(&app, "/Users").await["totalResults"], json!(1));
}

/// F4: a group of the same name is linked, and keeps members and permissions.
#[tokio::test]
async fn f4_a_group_of_the_same_name_is_linked() {
    let app = App::start().await;
    let (id, _) = settled(&app, &address("ann")).await;
    let name = unique("Sales");
    let by_hand = make_group(
        &app,
        json!({"name": name, "sso_mapping_groups": ["idp"], "assign_by_default": true}),
    )
    .await;
    permit(&app, &by_hand, "developer").await;
    let groups = json!({"user_id": id, "desired_group_ids": [by_hand]});
    app.admin()
        .post("/assign-groups/", &groups)
        .await
        .expect(200);
    let pushed = app.scim.create_user(&unique("bo")).await;
    let mut sent = group(&name, &[&pushed]);
    sent["externalId"] = json!("okta-7");
    let linked = app.scim.post("/Groups", &sent).await.expect(201);
    assert_eq!(
        (linked.id(), &linked.body["externalId"]),
        (by_hand.clone(), &json!("okta-7"))
    );
    assert_eq!(app.scim.members(&by_hand).await, sorted(&[&id, &pushed]));
    let data = app
        .admin()
        .get(&format!("/groups/{by_hand}/"))
        .await
        .expect(200)
        .body["data"]
        .clone();
    for (field, value) in [
        ("scim_managed", json!(true)),
        ("sso_mapping_groups", json!(["idp"])),
        ("assign_by_default", json!(true)),
        ("member_count", json!(2)),
    ] {
        assert_eq!(data[field], value, "{field}");
    }
    assert_eq!(permissions(&app, &by_hand).await, ["developer"]);
}

/// F17: enabling SCIM makes nobody managed; the sync of each does, by the same address.
#[tokio::test]
async fn f17_who_was_there_is_managed_once_synced() {
    let app = App::start().await;
    app.set_scim(false).await;
    let (email, other) = (address("ann"), address("bo"));
    let invited = json!({"email_addresses": [email, other], "license_type": "developer"});
    let sent = app
        .admin()
        .post("/invites/", &invited)
        .await
        .expect(200)
        .body["data"]["invites"]
        .clone();
    let (id, rest) = (
        sent[0]["user_scim_id"].as_str().unwrap(),
        sent[1]["user_scim_id"].as_str().unwrap(),
    );
    app.set_scim(true).await;
    assert_eq!(is_managed(&app, id).await, json!(false));
    // Another address makes another user.
    let stranger = app
        .scim
        .post("/Users", &user(&address("ann")))
        .await
        .expect(201)
        .id();
    assert_ne!(stranger, id);
    assert_eq!(is_managed(&app, id).await, json!(false));
    // As Entra does it: looked up, then written.
    let found = app
        .scim
        .find("/Users", &format!("userName eq \"{email}\""))
        .await
        .expect(200);
    assert_eq!(found.body["Resources"][0]["id"], json!(id));
    app.scim
        .patch(
            &format!("/Users/{id}"),
            json!([{"op": "Add", "path": "externalId", "value": "e-1"}]),
        )
        .await
        .expect(200);
    assert_eq!(
        (is_managed(&app, id).await, is_managed(&app, rest).await),
        (json!(true), json!(false))
    );
}

/// Rule 4: reads of every kind leave whom they find unmanaged.
#[tokio::test]
async fn rule_4_reads_never_link() {
    let app = App::start().await;
    let email = address("ann");
    let (id, held) = settled(&app, &email).await;
    let search = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": format!("userName eq \"{email}\"")});
    for path in [
        "/Users",
        &format!("/Users/{id}"),
        "/Groups",
        &format!("/Groups/{held}"),
        "/",
    ] {
        app.scim.get(path).await.expect(200);
    }
    for path in ["/.search", "/Users/.search"] {
        app.scim.post(path, &search).await.expect(200);
    }
    let request = app.scim.request(Method::HEAD, &format!("/Users/{id}"));
    app.scim.send(request).await.expect(200);
    // A write that is refused is no write.
    let refused = json!([{"op": "replace", "path": "active", "value": "perhaps"}]);
    app.scim
        .patch(&format!("/Users/{id}"), refused)
        .await
        .expect_error(400, Some("invalidValue"));
    let stale = app
        .scim
        .request(Method::PUT, &format!("/Users/{id}"))
        .header("If-Match", "W/\"nothing\"")
        .json(&user(&email));
    app.scim.send(stale).await.expect(412);
    assert_eq!(is_managed(&app, &id).await, json!(false));
    let data = app
        .admin()
        .get(&format!("/groups/{held}/"))
        .await
        .expect(200)
        .body["data"]
        .clone();
    assert_eq!(data["scim_managed"], json!(false));
}

/// Rule 4: any write links, alone or in bulk, also one that changes nothing else.
#[tokio::test]
async fn rule_4_every_write_links() {
    let app = App::start().await;
    for (method, operations) in [
        (Method::POST, Value::Null),
        (Method::PUT, Value::Null),
        (Method::PATCH, set_active(true)),
        (
            Method::PATCH,
            json!([{"op": "Replace", "path": "active", "value": "True"}]),
        ),
        (
            Method::PATCH,
            json!([{"op": "replace", "value": {"title": "Cook"}}]),
        ),
    ] {
        for in_bulk in [false, true] {
            let email = address("ann");
            let (id, held) = settled(&app, &email).await;
            let path = if method == Method::POST {
                "/Users".to_owned()
            } else {
                format!("/Users/{id}")
            };
            let body = if operations.is_null() {
                user(&email)
            } else {
                patch(operations.clone())
            };
            let write = Write::new(method.clone(), &path, body);
            let outcome = if in_bulk {
                write.in_bulk(&app).await
            } else {
                write.alone(&app).await
            };
            assert!(
                outcome.status < 300 && outcome.id == id,
                "{write:?}: {outcome:?}"
            );
            let after = seen(&app, &id).await;
            assert_eq!(
                (&after["scim_managed"], &after["license"]["license_type"]),
                (&json!(true), &json!("read_only"))
            );
            assert_eq!(groups_of(&app, &id).await, std::slice::from_ref(&held));

            // Of the group likewise.
            let name = read(&app, &format!("/Groups/{held}")).await["displayName"]
                .as_str()
                .unwrap()
                .to_owned();
            let (path, body) = match method {
                Method::POST => ("/Groups".to_owned(), group(&name, &[])),
                Method::PUT => (format!("/Groups/{held}"), group(&name, &[&id])),
                _ => (
                    format!("/Groups/{held}"),
                    patch(json!([{"op": "Replace", "path": "displayName", "value": name}])),
                ),
            };
            let write = Write::new(method.clone(), &path, body);
            let outcome = if in_bulk {
                write.in_bulk(&app).await
            } else {
                write.alone(&app).await
            };
            assert!(outcome.status < 300, "{write:?}: {outcome:?}");
            let data = app
                .admin()
                .get(&format!("/groups/{held}/"))
                .await
                .expect(200)
                .body["data"]
                .clone();
            assert_eq!(
                (&data["scim_managed"], &data["member_count"]),
                (&json!(true), &json!(1)),
                "{write:?}"
            );
        }
    }
}
