//! The guard against locking an account out: rule 13.

use serde_json::{Value, json};

use super::{
    BULK, GROUP, LICENSE, Write, address, all_refused, choose, group, permit, read, set_active,
    user,
};
use crate::harness::{App, unique};

/// What all refusals here say.
pub(super) const REFUSAL: (u16, &str, &str) = (400, "invalidValue", "administrator");

/// An account with a group of administrators.
pub(super) struct Administered {
    pub(super) app: App,
    /// The group, its path and its name.
    pub(super) group: String,
    pub(super) path: String,
    pub(super) name: String,
    /// Its members.
    pub(super) admins: Vec<String>,
}

pub(super) async fn administered(count: usize) -> Administered {
    let app = App::start().await;
    let mut admins = Vec::new();
    for _ in 0..count {
        admins.push(
            app.scim
                .post("/Users", &user(&address("admin")))
                .await
                .expect(201)
                .id(),
        );
    }
    let members: Vec<&str> = admins.iter().map(String::as_str).collect();
    let name = unique("Owners");
    let group = app.scim.create_group(&name, &members).await;
    permit(&app, &group, "account_admin").await;
    Administered {
        app,
        path: format!("/Groups/{group}"),
        group,
        name,
        admins,
    }
}

/// The user as an identity provider puts it, inactive.
async fn inactive(app: &App, id: &str) -> Value {
    let mut body = read(app, &format!("/Users/{id}")).await;
    body["active"] = json!(false);
    body
}

/// The ways in which a user stops being one.
pub(super) async fn ways_out(app: &App, id: &str) -> Vec<Write> {
    let path = format!("/Users/{id}");
    vec![
        Write::patch(&path, set_active(false)),
        Write::patch(
            &path,
            json!([{"op": "Replace", "path": "active", "value": "False"}]),
        ),
        Write::patch(
            &path,
            json!([{"op": "replace", "value": {"active": false, "title": "x"}}]),
        ),
        Write::put(&path, inactive(app, id).await),
        Write::delete(&path),
    ]
}

/// The ways in which a user gets a licence without the rights of an administrator (L17).
pub(super) async fn downgrades(app: &App, id: &str) -> Vec<Write> {
    let path = format!("/Users/{id}");
    let mut ways = Vec::new();
    for license_type in ["read_only", "it"] {
        let mut body = read(app, &path).await;
        body[LICENSE] = json!({"licenseType": license_type});
        ways.extend([
            Write::patch(
                &path,
                json!([{"op": "replace", "path": format!("{LICENSE}:licenseType"), "value": license_type}]),
            ),
            Write::patch(
                &path,
                json!([{"op": "Add", "value": {LICENSE: {"licenseType": license_type}}}]),
            ),
            Write::put(&path, body),
        ]);
    }
    ways
}

/// Rule 13: a licence without the rights of an administrator is a loss like any other, and given back it counts.
#[tokio::test]
async fn rule_13_licences_without_rights() {
    let Administered {
        app,
        path,
        name,
        admins,
        ..
    } = administered(2).await;
    let ways = downgrades(&app, &admins[1]).await;
    assert_eq!(ways[0].alone(&app).await.status, 200);
    all_refused(&app, downgrades(&app, &admins[0]).await, REFUSAL).await;
    all_refused(&app, ways_out(&app, &admins[0]).await, REFUSAL).await;
    all_refused(
        &app,
        ways_to_lose(&path, &name, &admins[0], &[&admins[1]]),
        REFUSAL,
    )
    .await;
    let back =
        json!([{"op": "replace", "path": format!("{LICENSE}:licenseType"), "value": "developer"}]);
    let back = Write::patch(&format!("/Users/{}", admins[1]), back);
    assert_eq!(back.alone(&app).await.status, 200);
    for way in downgrades(&app, &admins[0]).await {
        assert_eq!(way.in_bulk(&app).await.status, 200, "{way:?}");
    }
    choose(&app, json!({"allow_admin_lockout": true})).await;
    let ways = downgrades(&app, &admins[1]).await;
    assert_eq!(ways[0].alone(&app).await.status, 200);
}

/// The ways in which a group loses all members but these.
pub(super) fn ways_to_lose(path: &str, name: &str, lost: &str, left: &[&str]) -> Vec<Write> {
    let values: Vec<Value> = left.iter().map(|id| json!({"value": id})).collect();
    let mut ways = vec![
        Write::patch(
            path,
            json!([{"op": "remove", "path": format!("members[value eq \"{lost}\"]")}]),
        ),
        Write::patch(
            path,
            json!([{"op": "Remove", "path": "members", "value": [{"value": lost}]}]),
        ),
        Write::patch(
            path,
            json!([{"op": "replace", "path": "members", "value": values}]),
        ),
        Write::patch(
            path,
            json!([{"op": "Replace", "value": {"members": values, "displayName": "x"}}]),
        ),
        Write::put(path, group(name, left)),
        Write::delete(path),
    ];
    if left.is_empty() {
        ways.push(Write::patch(
            path,
            json!([{"op": "remove", "path": "members"}]),
        ));
        ways.push(Write::put(
            path,
            json!({"schemas": [GROUP], "displayName": name}),
        ));
    }
    ways
}

/// Rule 13: by no way does SCIM take the last active administrator away.
#[tokio::test]
async fn rule_13_the_last_administrator_stays() {
    let Administered {
        app,
        path,
        name,
        admins,
        ..
    } = administered(1).await;
    all_refused(&app, ways_out(&app, &admins[0]).await, REFUSAL).await;
    all_refused(&app, ways_to_lose(&path, &name, &admins[0], &[]), REFUSAL).await;
    // Somebody inactive is no successor.
    let mut resting = user(&address("resting"));
    resting["active"] = json!(false);
    let resting = app.scim.post("/Users", &resting).await.expect(201).id();
    all_refused(
        &app,
        ways_to_lose(&path, &name, &admins[0], &[&resting]),
        REFUSAL,
    )
    .await;
    // What takes nobody away is free: names, other attributes, more members.
    app.scim
        .patch(
            &path,
            json!([{"op": "replace", "path": "displayName", "value": unique("renamed")}]),
        )
        .await
        .expect(204);
    app.scim
        .patch(
            &format!("/Users/{}", admins[0]),
            json!([{"op": "replace", "path": "userName", "value": address("new")}]),
        )
        .await
        .expect(200);
    app.scim
        .patch(
            &path,
            json!([{"op": "add", "path": "members", "value": [{"value": resting}]}]),
        )
        .await
        .expect(204);
    // With a successor, named first or in the same request, the first may go.
    let next = app
        .scim
        .post("/Users", &user(&address("next")))
        .await
        .expect(201)
        .id();
    app.scim
        .put(&path, &group(&name, &[&next]))
        .await
        .expect(200);
    all_refused(&app, ways_out(&app, &next).await, REFUSAL).await;
    app.scim
        .delete(&format!("/Users/{}", admins[0]))
        .await
        .expect(204);
}

/// Rule 13: of two the first may go, by each way, and then the second may not.
#[tokio::test]
async fn rule_13_the_last_of_two_stays() {
    for number in 0..5 {
        let Administered {
            app,
            path,
            name,
            admins,
            ..
        } = administered(2).await;
        let way = ways_out(&app, &admins[0]).await.remove(number);
        let outcome = if number % 2 == 0 {
            way.alone(&app).await
        } else {
            way.in_bulk(&app).await
        };
        assert!(outcome.status < 300, "{way:?}: {outcome:?}");
        all_refused(&app, ways_out(&app, &admins[1]).await, REFUSAL).await;
        // What is left in the group is of no use where it is inactive.
        let ways = ways_to_lose(&path, &name, &admins[1], &[]);
        all_refused(&app, [ways[0].clone()], REFUSAL).await;
        // Whoever is active again counts again.
        if number < 4 {
            let back = Write::patch(&format!("/Users/{}", admins[0]), set_active(true));
            assert_eq!(back.alone(&app).await.status, 200);
            app.scim
                .delete(&format!("/Users/{}", admins[1]))
                .await
                .expect(204);
        }
    }
}

/// Rule 13: a bulk request, and requests at once, take all but one.
#[tokio::test]
async fn rule_13_all_at_once() {
    let Administered { app, admins, .. } = administered(3).await;
    let operations: Vec<Value> = admins
        .iter()
        .map(|id| json!({"method": "PATCH", "path": format!("/Users/{id}"), "data": set_active(false)}))
        .collect();
    let bulk = json!({"schemas": [BULK], "Operations": operations});
    let done = app.scim.post("/Bulk", &bulk).await.expect(200).body["Operations"].clone();
    let mut statuses: Vec<String> = done
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["status"].as_str().unwrap().to_owned())
        .collect();
    statuses.sort();
    assert_eq!(statuses, ["200", "200", "400"]);

    let Administered {
        app, path, admins, ..
    } = administered(4).await;
    let calls = admins.iter().enumerate().map(async |(number, id)| {
        let one = format!("/Users/{id}");
        match number {
            0 => app.scim.delete(&one).await.status,
            1 => app.scim.patch(&one, set_active(false)).await.status,
            2 => {
                app.scim
                    .patch(
                        &path,
                        json!([{"op": "remove", "path": format!("members[value eq \"{id}\"]")}]),
                    )
                    .await
                    .status
            }
            _ => {
                app.scim
                    .patch(
                        &path,
                        json!([{"op": "Remove", "path": "members", "value": [{"value": id}]}]),
                    )
                    .await
                    .status
            }
        }
    });
    let statuses = futures::future::join_all(calls).await;
    let gone = statuses.iter().filter(|status| status.is_success()).count();
    assert_eq!(gone, 3, "{statuses:?}");
    let left = app.scim.members(&path["/Groups/".len()..]).await;
    let mut active = 0;
    for id in &left {
        active += usize::from(read(&app, &format!("/Users/{id}")).await["active"] == json!(true));
    }
    assert_eq!(active, 1, "{statuses:?}");
}
