//! `/admin-tokens/` (rule 12): the tokens that open the admin API and the console.

use serde_json::{Value, json};

use super::error_code;
use crate::harness::App;

const PATH: &str = "/admin-tokens/";

async fn make(app: &App, body: Value) -> Value {
    app.admin().post(PATH, &body).await.expect(200).body["data"].clone()
}

fn one(token: &Value) -> String {
    format!("{PATH}{}/", token["id"])
}

#[tokio::test]
async fn a_token_is_made_shown_once_used_and_deleted() {
    let app = App::start().await;
    let made = make(&app, json!({"name": "terraform"})).await;
    let secret = made["token_string"].as_str().unwrap();
    assert!(secret.starts_with(&format!("mst_admin_{}_", app.id())));
    assert!(made["expires_at"].is_string());
    assert_eq!(
        (&made["read_only"], &made["is_current"]),
        (&json!(false), &json!(false))
    );

    let mut shown = made.clone();
    shown.as_object_mut().unwrap().remove("token_string");
    let read = app.admin().get(&one(&made)).await.expect(200).body["data"].clone();
    assert_eq!(read, shown);
    let list = app.admin().get(PATH).await.expect(200).body;
    assert_eq!(list["extra"]["pagination"]["total_count"], json!(2));
    assert_eq!(list["data"][1], shown);
    assert_eq!(list["data"][0]["is_current"], json!(true));
    // It is none of SCIM's, nor is one of those here.
    let scim = app
        .admin()
        .get("/scim-config/tokens/")
        .await
        .expect(200)
        .body;
    assert_eq!(scim["extra"]["pagination"]["total_count"], json!(1));
    app.admin()
        .get(&format!("{PATH}{}/", scim["data"][0]["id"]))
        .await
        .expect(404);

    let client = app.admin().with_token(secret);
    client.get("/users/").await.expect(200);
    let own = client.get(PATH).await.expect(200).body;
    assert_eq!(own["data"][1]["is_current"], json!(true));
    app.admin().delete(&one(&made)).await.expect(204);
    client.get("/users/").await.expect(401);
    app.admin().delete(&one(&made)).await.expect(404);
    app.admin().get(&one(&made)).await.expect(404);
}

#[tokio::test]
async fn its_end_is_the_makers_to_say() {
    let app = App::start().await;
    let never = make(&app, json!({"name": "x", "never_expires": true})).await;
    assert_eq!(never["expires_at"], Value::Null);
    let until = json!({"name": "x", "expires_at": "2099-01-01T00:00:00Z", "read_only": true});
    let until = make(&app, until).await;
    assert_eq!(until["expires_at"], json!("2099-01-01T00:00:00.000Z"));
    assert_eq!(until["read_only"], json!(true));
    let reader = until["token_string"].as_str().unwrap();
    let reader = app.admin().with_token(reader);
    reader.get(PATH).await.expect(200);
    reader
        .post(PATH, &json!({"name": "more"}))
        .await
        .expect(403);
    for bad in [
        json!({}),
        json!({"name": ""}),
        json!({"name": "a\u{202e}b"}),
        json!({"name": "x", "expires_at": "2001-01-01T00:00:00Z"}),
        json!({"name": "x", "expires_at": "2099-01-01T00:00:00Z", "never_expires": true}),
        json!({"name": "x", "kind": "scim"}),
    ] {
        app.admin().post(PATH, &bad).await.expect(400);
    }
}

#[tokio::test]
async fn the_last_one_goes_only_if_that_is_meant() {
    let app = App::start().await;
    let list = app.admin().get(PATH).await.expect(200).body;
    let own = one(&list["data"][0]);
    for path in [own.clone(), format!("{own}?confirm=false")] {
        let refused = app.admin().delete(&path).await.expect(409);
        assert_eq!(error_code(&refused), "CONFIRMATION_REQUIRED");
        let message = refused.body["status"]["user_message"].as_str().unwrap();
        assert!(message.contains("confirm"), "{message}");
    }
    app.admin()
        .delete(&format!("{own}?confirm=x"))
        .await
        .expect(400);
    // Another account's is not there, and counts for nothing.
    let other = App::start().await;
    other.admin().delete(&own).await.expect(404);
    app.admin()
        .delete(&format!("{own}?confirm=true"))
        .await
        .expect(204);
    app.admin().get(PATH).await.expect(401);
}
