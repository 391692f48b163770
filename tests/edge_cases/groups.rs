//! What groups may be called and hold: F5, rule 9.

use reqwest::Method;
use serde_json::json;

use super::{GROUP, Write, all_refused, group, make_group, patch, permissions, permit, read};
use crate::harness::{App, unique};

/// F5: a group's name is the same name in every case.
#[tokio::test]
async fn f5_a_group_name_in_another_case() {
    let app = App::start().await;
    let name = unique("Straße");
    let by_hand = make_group(&app, json!({"name": name})).await;
    permit(&app, &by_hand, "developer").await;
    let shouted = name.to_uppercase().replace('ẞ', "SS");
    let linked = app
        .scim
        .post("/Groups", &group(&shouted, &[]))
        .await
        .expect(201);
    assert_eq!(linked.id(), by_hand);
    assert_eq!(linked.body["displayName"], json!(shouted), "shown as sent");
    assert_eq!(permissions(&app, &by_hand).await, ["developer"]);
    all_refused(
        &app,
        [Write::post("/Groups", group(&name, &[]))],
        (409, "uniqueness", ""),
    )
    .await;
}

/// Rule 9: one group of a name, by whatever way the second comes.
#[tokio::test]
async fn rule_9_names_of_groups_are_unique() {
    let app = App::start().await;
    let (name, other) = (unique("Sales"), unique("Support"));
    app.scim.create_group(&name, &[]).await;
    let path = format!("/Groups/{}", app.scim.create_group(&other, &[]).await);
    let taken = name.to_lowercase();
    all_refused(
        &app,
        [
            Write::post("/Groups", group(&taken, &[])),
            Write::put(&path, group(&taken, &[])),
            Write::patch(
                &path,
                json!([{"op": "replace", "path": "displayName", "value": taken}]),
            ),
            Write::patch(
                &path,
                json!([{"op": "Replace", "value": {"displayName": taken}}]),
            ),
        ],
        (409, "uniqueness", ""),
    )
    .await;
    app.admin()
        .post("/groups/", &json!({"name": taken}))
        .await
        .expect(409);
    // A name may change its case, and what is left is free.
    let shouted = json!([{"op": "replace", "path": "displayName", "value": other.to_uppercase()}]);
    app.scim.patch(&path, shouted).await.expect(204);
    app.scim.delete(&path).await.expect(204);
    app.scim.create_group(&other, &[]).await;
}

/// Rule 9: no SCIM request touches the permission sets of a group, and a new group of the name has none.
#[tokio::test]
async fn rule_9_permissions_are_not_scims() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    let name = unique("Sales");
    let id = app.scim.create_group(&name, &[]).await;
    assert!(permissions(&app, &id).await.is_empty());
    permit(&app, &id, "job_admin").await;
    let path = format!("/Groups/{id}");
    for (method, body) in [
        (Method::PUT, group(&name, &[&user])),
        (
            Method::PUT,
            json!({"schemas": [GROUP], "displayName": name, "group_permissions": [], "permissions": []}),
        ),
        (
            Method::PATCH,
            patch(json!([{"op": "replace", "path": "displayName", "value": unique("New")}])),
        ),
        (
            Method::PATCH,
            patch(json!([{"op": "add", "path": "members", "value": [{"value": user}]}])),
        ),
        (
            Method::PATCH,
            patch(json!([{"op": "remove", "path": "members"}])),
        ),
        (Method::PUT, group(&name, &[])),
    ] {
        let write = Write::new(method, &path, body);
        let outcome = write.in_bulk(&app).await;
        assert!(outcome.status < 300, "{write:?}: {outcome:?}");
        assert_eq!(permissions(&app, &id).await, ["job_admin"], "{write:?}");
    }
    app.scim.delete(&path).await.expect(204);
    let again = app.scim.create_group(&name, &[]).await;
    assert_ne!(again, id);
    assert!(permissions(&app, &again).await.is_empty());
}

/// Rule 9: groups hold users and groups; a circle is refused, however long and however it would come about.
#[tokio::test]
async fn rule_9_groups_in_groups() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    let names = [unique("a"), unique("b"), unique("c")];
    let c = app.scim.create_group(&names[2], &[&user]).await;
    let b = app.scim.create_group(&names[1], &[&c, &user]).await;
    let a = app.scim.create_group(&names[0], &[&b]).await;
    let held = read(&app, &format!("/Groups/{b}")).await["members"].clone();
    let mut types: Vec<_> = held
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["type"].as_str().unwrap())
        .collect();
    types.sort_unstable();
    assert_eq!(types, ["Group", "User"]);
    for (outer, name, inner) in [
        (&c, &names[2], &a),
        (&c, &names[2], &b),
        (&b, &names[1], &a),
        (&a, &names[0], &a),
    ] {
        let path = format!("/Groups/{outer}");
        all_refused(
            &app,
            [
                Write::put(&path, group(name, &[inner, &user])),
                Write::patch(
                    &path,
                    json!([{"op": "add", "path": "members", "value": [{"value": inner}]}]),
                ),
                Write::patch(
                    &path,
                    json!([{"op": "Replace", "path": "members", "value": [{"value": inner}]}]),
                ),
                Write::patch(
                    &path,
                    json!([{"op": "Add", "value": {"members": [{"value": inner}]}}]),
                ),
            ],
            (400, "invalidValue", "members"),
        )
        .await;
    }
    // What would be a circle is none once the other way is gone.
    app.scim
        .patch(
            &format!("/Groups/{b}"),
            json!([{"op": "remove", "path": format!("members[value eq \"{c}\"]")}]),
        )
        .await
        .expect(204);
    app.scim
        .put(&format!("/Groups/{c}"), &group(&names[2], &[&a]))
        .await
        .expect(200);
}
