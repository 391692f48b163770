//! `/users/` and `/permissions/`.

use serde_json::{Value, json};

use super::{error_code, invite, v2};
use crate::harness::{App, unique};

/// Paging, search, order and the members of a group.
#[tokio::test]
async fn users_are_found() {
    let app = App::start().await;
    let mut ids = Vec::new();
    for name in ["Carla", "bob", "Ann"] {
        let body = json!({"userName": format!("{name}@acme.test"), "name": {"givenName": name, "familyName": "Lee"},
            "emails": [{"value": format!("{name}@acme.test"), "primary": true}]});
        ids.push(app.scim.post("/Users", &body).await.expect(201).id());
    }
    let group = app
        .scim
        .create_group(&unique("g"), &[&ids[0], &ids[2]])
        .await;
    let found = async |query: &str| {
        let page = app
            .admin()
            .get(&format!("/users/?{query}"))
            .await
            .expect(200)
            .body;
        let names: Vec<String> = page["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["first_name"].as_str().unwrap().to_owned())
            .collect();
        (
            names.join(" "),
            page["extra"]["pagination"]["total_count"].clone(),
        )
    };
    let table = [
        (String::new(), "Carla bob Ann", 3),
        ("limit=2&offset=1".to_owned(), "bob Ann", 3),
        ("order_by=first_name".to_owned(), "Ann bob Carla", 3),
        ("order_by=-email&limit=1".to_owned(), "Carla", 3),
        ("order_by=-id".to_owned(), "Ann bob Carla", 3),
        ("search=BOB".to_owned(), "bob", 1),
        ("search=lee&limit=1".to_owned(), "Carla", 3),
        ("search=%22%5C".to_owned(), "", 0),
        (format!("group_id={group}"), "Carla Ann", 2),
        (format!("group_id={group}&limit=1&offset=1"), "Ann", 2),
        (format!("group_id={group}&search=ann@"), "Ann", 1),
        (format!("group_id={group}&search=LEE%20ann"), "Ann", 1),
        ("search=lee,%20b%C3%B3b".to_owned(), "bob", 1),
        (format!("search={}", ids[0]), "Carla", 1),
        (
            format!("group_id={group}&order_by=first_name"),
            "Ann Carla",
            2,
        ),
    ];
    for (query, names, total) in table {
        assert_eq!(
            found(&query).await,
            (names.to_owned(), json!(total)),
            "{query}"
        );
    }
    for bad in [
        "limit=0",
        "offset=x",
        "order_by=password",
        "limit=1&limit=2",
        "search=%00",
    ] {
        app.admin().get(&format!("/users/?{bad}")).await.expect(400);
    }
    for unknown in ["none", "7000000000"] {
        let path = format!("/users/?group_id={unknown}");
        app.admin().get(&path).await.expect(404);
    }
    let one = app
        .admin()
        .get(&format!("/users/{}/", ids[0]))
        .await
        .expect(200)
        .body;
    assert_eq!(one["data"]["fullname"], json!("Carla Lee"));
    assert_eq!(one["data"]["scim_managed"], json!(true));
    assert_eq!(one["data"]["scim_id"], json!(ids[0]));
    let number = one["data"]["id"].as_i64().unwrap();
    assert_eq!(
        one["data"]["license"],
        json!({"id": number, "license_type": "developer"})
    );
    let same = app.admin().get(&format!("/users/{number}/")).await;
    assert_eq!(same.expect(200).body, one);
}

/// Rule 11, M1–M6, F11: a managed user is edited by hand only while that is allowed, and the next push wins.
#[tokio::test]
async fn a_managed_user_is_edited_only_if_allowed() {
    let app = App::start().await;
    let name = unique("ann");
    let id = app.scim.create_user(&name).await;
    let path = format!("/users/{id}/");
    let before = app.admin().get(&path).await.expect(200).body;
    for body in [
        json!({"first_name": "Anna"}),
        json!({"email": "x@acme.test"}),
        json!({"state": 2}),
    ] {
        let refused = app.admin().post(&path, &body).await.expect(403);
        assert_eq!(error_code(&refused), "MANAGED_BY_SCIM");
    }
    let licence = format!("/permissions/{id}/");
    let body = json!({"license_type": "it", "state": 1});
    v2(&app).post(&licence, &body).await.expect(403);
    assert_eq!(app.admin().get(&path).await.expect(200).body, before);

    app.allow_manual_updates(true).await;
    let edited = app
        .admin()
        .post(&path, &json!({"first_name": "Anna"}))
        .await
        .expect(200);
    assert_eq!(edited.body["data"]["first_name"], json!("Anna"));
    let licence = v2(&app).post(&licence, &body).await.expect(200);
    assert_eq!(licence.body["data"]["license_type"], json!("it"));
    let push = json!([{"op": "replace", "path": "name.givenName", "value": "Ann"}]);
    app.scim
        .patch(&format!("/Users/{id}"), push)
        .await
        .expect(200);
    let now = app.admin().get(&path).await.expect(200).body;
    assert_eq!(now["data"]["first_name"], json!("Ann"));
}

/// M3: what nobody has linked stays editable; state 2 deletes for good.
#[tokio::test]
async fn an_unmanaged_user_is_edited_and_deleted() {
    let app = App::start().await;
    app.allow_manual_updates(true).await;
    let email = format!("{}@acme.test", unique("ann"));
    let id = invite(&app, &email).await;
    app.allow_manual_updates(false).await;
    let path = format!("/users/{id}/");
    let new = email.replace("ann", "anna");
    let body =
        json!({"first_name": "Anna", "last_name": "Lee", "email": new, "account_id": app.id()});
    let request = app.admin().request(reqwest::Method::PATCH, &path);
    let edited = app.admin().send(request.json(&body)).await.expect(200).body["data"].clone();
    assert_eq!(
        (&edited["email"], &edited["user_name"]),
        (&json!(new), &json!(new))
    );
    assert_eq!(edited["fullname"], json!("Anna Lee"));
    for bad in [
        json!({"name": "x"}),
        json!({"email": " "}),
        json!({"state": 3}),
        json!({"account_id": 1}),
    ] {
        app.admin().post(&path, &bad).await.expect(400);
    }
    // A whole user sent back as it was read changes nothing.
    let same = app.admin().post(&path, &edited).await.expect(200);
    assert_eq!(same.body["data"], edited);

    let gone = app
        .admin()
        .post(&path, &json!({"state": 2}))
        .await
        .expect(200);
    assert_eq!(gone.body["data"]["state"], json!(2));
    app.admin().get(&path).await.expect(404);
    app.admin()
        .post(&path, &json!({"state": 2}))
        .await
        .expect(404);
    app.scim
        .get(&format!("/Users/{id}"))
        .await
        .expect_error(404, None);
}

/// Rule 7: the licence of a user is taken, which deactivates, and given back.
#[tokio::test]
async fn a_licence_is_taken_and_given_back() {
    let app = App::start().await;
    app.allow_manual_updates(true).await;
    let id = invite(&app, &format!("{}@acme.test", unique("ann"))).await;
    let group = app
        .admin()
        .post("/groups/", &json!({"name": unique("g")}))
        .await
        .expect(200)
        .body["data"]["id"]
        .clone();
    let assign = json!({"user_id": id, "desired_group_ids": [group]});
    app.admin()
        .post("/assign-groups/", &assign)
        .await
        .expect(200);

    let path = format!("/permissions/{id}/");
    let taken = v2(&app)
        .post(&path, &json!({"license_type": "developer", "state": 2}))
        .await
        .expect(200);
    assert_eq!(taken.body["data"]["state"], json!(2));
    let user = app
        .admin()
        .get(&format!("/users/{id}/"))
        .await
        .expect(200)
        .body;
    assert_eq!(user["data"]["is_active"], json!(false));
    let given = v2(&app)
        .post(&path, &json!({"license_type": "read_only", "state": 1}))
        .await
        .expect(200);
    let number = user["data"]["id"].clone();
    let expected = (json!(1), json!("read_only"), number);
    let data = &given.body["data"];
    assert_eq!(
        (
            data["state"].clone(),
            data["license_type"].clone(),
            data["user_id"].clone()
        ),
        expected
    );

    let whole = v2(&app)
        .get(&format!("/users/{id}/"))
        .await
        .expect(200)
        .body["data"]
        .clone();
    let groups = &whole["permissions"][0]["groups"];
    assert_eq!(groups[0]["id"], group);
    assert_eq!(whole["permissions"][0]["account_id"], json!(app.id()));
    for bad in [
        json!({}),
        json!({"license_type": "gold"}),
        json!({"license_type": 5}),
    ] {
        v2(&app).post(&path, &bad).await.expect(400);
    }
    v2(&app)
        .post("/permissions/7000000000/", &json!({"license_type": "it"}))
        .await
        .expect(404);
    assert_ne!(whole["created_at"], Value::Null);
}
