//! Managers: whom users report to (R-ENT, R-DEL-05).

use serde_json::{Value, json};

use crate::{
    client::Response,
    harness::{App, unique},
};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

async fn create(app: &App, more: Value) -> Response {
    let mut body = json!({"schemas": [USER], "userName": unique("u")});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    app.scim.post("/Users", &body).await.expect(201)
}

/// The manager of a user as shown.
async fn manager(app: &App, user: &str) -> Value {
    let read = app.scim.get(&format!("/Users/{user}")).await.expect(200);
    read.body[ENTERPRISE]["manager"].clone()
}

fn reporting_to(manager: &Value) -> Value {
    json!({"schemas": [USER, ENTERPRISE], "userName": unique("u"), ENTERPRISE: {"manager": manager, "employeeNumber": "7"}})
}

/// R-ENT-01/02/03/04/06: a manager by id, whoever it is; its name and place are ours.
#[tokio::test]
async fn managers() {
    let app = App::start().await;
    let boss = create(&app, json!({"displayName": "The Boss"})).await.id();
    let body = reporting_to(&json!({"value": boss, "displayName": "a lie"}));
    let created = app.scim.post("/Users", &body).await.expect(201);
    let path = format!("/Users/{}", created.id());
    let shown = json!({"value": boss, "$ref": format!("{}/Users/{boss}", app.scim.base_url), "displayName": "The Boss"});
    assert_eq!(created.body[ENTERPRISE]["manager"], shown);
    assert_eq!(manager(&app, &created.id()).await, shown);
    assert_eq!(
        app.scim.put(&path, &created.body).await.expect(200).body,
        created.body
    );
    let rename = json!([{"op": "replace", "path": "displayName", "value": "Chief"}]);
    app.scim
        .patch(&format!("/Users/{boss}"), rename)
        .await
        .expect(200);
    let title = json!([{"op": "add", "path": "title", "value": "Clerk"}]);
    let patched = app.scim.patch(&path, title).await.expect(200);
    assert_eq!(
        patched.body[ENTERPRISE]["manager"]["displayName"],
        json!("Chief")
    );
    let lie = json!([{"op": "replace", "path": format!("{ENTERPRISE}:manager.displayName"), "value": "a lie"}]);
    app.scim
        .patch(&path, lie)
        .await
        .expect_error(400, Some("mutability"));
    // One's own manager, and each other's, end no request.
    for id in [created.id(), boss.clone()] {
        for target in [&path, &format!("/Users/{boss}")] {
            app.scim.patch(target, json!([{"op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": id}])).await.expect(200);
        }
    }
    app.scim.get("/Users").await.expect(200);
    // Whoever it is: also nobody we know.
    let stranger = app
        .scim
        .post("/Users", &reporting_to(&json!("26")))
        .await
        .expect(201);
    assert_eq!(manager(&app, &stranger.id()).await, json!({"value": "26"}));
}

/// R-ENT-02: in lists, searches and projections; a user name or an address is no name to show.
#[tokio::test]
async fn names_of_managers() {
    let app = App::start().await;
    let name = unique("Boss");
    let boss = create(
        &app,
        json!({"name": {"givenName": "Bea", "familyName": name}}),
    )
    .await
    .id();
    let nameless = create(&app, json!({"emails": [{"value": "boss@x.test"}]}))
        .await
        .id();
    let mut ids = Vec::new();
    for id in [&boss, &nameless] {
        let created = app
            .scim
            .post("/Users", &reporting_to(&json!({"value": id})))
            .await;
        ids.push(created.expect(201).id());
    }
    let filter = format!("{ENTERPRISE}:manager.displayName eq \"bea {name}\"");
    let found = app.scim.find("/Users", &filter).await.expect(200).body;
    assert_eq!(
        (&found["totalResults"], &found["Resources"][0]["id"]),
        (&json!(1), &json!(ids[0]))
    );
    assert_eq!(
        found["Resources"][0][ENTERPRISE]["manager"]["displayName"],
        json!(format!("Bea {name}"))
    );
    assert_eq!(manager(&app, &ids[1]).await.get("displayName"), None);
    for (query, has_name, has_value) in [
        (
            format!("attributes={ENTERPRISE}:manager.displayName"),
            true,
            false,
        ),
        ("attributes=userName".to_owned(), false, false),
        (
            format!("excludedAttributes={ENTERPRISE}:manager.displayName"),
            false,
            true,
        ),
        (
            format!("sortBy={ENTERPRISE}:manager.displayName&sortOrder=descending"),
            true,
            true,
        ),
    ] {
        let list = app
            .scim
            .get(&format!("/Users?count=1000&{query}"))
            .await
            .expect(200)
            .body;
        let all = list["Resources"].as_array().unwrap();
        let user = all.iter().find(|user| user["id"] == json!(ids[0])).unwrap();
        let shown = &user[ENTERPRISE]["manager"];
        assert_eq!(
            (!shown["displayName"].is_null(), !shown["value"].is_null()),
            (has_name, has_value),
            "{query}"
        );
    }
}

/// R-DEL-05: who is deleted is nobody's manager any more, and those who were under it are changed users.
#[tokio::test]
async fn deleted_managers_are_gone() {
    let app = App::start().await;
    let boss = create(&app, json!({"displayName": "The Boss"})).await.id();
    let report = app
        .scim
        .post("/Users", &reporting_to(&json!({"value": boss})))
        .await
        .expect(201);
    app.scim.delete(&format!("/Users/{boss}")).await.expect(204);
    let read = app
        .scim
        .get(&format!("/Users/{}", report.id()))
        .await
        .expect(200);
    assert_eq!(read.body[ENTERPRISE], json!({"employeeNumber": "7"}));
    assert_ne!(read.header("etag"), report.header("etag"));
    assert_ne!(
        read.body["meta"]["lastModified"],
        report.body["meta"]["lastModified"]
    );
    let filter = format!("{ENTERPRISE}:manager eq \"{boss}\"");
    let found = app.scim.find("/Users", &filter).await.expect(200).body;
    assert_eq!(found["totalResults"], json!(0));
}
