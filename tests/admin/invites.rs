//! `/invites/`.

use serde_json::{Value, json};

use super::{error_code, v2};
use crate::harness::{App, unique};

fn address() -> String {
    format!("{}@acme.test", unique("ann"))
}

/// Rule 8, U15, U16: invited, sent again, taken back.
#[tokio::test]
async fn an_invitation_lives() {
    let app = App::start().await;
    app.set_scim(false).await;
    let (one, two) = (address(), address());
    let group = app
        .admin()
        .post("/groups/", &json!({"name": unique("g")}))
        .await
        .expect(200)
        .body["data"]["id"]
        .clone();
    let default = json!({"name": unique("default"), "assign_by_default": true});
    let default = app
        .admin()
        .post("/groups/", &default)
        .await
        .expect(200)
        .body["data"]["id"]
        .clone();
    let body =
        json!({"email_addresses": [one, two], "license_type": "read_only", "group_ids": [group]});
    let sent = app.admin().post("/invites/", &body).await.expect(200).body["data"].clone();
    assert_eq!(sent["sent"], json!([one, two]));
    assert_eq!(sent["groups_assigned"], json!(true));
    let user = &sent["invites"][0]["user_id"];
    let whole = v2(&app)
        .get(&format!("/users/{user}/"))
        .await
        .expect(200)
        .body["data"]
        .clone();
    let groups = whole["permissions"][0]["groups"].as_array().unwrap().iter();
    let mut groups: Vec<_> = groups.map(|group| group["id"].to_string()).collect();
    groups.sort();
    let mut expected = vec![group.to_string(), default.to_string()];
    expected.sort();
    assert_eq!(groups, expected);
    assert_eq!(
        (&whole["email"], &whole["scim_managed"]),
        (&json!(one), &json!(false))
    );

    let list = v2(&app).get("/invites/").await.expect(200).body;
    assert_eq!(list["extra"]["pagination"]["total_count"], json!(2));
    let id = sent["invites"][0]["id"].as_i64().unwrap();
    let read = v2(&app)
        .get(&format!("/invites/{id}/"))
        .await
        .expect(200)
        .body["data"]
        .clone();
    for (field, value) in [
        ("status", json!(1)),
        ("type", json!("standard")),
        ("license_type", json!("read_only")),
        ("redeemed_at", Value::Null),
        // No mail is configured in the stack, and nobody hears of the account.
        ("sent_at", Value::Null),
        ("is_mailed", json!(false)),
        ("link", Value::Null),
        ("email_address", json!(one)),
        ("group_ids", json!([group])),
        ("user_id", user.clone()),
    ] {
        assert_eq!(read[field], value, "{field}");
    }
    let again = app
        .admin()
        .post(&format!("/invites/{id}/resend/"), &Value::Null)
        .await
        .expect(200);
    assert_eq!(again.body["data"]["id"], json!(id));
    app.admin()
        .delete(&format!("/invites/{id}/"))
        .await
        .expect(204);
    let read = app
        .admin()
        .get(&format!("/invites/{id}/"))
        .await
        .expect(200);
    assert_eq!(read.body["data"]["status"], json!(6));
    app.admin()
        .post(&format!("/invites/{id}/resend/"), &Value::Null)
        .await
        .expect(400);
    let pending = app
        .admin()
        .get("/invites/?status=pending")
        .await
        .expect(200);
    assert_eq!(pending.body["extra"]["pagination"]["total_count"], json!(1));
    app.admin().get("/invites/0/").await.expect(404);
}

/// Rules 8 and 11, M2: invitations come with users made over SCIM; by hand there are none while SCIM manages.
#[tokio::test]
async fn scim_invites_and_administrators_do_not() {
    let app = App::start().await;
    let user = app.scim.create_user(&unique("u")).await;
    let list = app
        .admin()
        .get(&format!("/invites/?user_id={user}"))
        .await
        .expect(200)
        .body;
    assert_eq!(
        (&list["data"][0]["type"], &list["data"][0]["status"]),
        (&json!("scim"), &json!(1))
    );
    let body = json!({"email_addresses": [address()], "license_type": "developer"});
    let refused = app.admin().post("/invites/", &body).await.expect(403);
    assert_eq!(error_code(&refused), "MANAGED_BY_SCIM");
    let list = app.admin().get("/users/").await.expect(200).body;
    assert_eq!(list["extra"]["pagination"]["total_count"], json!(1));
}

/// U35: all or none.
#[tokio::test]
async fn a_refused_batch_invites_nobody() {
    let app = App::start().await;
    app.allow_manual_updates(true).await;
    let (one, two) = (address(), address());
    app.admin()
        .post("/licenses/developer/", &json!({"total": 1}))
        .await
        .expect(200);
    let body = json!({"email_addresses": [one, two], "license_type": "developer"});
    let refused = app.admin().post("/invites/", &body).await.expect(400);
    assert_eq!(error_code(&refused), "NO_SEAT");
    for bad in [
        json!({"email_addresses": [], "license_type": "developer"}),
        json!({"email_addresses": ["nobody"], "license_type": "developer"}),
        json!({"email_addresses": [address()], "license_type": "gold"}),
        json!({"email_addresses": [address()], "group_ids": [uuid::Uuid::now_v7().to_string()]}),
        json!({"email_addresses": "a@acme.test"}),
        json!({}),
    ] {
        app.admin().post("/invites/", &bad).await.expect(400);
    }
    let list = app.admin().get("/users/").await.expect(200).body;
    assert_eq!(list["extra"]["pagination"]["total_count"], json!(0));
    let body = json!({"email_addresses": [one]});
    app.admin().post("/invites/", &body).await.expect(200);
    let twice = app.admin().post("/invites/", &body).await.expect(409);
    assert_eq!(error_code(&twice), "UNIQUENESS");
}
