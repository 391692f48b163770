//! Seats: F14, rule 6.

use reqwest::Method;
use serde_json::{Value, json};

use super::licenses::{licence, licensed, map, pushes, set_by_hand};
use super::{
    LICENSE, Write, address, all_refused, everything, seats_in_use, set_active, set_seats, sign_in,
    user,
};
use crate::harness::App;

/// F14: without a free seat nobody becomes active, by any verb, and the answer names the address.
#[tokio::test]
async fn f14_no_seat_is_left() {
    let app = App::start().await;
    set_seats(&app, "developer", json!(1)).await;
    let holder = app
        .scim
        .post("/Users", &user(&address("holder")))
        .await
        .expect(201)
        .id();
    let name = address("late");
    all_refused(
        &app,
        [Write::post("/Users", user(&name))],
        (400, "invalidValue", &name),
    )
    .await;
    // Inactive, or with another licence, there is room.
    let mut inactive = user(&name);
    inactive["active"] = json!(false);
    let id = app.scim.post("/Users", &inactive).await.expect(201).id();
    let other = address("reader");
    let reader = app
        .scim
        .post("/Users", &licensed(&other, "read_only"))
        .await
        .expect(201)
        .id();
    let path = format!("/Users/{id}");
    all_refused(
        &app,
        [
            Write::put(&path, user(&name)),
            Write::patch(&path, set_active(true)),
            Write::patch(
                &path,
                json!([{"op": "Replace", "path": "active", "value": "True"}]),
            ),
            Write::patch(
                &path,
                json!([{"op": "replace", "value": {"active": true, "title": "Cook"}}]),
            ),
        ],
        (400, "invalidValue", &name),
    )
    .await;
    let path = format!("/Users/{reader}");
    all_refused(
        &app,
        [Write::put(&path, licensed(&other, "developer"))],
        (400, "invalidValue", &other),
    )
    .await;
    for push in pushes("developer") {
        all_refused(
            &app,
            [Write::new(Method::PATCH, &path, push)],
            (400, "invalidValue", &other),
        )
        .await;
    }
    app.allow_manual_updates(true).await;
    let before = everything(&app).await;
    assert_eq!(set_by_hand(&app, &reader, "developer").await, 400);
    let back = app
        .admin()
        .post(&format!("/users/{id}/"), &json!({"is_active": true}))
        .await
        .expect(400);
    assert_eq!(back.body["status"]["developer_message"], json!("NO_SEAT"));
    assert!(
        back.body["status"]["user_message"]
            .as_str()
            .unwrap()
            .contains(&name),
        "{:#}",
        back.body
    );
    assert_eq!(everything(&app).await, before);
    // The seat that a deletion frees is there at once.
    app.scim
        .delete(&format!("/Users/{holder}"))
        .await
        .expect(204);
    assert_eq!(
        Write::patch(&format!("/Users/{id}"), set_active(true))
            .in_bulk(&app)
            .await
            .status,
        200
    );
    assert_eq!(seats_in_use(&app, "developer").await, json!(1));
}

/// Rule 6: seats have no limit until one is set; a limit binds whoever comes, and nobody who is there.
#[tokio::test]
async fn rule_6_seats() {
    let app = App::start().await;
    let names: Vec<String> = (0..3).map(|_| address("ann")).collect();
    let mut ids = Vec::new();
    for name in &names {
        ids.push(app.scim.post("/Users", &user(name)).await.expect(201).id());
    }
    set_seats(&app, "developer", json!(2)).await;
    assert_eq!(seats_in_use(&app, "developer").await, json!(3));
    let path = format!("/Users/{}", ids[0]);
    app.scim
        .patch(
            &path,
            json!([{"op": "replace", "path": "title", "value": "Cook"}]),
        )
        .await
        .expect(200);
    app.scim.put(&path, &user(&names[0])).await.expect(200);
    sign_in(&app, &ids[0], &[]).await;
    for (used, back) in [(2, 400), (1, 200)] {
        for id in &ids[..3 - used] {
            app.scim
                .patch(&format!("/Users/{id}"), set_active(false))
                .await
                .expect(200);
        }
        assert_eq!(seats_in_use(&app, "developer").await, json!(used));
        let outcome = Write::patch(&path, set_active(true)).alone(&app).await;
        assert_eq!(outcome.status, back, "{outcome:?}");
    }
    // A licence of the inactive takes no seat; the sign-in that would take one is refused.
    set_seats(&app, "it", json!(0)).await;
    let inactive = format!("/Users/{}", ids[1]);
    app.scim
        .patch(
            &inactive,
            json!([{"op": "replace", "path": format!("{LICENSE}:licenseType"), "value": "it"}]),
        )
        .await
        .expect(200);
    map(&app, "it", "support").await;
    let before = everything(&app).await;
    let body = json!({"user_id": ids[2], "idp_groups": ["support"]});
    let refused = app.admin().post("/sign-ins/", &body).await.expect(400);
    assert_eq!(
        refused.body["status"]["developer_message"],
        json!("NO_SEAT")
    );
    assert!(
        refused.body["status"]["user_message"]
            .as_str()
            .unwrap()
            .contains(&names[2])
    );
    assert_eq!(everything(&app).await, before);
    set_seats(&app, "it", Value::Null).await;
    sign_in(&app, &ids[2], &["support"]).await;
    assert_eq!(licence(&app, &ids[2]).await, json!("it"));
}
