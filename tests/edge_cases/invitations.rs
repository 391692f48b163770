//! Invitations, and licences that come with their redemption: F6, F7, rule 8.

use std::process::Command;

use serde_json::{Value, json};

use super::{
    Write, address, all_refused, choose, everything, group, groups_of, invitation, make_group,
    read, seats_in_use, set_active, set_seats, sign_in, sorted, unmanaged, user,
};
use crate::harness::{App, required, unique};

/// What the refusal of a push says.
const REFUSAL: &str = "All users must have licenses on the account";

/// Lets the time of a user's invitation run out; days would pass before it does so by itself.
fn expire(app: &App, user: &str) {
    let statement = format!(
        "UPDATE invitations SET expires_at = now() - interval '1 day' WHERE account_id = {} AND user_id = '{user}'",
        app.id()
    );
    let done = Command::new("psql")
        .args([
            "--quiet",
            "--no-psqlrc",
            "--dbname",
            &required("DATABASE_URL_IDENTITY"),
            "--command",
            &statement,
        ])
        .status()
        .unwrap();
    assert!(done.success(), "psql");
}

/// Users made over SCIM, with their ids.
async fn people(app: &App, count: usize) -> Vec<(String, String)> {
    let mut people = Vec::new();
    for _ in 0..count {
        let name = address("ann");
        let id = app.scim.post("/Users", &user(&name)).await.expect(201).id();
        people.push((name, id));
    }
    people
}

async fn on_redemption() -> App {
    let app = App::start().await;
    choose(&app, json!({"license_on_redemption": true})).await;
    app
}

/// The ways to push members into a group that has some.
fn pushes(id: &str, name: &str, members: &[&str]) -> Vec<Write> {
    let path = format!("/Groups/{id}");
    let values: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
    let renamed = unique("renamed");
    vec![
        Write::post("/Groups", group(&unique("new"), members)),
        Write::put(&path, group(name, members)),
        Write::put(&path, group(&renamed, members)),
        Write::patch(
            &path,
            json!([{"op": "add", "path": "members", "value": values}]),
        ),
        Write::patch(&path, json!([{"op": "Add", "value": {"members": values}}])),
        Write::patch(
            &path,
            json!([{"op": "replace", "path": "members", "value": values}]),
        ),
        Write::patch(
            &path,
            json!([
                {"op": "Replace", "path": "displayName", "value": renamed},
                {"op": "Remove", "path": "members"},
                {"op": "Add", "path": "members", "value": values},
            ]),
        ),
    ]
}

/// F6: with `license_on_redemption` a push that names somebody without a licence fails whole, by every verb, and
/// says who; nothing of it stays.
#[tokio::test]
async fn f6_a_push_with_somebody_unlicensed() {
    let app = on_redemption().await;
    let people = people(&app, 4).await;
    let [(_, first), (_, second), (late, pending), (later, waiting)] = people.as_slice() else {
        panic!("four people");
    };
    for id in [first, second] {
        sign_in(&app, id, &[]).await;
    }
    let name = unique("Sales");
    let id = app.scim.create_group(&name, &[first]).await;
    let all: Vec<&str> = [first, second, pending, waiting]
        .map(String::as_str)
        .to_vec();
    for part in [REFUSAL, late, later] {
        let writes = pushes(&id, &name, &all);
        all_refused(&app, writes, (400, "invalidValue", part)).await;
    }
    let refused = app
        .scim
        .put(&format!("/Groups/{id}"), &group(&name, &all))
        .await;
    let detail = refused.body["detail"].as_str().unwrap().to_owned();
    assert!(
        !detail.contains(&people[0].0) && !detail.contains(&people[1].0),
        "{detail}"
    );
    // The inactive have none either.
    sign_in(&app, pending, &[]).await;
    sign_in(&app, waiting, &[]).await;
    app.scim
        .patch(&format!("/Users/{waiting}"), set_active(false))
        .await
        .expect(200);
    all_refused(&app, pushes(&id, &name, &all), (400, "invalidValue", later)).await;
    // All licensed: it goes through.
    for write in pushes(&id, &name, &all[..3]) {
        let outcome = write.in_bulk(&app).await;
        assert!(outcome.status < 300, "{write:?}: {outcome:?}");
    }
    assert_eq!(app.scim.members(&id).await, sorted(&all[..3]));
}

/// F7: whose invitation has expired is invited again by being added to a SCIM group; nobody else is.
#[tokio::test]
async fn f7_an_expired_invitation_is_renewed() {
    let app = App::start().await;
    let people = people(&app, 2).await;
    let (id, other) = (&people[0].1, &people[1].1);
    let name = unique("Sales");
    let held = app.scim.create_group(&name, &[]).await;
    let count = pushes(&held, &name, &[id]).len();
    for number in 0..count {
        app.scim
            .put(&format!("/Groups/{held}"), &group(&name, &[]))
            .await
            .expect(200);
        expire(&app, id);
        expire(&app, other);
        let before = invitation(&app, id).await;
        assert_eq!(before["status"], json!(3));
        let write = &pushes(&held, &name, &[id])[number];
        let outcome = if number % 2 == 0 {
            write.alone(&app).await
        } else {
            write.in_bulk(&app).await
        };
        assert!(outcome.status < 300, "{write:?}: {outcome:?}");
        let after = invitation(&app, id).await;
        assert_eq!(
            (&after["id"], &after["status"], &after["type"]),
            (&before["id"], &json!(1), &json!("scim")),
            "{write:?}"
        );
        assert_ne!(after["expires_at"], before["expires_at"]);
        assert_eq!(invitation(&app, other).await["status"], json!(3));
    }
    // One that is still good is left alone, as is one that was redeemed.
    let pending = invitation(&app, id).await;
    app.scim.create_group(&unique("g"), &[id]).await;
    assert_eq!(invitation(&app, id).await, pending);
    sign_in(&app, id, &[]).await;
    let redeemed = invitation(&app, id).await;
    app.scim.create_group(&unique("g"), &[id]).await;
    assert_eq!(invitation(&app, id).await, redeemed);
}

/// Rule 8: where invitations come from, and all that becomes of them.
#[tokio::test]
async fn rule_8_states() {
    let app = App::start().await;
    let id = people(&app, 1).await.remove(0).1;
    let by_hand = unmanaged(&app, &address("bo")).await;
    let kinds = (
        invitation(&app, &id).await["type"].clone(),
        invitation(&app, &by_hand).await["type"].clone(),
    );
    assert_eq!(kinds, (json!("scim"), json!("standard")));
    let path = format!("/invites/{}/", invitation(&app, &id).await["id"]);
    let resend = format!("{path}resend/");
    let status = async || app.admin().get(&path).await.expect(200).body["data"]["status"].clone();
    assert_eq!(status().await, json!(1));
    expire(&app, &id);
    assert_eq!(status().await, json!(3));
    // A sign-in does not redeem what has expired; sent again, it does.
    sign_in(&app, &id, &[]).await;
    assert_eq!(status().await, json!(3));
    app.admin().post(&resend, &Value::Null).await.expect(200);
    assert_eq!(status().await, json!(1));
    sign_in(&app, &id, &[]).await;
    assert_eq!(status().await, json!(2));
    let before = everything(&app).await;
    app.admin().post(&resend, &Value::Null).await.expect(400);
    app.admin().delete(&path).await.expect(400);
    assert_eq!(everything(&app).await, before);
    // Whoever is made inactive is invited once active; a link invites nobody.
    let mut inactive = user(&address("cy"));
    inactive["active"] = json!(false);
    let later = app.scim.post("/Users", &inactive).await.expect(201).id();
    assert_eq!(invitation(&app, &later).await, Value::Null);
    app.scim
        .patch(&format!("/Users/{later}"), set_active(true))
        .await
        .expect(200);
    assert_eq!(invitation(&app, &later).await["status"], json!(1));
    for (query, ids) in [
        ("pending", 2),
        ("redeemed", 1),
        ("expired", 0),
        ("revoked", 0),
    ] {
        let found = app
            .admin()
            .get(&format!("/invites/?status={query}"))
            .await
            .expect(200);
        assert_eq!(
            found.body["extra"]["pagination"]["total_count"],
            json!(ids),
            "{query}"
        );
    }
}

/// Rule 8: by default the licence is there at once, and groups hold whoever has not redeemed yet.
#[tokio::test]
async fn rule_8_the_licence_comes_at_once() {
    let app = App::start().await;
    set_seats(&app, "developer", json!(1)).await;
    let (_, id) = people(&app, 1).await.remove(0);
    assert_eq!(seats_in_use(&app, "developer").await, json!(1));
    let held = app.scim.create_group(&unique("g"), &[&id]).await;
    assert_eq!(groups_of(&app, &id).await, [held]);
    assert_eq!(invitation(&app, &id).await["status"], json!(1));
    let late = address("late");
    all_refused(
        &app,
        [Write::post("/Users", user(&late))],
        (400, "invalidValue", &late),
    )
    .await;
    // A revoked invitation takes nothing from the user.
    app.admin()
        .delete(&format!("/invites/{}/", invitation(&app, &id).await["id"]))
        .await
        .expect(204);
    assert_eq!(
        read(&app, &format!("/Users/{id}")).await["active"],
        json!(true)
    );
    assert_eq!(seats_in_use(&app, "developer").await, json!(1));
}

/// Rule 8 with `license_on_redemption`: no seat until redeemed, then one or none at all.
#[tokio::test]
async fn rule_8_the_licence_comes_with_the_redemption() {
    let app = on_redemption().await;
    set_seats(&app, "developer", json!(1)).await;
    let people = people(&app, 2).await;
    let by_hand = address("by-hand");
    unmanaged(&app, &by_hand).await;
    assert_eq!(seats_in_use(&app, "developer").await, json!(0));
    sign_in(&app, &people[0].1, &[]).await;
    assert_eq!(seats_in_use(&app, "developer").await, json!(1));
    let before = everything(&app).await;
    let body = json!({"user_id": people[1].1, "idp_groups": []});
    let refused = app.admin().post("/sign-ins/", &body).await.expect(400);
    assert_eq!(
        refused.body["status"]["developer_message"],
        json!("NO_SEAT")
    );
    assert!(
        refused.body["status"]["user_message"]
            .as_str()
            .unwrap()
            .contains(&people[1].0)
    );
    assert_eq!(everything(&app).await, before);
    // What a group has already may be sent again, and taken out.
    let open = make_group(&app, json!({"name": unique("open")})).await;
    app.allow_manual_updates(true).await;
    let assigned = json!({"user_id": people[1].1, "desired_group_ids": [open]});
    app.admin()
        .post("/assign-groups/", &assigned)
        .await
        .expect(200);
    let name = read(&app, &format!("/Groups/{open}")).await["displayName"]
        .as_str()
        .unwrap()
        .to_owned();
    app.scim
        .put(
            &format!("/Groups/{open}"),
            &group(&name, &[&people[0].1, &people[1].1]),
        )
        .await
        .expect(200);
    app.scim
        .put(&format!("/Groups/{open}"), &group(&name, &[]))
        .await
        .expect(200);
    // The option off: who signs in next has the licence if there is a seat.
    choose(&app, json!({"license_on_redemption": false})).await;
    set_seats(&app, "developer", Value::Null).await;
    sign_in(&app, &people[1].1, &[]).await;
    assert_eq!(seats_in_use(&app, "developer").await, json!(2));
}
