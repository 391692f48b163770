//! Writes that name somebody who is there: rule 4.

use serde_json::json;

use super::linking::{is_managed, settled};
use super::{USER, Write, address, all_refused, choose, group, set_active, unmanaged, user};
use crate::harness::{App, unique};

/// Rule 4: a POST never merges into whom SCIM manages, active or not; the IdP looks them up and updates.
#[tokio::test]
async fn rule_4_a_post_on_a_linked_one_is_a_conflict() {
    let app = App::start().await;
    let name = address("Ann");
    let id = app.scim.post("/Users", &user(&name)).await.expect(201).id();
    let mut again = user(&name.to_lowercase());
    again["externalId"] = json!(unique("other"));
    again["title"] = json!("Cook");
    for active in [true, false] {
        assert_eq!(
            Write::patch(&format!("/Users/{id}"), set_active(active))
                .alone(&app)
                .await
                .status,
            200
        );
        all_refused(
            &app,
            [Write::post("/Users", again.clone())],
            (409, "uniqueness", "userName"),
        )
        .await;
        let mut inactive = again.clone();
        inactive["active"] = json!(false);
        all_refused(
            &app,
            [Write::post("/Users", inactive)],
            (409, "uniqueness", "userName"),
        )
        .await;
    }
    let put = app
        .scim
        .put(&format!("/Users/{id}"), &again)
        .await
        .expect(200);
    assert_eq!(
        (put.id(), &put.body["active"], &put.body["title"]),
        (id, &json!(true), &json!("Cook"))
    );

    let name = unique("Sales");
    app.scim.create_group(&name, &[]).await;
    all_refused(
        &app,
        [Write::post("/Groups", group(&name, &[]))],
        (409, "uniqueness", ""),
    )
    .await;
    // Once gone it is nobody's.
    app.scim
        .delete(&format!("/Users/{}", put.body["id"].as_str().unwrap()))
        .await
        .expect(204);
    app.scim.post("/Users", &again).await.expect(201);
}

/// Rule 4: users are matched by `userName` alone and groups by `displayName`. `externalId` is the client's own key, which
/// several may have; all are found by it.
#[tokio::test]
async fn rule_4_an_external_id_may_be_shared() {
    let app = App::start().await;
    let shared = unique("00u");
    let with = |mut body: serde_json::Value| {
        body["externalId"] = json!(shared);
        body
    };
    let email = address("bo");
    let (bo, _) = settled(&app, &email).await;
    let ann = app.scim.post("/Users", &with(user(&address("ann")))).await;
    let linked = app
        .scim
        .post("/Users", &with(user(&email)))
        .await
        .expect(201);
    assert_eq!(linked.id(), bo);
    let carl = app.scim.create_user(&address("carl")).await;
    let set = json!([{"op": "add", "value": {"externalId": shared}}]);
    app.scim
        .patch(&format!("/Users/{carl}"), set)
        .await
        .expect(200);
    let (one, other) = (
        app.scim
            .post("/Groups", &with(group(&unique("g"), &[])))
            .await,
        app.scim
            .post("/Groups", &with(group(&unique("g"), &[])))
            .await,
    );
    let mut users = [ann.expect(201).id(), bo, carl];
    let mut groups = [one.expect(201).id(), other.expect(201).id()];
    users.sort();
    groups.sort();
    let filter = format!("externalId eq \"{shared}\"");
    for (path, expected) in [("/Users", &users[..]), ("/Groups", &groups[..])] {
        let found = app.scim.find(path, &filter).await.expect(200).body;
        let found = found["Resources"].as_array().unwrap().iter();
        let mut found: Vec<&str> = found.map(|one| one["id"].as_str().unwrap()).collect();
        found.sort_unstable();
        assert_eq!(found, expected);
    }
}

/// Rule 4: with the option `unique_external_id` no second user is given one, by whatever write.
#[tokio::test]
async fn rule_4_an_external_id_is_unique_where_the_account_wants_it() {
    let app = App::start().await;
    let taken = unique("00u");
    let mut ann = user(&address("ann"));
    ann["externalId"] = json!(taken);
    app.scim.post("/Users", &ann).await.expect(201);
    choose(&app, json!({"unique_external_id": true})).await;
    // The name is that of somebody unmanaged, who stays so.
    let email = address("bo");
    let (bo, _) = settled(&app, &email).await;
    let refused = (409, "uniqueness", "externalId");
    for name in [&email, &address("nobody")] {
        let mut post = user(name);
        post["externalId"] = json!(taken);
        all_refused(&app, [Write::post("/Users", post)], refused).await;
    }
    assert_eq!(is_managed(&app, &bo).await, json!(false));
    let name = address("carl");
    let path = format!("/Users/{}", app.scim.create_user(&name).await);
    let mut put = user(&name);
    put["externalId"] = json!(taken);
    let patch = json!([{"op": "replace", "path": "externalId", "value": taken}]);
    let writes = [Write::put(&path, put), Write::patch(&path, patch)];
    all_refused(&app, writes, refused).await;
    // It compares exactly.
    let mut shouted = user(&email);
    shouted["externalId"] = json!(taken.to_uppercase());
    assert_eq!(app.scim.post("/Users", &shouted).await.expect(201).id(), bo);
}

/// Rule 4: a POST links an unmanaged user whatever the state; `active` left out stays as it is.
#[tokio::test]
async fn rule_4_an_inactive_unmanaged_user_is_linked() {
    let app = App::start().await;
    for (active, expected) in [(Some(true), true), (Some(false), false), (None, false)] {
        let email = address("ann");
        let id = unmanaged(&app, &email).await;
        app.admin()
            .post(&format!("/users/{id}/"), &json!({"is_active": false}))
            .await
            .expect(200);
        let mut sent = json!({"schemas": [USER], "userName": email});
        if let Some(active) = active {
            sent["active"] = json!(active);
        }
        let linked = app.scim.post("/Users", &sent).await.expect(201);
        assert_eq!(
            (linked.id(), &linked.body["active"]),
            (id, &json!(expected)),
            "{active:?}"
        );
    }
}
