//! `/webhook/`, and what tokens say of their end.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::harness::App;

#[tokio::test]
async fn a_webhook_shows_its_secret_once() {
    let app = App::start().await;
    let path = "/webhook/";
    assert_eq!(
        app.admin().get(path).await.expect(200).body["data"],
        json!({"url": null, "old_secret_expires_at": null})
    );
    let url = "https://hooks.example.com/muster";
    let made = app
        .admin()
        .post(path, &json!({"url": url}))
        .await
        .expect(200)
        .body["data"]
        .clone();
    assert_eq!(made["url"], json!(url));
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    let read = app.admin().get(path).await.expect(200).body;
    assert_eq!(
        read["data"],
        json!({"url": url, "old_secret_expires_at": null})
    );
    for bad in [
        json!({"url": "no url"}),
        json!({"url": "ftp://x.example"}),
        json!({"url": 5}),
        json!({"uri": url}),
    ] {
        app.admin().post(path, &bad).await.expect(400);
    }
    let dead = app
        .admin()
        .get("/webhook/dead-deliveries/")
        .await
        .expect(200)
        .body;
    assert_eq!(dead["data"], json!([]));
    let none = app
        .admin()
        .post(path, &json!({"url": null}))
        .await
        .expect(200)
        .body["data"]
        .clone();
    assert_eq!(
        (&none["url"], &none["secret"]),
        (&Value::Null, &Value::Null)
    );
}

/// Rule 12: the end of a token is announced a month ahead.
#[tokio::test]
async fn a_token_says_that_it_ends_soon() {
    let app = App::start().await;
    let path = "/scim-config/tokens/";
    for (days, soon) in [(None, false), (Some(40), false), (Some(20), true)] {
        let end = days.map(|days| (Utc::now() + TimeDelta::days(days)).to_rfc3339());
        let made = app
            .admin()
            .post(path, &json!({"name": "x", "expires_at": end}))
            .await
            .expect(200)
            .body["data"]
            .clone();
        assert_eq!(made["expires_soon"], json!(soon));
        let read = app
            .admin()
            .get(&format!("{path}{}/", made["id"]))
            .await
            .expect(200)
            .body;
        assert_eq!(
            (
                &read["data"]["expires_soon"],
                read["data"]["expires_at"].is_string()
            ),
            (&json!(soon), days.is_some())
        );
        let list = app.admin().get(path).await.expect(200).body;
        let listed = list["data"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["id"] == made["id"]);
        assert_eq!(listed.unwrap()["expires_soon"], json!(soon));
    }
}
