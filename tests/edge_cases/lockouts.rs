//! Administrators in several groups, and accounts that are not guarded: rule 13.

use serde_json::json;

use super::administrators::{Administered, REFUSAL, administered, ways_out, ways_to_lose};
use super::{
    Write, address, all_refused, choose, everything, group, make_group, permit, unmanaged, user,
};
use crate::harness::{App, unique};

/// Rule 13: whoever is in the group by another group administers too, and the last such one stays: in the inner
/// group, in the middle one, and between them.
#[tokio::test]
async fn rule_13_nested_groups() {
    let Administered {
        app,
        path,
        name,
        admins,
        ..
    } = administered(1).await;
    let user = app
        .scim
        .post("/Users", &user(&address("inner")))
        .await
        .expect(201)
        .id();
    let names = (unique("inner"), unique("middle"));
    let inner = app.scim.create_group(&names.0, &[&user]).await;
    let middle = app.scim.create_group(&names.1, &[&inner]).await;
    app.scim
        .put(&path, &group(&name, &[&admins[0], &middle]))
        .await
        .expect(200);
    // With somebody below, the one who is a member itself may go.
    app.scim
        .put(&path, &group(&name, &[&middle]))
        .await
        .expect(200);
    app.scim
        .delete(&format!("/Users/{}", admins[0]))
        .await
        .expect(204);
    let (inner_path, middle_path) = (format!("/Groups/{inner}"), format!("/Groups/{middle}"));
    let mut ways = ways_out(&app, &user).await;
    ways.extend(ways_to_lose(&inner_path, &names.0, &user, &[]));
    ways.extend(ways_to_lose(&middle_path, &names.1, &inner, &[]));
    ways.extend(ways_to_lose(&path, &name, &middle, &[]));
    all_refused(&app, ways, REFUSAL).await;
    // A group around the administrators may go, and one between them where another way leads down.
    let outer = app
        .scim
        .create_group(&unique("outer"), &[&path["/Groups/".len()..]])
        .await;
    app.scim
        .delete(&format!("/Groups/{outer}"))
        .await
        .expect(204);
    app.scim
        .put(&path, &group(&name, &[&middle, &inner]))
        .await
        .expect(200);
    app.scim.delete(&middle_path).await.expect(204);
    all_refused(&app, ways_to_lose(&path, &name, &inner, &[]), REFUSAL).await;
}

/// Rule 13: a place in one group may go while there is one in another; linking is watched too.
#[tokio::test]
async fn rule_13_two_groups_and_a_link() {
    let Administered {
        app,
        group: first,
        name,
        admins,
        ..
    } = administered(1).await;
    let second = app
        .scim
        .create_group(&unique("second"), &[&admins[0]])
        .await;
    permit(&app, &second, "account_admin").await;
    app.scim
        .put(&format!("/Groups/{first}"), &group(&name, &[]))
        .await
        .expect(200);
    all_refused(&app, [Write::delete(&format!("/Groups/{second}"))], REFUSAL).await;
    // Somebody nobody has linked is the last one: the first write may not end it.
    let email = address("by-hand");
    let by_hand = unmanaged(&app, &email).await;
    let open = make_group(&app, json!({"name": unique("open")})).await;
    permit(&app, &open, "account_admin").await;
    let assigned = json!({"user_id": by_hand, "desired_group_ids": [open]});
    app.admin()
        .post("/assign-groups/", &assigned)
        .await
        .expect(200);
    app.scim
        .delete(&format!("/Groups/{second}"))
        .await
        .expect(204);
    let mut linked = user(&email);
    linked["active"] = json!(false);
    all_refused(&app, [Write::post("/Users", linked)], REFUSAL).await;
    all_refused(&app, ways_out(&app, &by_hand).await, REFUSAL).await;
}

/// Rule 13: with `allow_admin_lockout` all of it goes, and an account without administrators is not guarded.
#[tokio::test]
async fn rule_13_the_guard_is_off() {
    for number in 0..6 {
        let Administered {
            app,
            path,
            name,
            admins,
            ..
        } = administered(1).await;
        choose(&app, json!({"allow_admin_lockout": true})).await;
        let mut ways = ways_to_lose(&path, &name, &admins[0], &[]);
        ways.extend(ways_out(&app, &admins[0]).await);
        let way = ways.swap_remove(number * 2);
        let outcome = way.in_bulk(&app).await;
        assert!(outcome.status < 300, "{way:?}: {outcome:?}");
        choose(&app, json!({"allow_admin_lockout": false})).await;
        let other = app
            .scim
            .post("/Users", &user(&address("other")))
            .await
            .expect(201)
            .id();
        app.scim
            .delete(&format!("/Users/{other}"))
            .await
            .expect(204);
    }
    // One that never had any.
    let app = App::start().await;
    let id = app
        .scim
        .post("/Users", &user(&address("ann")))
        .await
        .expect(201)
        .id();
    let held = app.scim.create_group(&unique("g"), &[&id]).await;
    permit(&app, &held, "developer").await;
    let empty = app.scim.create_group(&unique("owners"), &[]).await;
    permit(&app, &empty, "account_admin").await;
    for path in [
        format!("/Groups/{held}"),
        format!("/Groups/{empty}"),
        format!("/Users/{id}"),
    ] {
        app.scim.delete(&path).await.expect(204);
    }
}

/// Rule 13 watches SCIM: administrators may go too far by hand, and take permissions away.
#[tokio::test]
async fn rule_13_hands_are_not_guarded() {
    let Administered {
        app,
        group: id,
        path,
        admins,
        ..
    } = administered(1).await;
    app.allow_manual_updates(true).await;
    app.admin()
        .post(
            &format!("/users/{}/", admins[0]),
            &json!({"is_active": false}),
        )
        .await
        .expect(200);
    app.admin()
        .post(
            &format!("/users/{}/", admins[0]),
            &json!({"is_active": true}),
        )
        .await
        .expect(200);
    let before = everything(&app).await;
    app.scim
        .delete(&path)
        .await
        .expect_error(400, Some("invalidValue"));
    assert_eq!(everything(&app).await, before);
    permit(&app, &id, "developer").await;
    app.scim.delete(&path).await.expect(204);
    app.scim
        .delete(&format!("/Users/{}", admins[0]))
        .await
        .expect(204);
}
