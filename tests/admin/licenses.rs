//! `/licenses/`, `/license-maps/`, `/sign-ins/`.

use serde_json::{Value, json};

use super::{error_code, invite, v2};
use crate::harness::{App, unique};

/// L10, U34, F14: seats are read and set; a failure names the address.
#[tokio::test]
async fn seats() {
    let app = App::start().await;
    let read = app.admin().get("/licenses/").await.expect(200).body["data"].clone();
    let types: Vec<_> = read
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(types.len(), 4);
    assert_eq!(
        (&read["it"]["total"], &read["it"]["limited"]),
        (&Value::Null, &json!(false))
    );
    assert_eq!(
        v2(&app).get("/licenses/").await.expect(200).body["data"],
        read
    );

    app.scim.create_user(&unique("first")).await;
    let set = app
        .admin()
        .post("/licenses/developer/", &json!({"total": 1}))
        .await
        .expect(200);
    let expected = json!({"license_type": "developer", "limited": true, "total": 1, "in_use": 1, "assigned": 1, "available": 0, "over_limit": false, "enterprise_plan": true});
    assert_eq!(set.body["data"], expected);
    let email = format!("{}@acme.test", unique("second"));
    let second = json!({"userName": email, "emails": [{"value": email, "primary": true}]});
    let refused = app
        .scim
        .post("/Users", &second)
        .await
        .expect_error(400, Some("invalidValue"));
    assert!(refused.body["detail"].as_str().unwrap().contains(&email));
    app.admin()
        .post("/licenses/developer/", &json!({"total": 0}))
        .await
        .expect(200);
    let over = app.admin().get("/licenses/").await.expect(200).body["data"]["developer"].clone();
    assert_eq!(
        (&over["over_limit"], &over["available"]),
        (&json!(true), &json!(0))
    );
    app.admin()
        .post("/licenses/developer/", &json!({"total": null}))
        .await
        .expect(200);
    app.scim.post("/Users", &second).await.expect(201);
    for bad in [
        json!({}),
        json!({"total": -1}),
        json!({"total": "1"}),
        json!({"total": 1, "more": 1}),
    ] {
        app.admin()
            .post("/licenses/developer/", &bad)
            .await
            .expect(400);
    }
    let unknown = app
        .admin()
        .post("/licenses/gold/", &json!({"total": 1}))
        .await;
    assert!(unknown.status.is_client_error());
}

/// L12, G12: at sign-in a user that SCIM does not manage gets the mapped licence and exactly the mapped and
/// default groups; Developer beats the others.
#[tokio::test]
async fn a_sign_in_gives_what_is_mapped() {
    let app = App::start().await;
    app.allow_manual_updates(true).await;
    let email = format!("{}@acme.test", unique("ann"));
    let user = invite(&app, &email).await;
    for (license_type, group) in [("read_only", "readers"), ("developer", "makers")] {
        let map = json!({"license_type": license_type, "sso_license_mapping_groups": [group], "account_id": app.id(), "state": 1});
        app.admin().post("/license-maps/", &map).await.expect(200);
    }
    let twice = json!({"license_type": "developer", "sso_license_mapping_groups": ["x"]});
    let twice = app.admin().post("/license-maps/", &twice).await.expect(409);
    assert_eq!(error_code(&twice), "UNIQUENESS");
    let mapped = json!({"name": unique("mapped"), "sso_mapping_groups": ["readers"]});
    let mapped = app.admin().post("/groups/", &mapped).await.expect(200).body["data"]["id"].clone();

    let sign_in = async |groups: Value| {
        let body = json!({"email": email, "idp_groups": groups});
        let signed_in =
            app.admin().post("/sign-ins/", &body).await.expect(200).body["data"].clone();
        assert_eq!(signed_in["mapped"], json!(true));
        let read = app
            .admin()
            .get(&format!("/users/{user}/"))
            .await
            .expect(200);
        assert_eq!(signed_in["user_id"], read.body["data"]["id"]);
        let groups = signed_in["groups"].as_array().unwrap().iter();
        let ids: Vec<_> = groups.map(|group| group["id"].clone()).collect();
        (read.body["data"]["license"]["license_type"].clone(), ids)
    };
    assert_eq!(
        sign_in(json!(["readers"])).await,
        (json!("read_only"), vec![mapped.clone()])
    );
    assert_eq!(
        sign_in(json!(["readers", "makers"])).await,
        (json!("developer"), vec![mapped])
    );
    assert_eq!(sign_in(json!([])).await, (json!("developer"), vec![]));
    let invites = app
        .admin()
        .get(&format!("/invites/?user_id={user}"))
        .await
        .expect(200)
        .body;
    assert_eq!(invites["data"][0]["status"], json!(2));
    for (body, status) in [
        (json!({"email": "nobody@acme.test"}), 404),
        (json!({"user_id": uuid::Uuid::now_v7().to_string()}), 404),
        (json!({}), 400),
        (json!({"user_id": user, "email": email}), 400),
        (json!({"user_id": user, "idp_groups": "all"}), 400),
    ] {
        app.admin().post("/sign-ins/", &body).await.expect(status);
    }
}

/// G11, F8: the mapping does not act on users whom SCIM manages.
#[tokio::test]
async fn a_sign_in_leaves_a_managed_user_alone() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    let pushed = app.scim.create_group(&unique("pushed"), &[&user]).await;
    let mapped = json!({"name": unique("mapped"), "sso_mapping_groups": ["idp"]});
    app.admin().post("/groups/", &mapped).await.expect(200);
    let body = json!({"user_id": user, "idp_groups": ["idp"]});
    let signed_in = app.admin().post("/sign-ins/", &body).await.expect(200).body["data"].clone();
    assert_eq!(signed_in["mapped"], json!(false));
    assert_eq!(signed_in["groups"].as_array().unwrap().len(), 1);
    assert_eq!(signed_in["groups"][0]["scim_id"], json!(pushed));
}

#[tokio::test]
async fn licence_maps_live() {
    let app = App::start().await;
    let body = json!({"license_type": "it", "sso_license_mapping_groups": ["a"]});
    let made = app
        .admin()
        .post("/license-maps/", &body)
        .await
        .expect(200)
        .body["data"]
        .clone();
    let path = format!("/license-maps/{}/", made["id"]);
    assert_eq!(app.admin().get(&path).await.expect(200).body["data"], made);
    let list = app.admin().get("/license-maps/").await.expect(200).body;
    assert_eq!(list["data"], json!([made]));
    let deleted = app
        .admin()
        .get("/license-maps/?state=deleted")
        .await
        .expect(200)
        .body;
    assert_eq!(deleted["data"], json!([]));
    let changed = app
        .admin()
        .post(&path, &json!({"sso_license_mapping_groups": ["b"]}))
        .await
        .expect(200);
    assert_eq!(changed.body["data"]["license_type"], json!("it"));
    for bad in [
        json!({"license_type": "gold"}),
        json!({"sso_license_mapping_groups": [1]}),
        json!({"state": 7}),
    ] {
        app.admin().post(&path, &bad).await.expect(400);
    }
    let gone = app
        .admin()
        .post(&path, &json!({"state": 2}))
        .await
        .expect(200);
    assert_eq!(gone.body["data"]["state"], json!(2));
    for again in [
        app.admin().get(&path).await,
        app.admin().delete(&path).await,
    ] {
        again.expect(404);
    }
    let other = App::start().await;
    let made = other
        .admin()
        .post("/license-maps/", &body)
        .await
        .expect(200)
        .body["data"]
        .clone();
    let path = format!("/license-maps/{}/", made["id"]);
    app.admin().get(&path).await.expect(404);
    app.admin().delete(&path).await.expect(404);
    other.admin().delete(&path).await.expect(204);
}
