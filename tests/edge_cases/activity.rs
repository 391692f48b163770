//! Who is deactivated, comes back, or is deleted: rule 7.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    Write, address, eventually, groups_of, invitation, make_group, patch, read, seats_in_use, seen,
    set_active, set_seats, sign_in, sorted, user,
};
use crate::harness::{App, unique};

/// The ways in which identity providers switch a user.
fn switches(path: &str, body: &Value, active: bool) -> Vec<Write> {
    let mut whole = body.clone();
    whole["active"] = json!(active);
    let text = if active { "True" } else { "False" };
    let mut words = body.clone();
    words["active"] = json!(text);
    vec![
        Write::patch(path, set_active(active)),
        Write::patch(
            path,
            json!([{"op": "replace", "value": {"active": active}}]),
        ),
        Write::patch(
            path,
            json!([{"op": "Replace", "path": "active", "value": text}]),
        ),
        Write::patch(
            path,
            json!([{"op": "Add", "path": "active", "value": text}]),
        ),
        Write::put(path, whole),
        Write::put(path, words),
    ]
}

/// Rule 7: whoever is deactivated frees a seat and is read as before; whoever is activated takes one again.
#[tokio::test]
async fn rule_7_a_seat_is_freed_and_taken() {
    let app = App::start().await;
    set_seats(&app, "developer", json!(1)).await;
    let name = address("ann");
    let mut body = user(&name);
    body["externalId"] = json!(unique("00u"));
    let created = app.scim.post("/Users", &body).await.expect(201);
    let path = format!("/Users/{}", created.id());
    let ways = switches(&path, &body, false)
        .into_iter()
        .zip(switches(&path, &body, true));
    for (number, (off, on)) in ways.enumerate() {
        let outcome = if number % 2 == 0 {
            off.alone(&app).await
        } else {
            off.in_bulk(&app).await
        };
        assert_eq!(outcome.status, 200, "{off:?}: {outcome:?}");
        assert_eq!(seats_in_use(&app, "developer").await, json!(0), "{off:?}");
        let kept = read(&app, &path).await;
        assert_eq!(
            (&kept["active"], &kept["externalId"]),
            (&json!(false), &body["externalId"])
        );
        assert_eq!(seen(&app, &created.id()).await["scim_managed"], json!(true));
        for filter in [
            format!("userName eq \"{name}\""),
            "active eq false".to_owned(),
        ] {
            let found = app.scim.find("/Users", &filter).await.expect(200);
            assert_eq!(
                found.body["Resources"][0]["id"],
                json!(created.id()),
                "{filter}"
            );
        }
        assert_eq!(read(&app, "/Users").await["totalResults"], json!(1));
        // Twice is no change.
        let version = kept["meta"]["version"].clone();
        assert_eq!(off.alone(&app).await.status, 200);
        assert_eq!(
            read(&app, &path).await["meta"]["version"],
            version,
            "{off:?}"
        );
        let outcome = if number % 2 == 0 {
            on.in_bulk(&app).await
        } else {
            on.alone(&app).await
        };
        assert_eq!(outcome.status, 200, "{on:?}: {outcome:?}");
        assert_eq!(seats_in_use(&app, "developer").await, json!(1), "{on:?}");
    }
}

/// Rule 7: whoever reads right after a switch, in whatever way it was made, sees what it did to the groups.
#[tokio::test]
async fn rule_7_a_switch_is_read_back_at_once() {
    let app = App::start().await;
    app.set_scim(false).await;
    let default = json!({"name": unique("default"), "assign_by_default": true});
    let default = make_group(&app, default).await;
    let members = async || read(&app, &format!("/Groups/{default}")).await["members"].clone();
    let joined = async |name: &str| {
        app.set_scim(false).await;
        let invited = json!({"email_addresses": [name], "license_type": "developer"});
        let sent = app
            .admin()
            .post("/invites/", &invited)
            .await
            .expect(200)
            .body;
        let id = sent["data"]["invites"][0]["user_scim_id"]
            .as_str()
            .unwrap()
            .to_owned();
        app.set_scim(true).await;
        app.allow_manual_updates(true).await;
        assert_eq!(members().await[0]["value"], json!(id));
        id
    };
    // One user for each way, and each by a request of its own and in bulk.
    for way in 0..6 {
        for in_bulk in [false, true] {
            let name = address("ann");
            let id = joined(&name).await;
            let path = format!("/Users/{id}");
            let mut body = user(&name);
            body["id"] = json!(id);
            let off = switches(&path, &body, false).remove(way);
            let outcome = if in_bulk {
                off.in_bulk(&app).await
            } else {
                off.alone(&app).await
            };
            assert_eq!(outcome.status, 200, "{off:?}: {outcome:?}");
            assert_eq!(members().await, json!([]), "{off:?}");
            assert_eq!(read(&app, &path).await.get("groups"), None, "{off:?}");
        }
    }
    // The answer itself shows it too.
    let id = joined(&address("bo")).await;
    let off = app
        .scim
        .patch(&format!("/Users/{id}"), set_active(false))
        .await
        .expect(200);
    assert_eq!(off.body.get("groups"), None);
    // A POST that links, the admin API.
    let name = address("carl");
    joined(&name).await;
    let mut body = user(&name);
    body["active"] = json!(false);
    app.scim.post("/Users", &body).await.expect(201);
    assert_eq!(members().await, json!([]));
    let id = joined(&address("dora")).await;
    let path = format!("/users/{id}/");
    app.admin()
        .post(&path, &json!({"is_active": false}))
        .await
        .expect(200);
    assert_eq!(members().await, json!([]));
}

/// Rule 7: places by mapping and by default go, those by SCIM and by hand stay, and none comes back by itself.
#[tokio::test]
async fn rule_7_places_that_go_and_stay() {
    let app = App::start().await;
    app.set_scim(false).await;
    let default = make_group(
        &app,
        json!({"name": unique("default"), "assign_by_default": true}),
    )
    .await;
    let mapped = make_group(
        &app,
        json!({"name": unique("mapped"), "sso_mapping_groups": ["idp"]}),
    )
    .await;
    let by_hand = make_group(&app, json!({"name": unique("by hand")})).await;
    let name = address("ann");
    let invited = json!({"email_addresses": [name], "license_type": "developer"});
    let sent = app
        .admin()
        .post("/invites/", &invited)
        .await
        .expect(200)
        .body["data"]
        .clone();
    let id = sent["invites"][0]["user_scim_id"]
        .as_str()
        .unwrap()
        .to_owned();
    sign_in(&app, &id, &["idp"]).await;
    let wanted = json!({"user_id": id, "desired_group_ids": [default, mapped, by_hand]});
    app.admin()
        .post("/assign-groups/", &wanted)
        .await
        .expect(200);
    app.set_scim(true).await;
    let pushed = app.scim.create_group(&unique("pushed"), &[&id]).await;
    let path = format!("/Users/{id}");
    assert_eq!(
        groups_of(&app, &id).await,
        sorted(&[&default, &mapped, &by_hand, &pushed])
    );

    app.scim
        .patch(
            &path,
            json!([{"op": "Replace", "path": "active", "value": "False"}]),
        )
        .await
        .expect(200);
    let left = sorted(&[&by_hand, &pushed]);
    assert_eq!(groups_of(&app, &id).await, left);
    for (group, count) in [(&default, 0), (&mapped, 0), (&by_hand, 1), (&pushed, 1)] {
        let data = app
            .admin()
            .get(&format!("/groups/{group}/"))
            .await
            .expect(200)
            .body["data"]
            .clone();
        assert_eq!(data["member_count"], json!(count));
    }
    assert_eq!(app.scim.members(&pushed).await, std::slice::from_ref(&id));
    let body = json!({"user_id": id, "idp_groups": ["idp"]});
    app.admin().post("/sign-ins/", &body).await.expect(400);
    app.scim.put(&path, &user(&name)).await.expect(200);
    assert_eq!(read(&app, &path).await["active"], json!(true));
    assert_eq!(sign_in(&app, &id, &["idp"]).await["mapped"], json!(false));
    assert_eq!(groups_of(&app, &id).await, left);
}

/// Rule 7: an open invitation is taken back, and whoever never redeemed one is invited anew; whoever did is not.
#[tokio::test]
async fn rule_7_invitations() {
    let app = App::start().await;
    let id = app
        .scim
        .post("/Users", &user(&address("ann")))
        .await
        .expect(201)
        .id();
    let path = format!("/Users/{id}");
    let switch = async |active: bool| {
        let operations = set_active(active);
        app.scim.patch(&path, operations).await.expect(200);
        invitation(&app, &id).await
    };
    let first = invitation(&app, &id).await;
    let revoked = switch(false).await;
    assert_eq!(
        (&revoked["id"], &revoked["status"]),
        (&first["id"], &json!(6))
    );
    let resent = app
        .admin()
        .post(&format!("/invites/{}/resend/", first["id"]), &Value::Null)
        .await;
    resent.expect(400);
    let second = switch(true).await;
    assert_ne!(second["id"], first["id"]);
    assert_eq!(
        (&second["status"], &second["type"]),
        (&json!(1), &json!("scim"))
    );
    sign_in(&app, &id, &[]).await;
    let redeemed = invitation(&app, &id).await;
    assert_eq!(
        (&redeemed["id"], &redeemed["status"]),
        (&second["id"], &json!(2))
    );
    switch(false).await;
    assert_eq!(switch(true).await, redeemed);
}

/// Rule 7: others end sessions by the events of the change log.
#[tokio::test]
async fn rule_7_events() {
    let app = App::start().await;
    let id = app
        .scim
        .post("/Users", &user(&address("ann")))
        .await
        .expect(201)
        .id();
    let path = format!("/Users/{id}");
    for active in [false, true, false] {
        app.scim.patch(&path, set_active(active)).await.expect(200);
    }
    app.scim.delete(&path).await.expect(204);
    let expected = [
        "user.deleted",
        "user.deactivated",
        "user.activated",
        "user.deactivated",
        "user.created",
    ];
    eventually("the change log tells all of it", async || {
        let path = format!("/audit-logs/?resource={id}");
        let events = app.admin().get(&path).await.expect(200).body["data"].clone();
        let kinds = events
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["event_context"]["kind"].clone());
        kinds.eq(expected.map(Value::from))
    })
    .await;
}

/// Rule 7: a deleted user is gone for good, active or not, by each way: seat, places, name; the log stays.
#[tokio::test]
async fn rule_7_delete() {
    let app = App::start().await;
    set_seats(&app, "developer", json!(1)).await;
    for (in_bulk, active) in [(false, true), (true, true), (false, false), (true, false)] {
        let name = address("ann");
        let mut body = user(&name);
        body["externalId"] = json!(unique("00u"));
        let id = app.scim.post("/Users", &body).await.expect(201).id();
        let inner = app.scim.create_group(&unique("inner"), &[&id]).await;
        app.scim.create_group(&unique("outer"), &[&inner]).await;
        let path = format!("/Users/{id}");
        app.scim.patch(&path, set_active(active)).await.expect(200);
        let delete = Write::delete(&path);
        let outcome = if in_bulk {
            delete.in_bulk(&app).await
        } else {
            delete.alone(&app).await
        };
        assert_eq!(outcome.status, 204);
        let change = patch(set_active(true));
        for (method, body) in [
            (Method::GET, Value::Null),
            (Method::PUT, body.clone()),
            (Method::PATCH, change),
            (Method::DELETE, Value::Null),
        ] {
            let again = Write::new(method, &path, body);
            assert_eq!(again.alone(&app).await.status, 404, "{again:?}");
        }
        app.admin().get(&format!("/users/{id}/")).await.expect(404);
        assert!(app.scim.members(&inner).await.is_empty());
        assert_eq!(
            app.scim
                .find("/Users", &format!("userName eq \"{name}\""))
                .await
                .body["totalResults"],
            json!(0)
        );
        assert_eq!(
            app.admin()
                .get(&format!("/invites/?user_id={id}"))
                .await
                .expect(200)
                .body["data"],
            json!([])
        );
        assert_eq!(seats_in_use(&app, "developer").await, json!(0));
        // Name and external id are free, and whoever takes them is somebody else, in no group.
        let next = app.scim.post("/Users", &body).await.expect(201).id();
        assert_ne!(next, id);
        assert!(groups_of(&app, &next).await.is_empty());
        app.scim.delete(&format!("/Users/{next}")).await.expect(204);
    }
}
