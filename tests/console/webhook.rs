//! The webhook in the console: its secret, and what the page says of the deliveries.

use std::time::Duration;

use serde_json::{Value, json};

use super::Browser;
use crate::harness::App;

const URL: &str = "https://hooks.northwind.invalid/muster";

fn secret_in(page: &super::Page) -> String {
    let secret = page.between(r#"<input id="secret" readonly value=""#, "\"");
    assert!(secret.starts_with("whsec_"), "{secret}");
    secret.to_owned()
}

/// Saving keeps the secret; only rolling it makes another, and the page says until when both sign.
#[tokio::test]
async fn a_secret_changes_when_it_is_rolled() {
    let app = App::start().await;
    let browser = Browser::sign_in(&app).await;
    let page = browser.post("/webhook", &[("url", URL)]).await.expect(200);
    let first = secret_in(&page);
    for url in [URL, "https://hooks.northwind.invalid/other"] {
        let page = browser.post("/webhook", &[("url", url)]).await;
        assert_eq!(page.leads(), "/webhook?done=saved");
    }
    browser.get("/webhook").await.lacks("with the old one too");
    let page = browser.confirm("/webhook/secret", &[]).await.expect(200);
    assert_ne!(secret_in(&page), first);
    page.says("signed with the old secret too");
    browser.get("/webhook").await.says("with the old one too");
    let page = browser.post("/webhook/secret", &[]).await.expect(200);
    page.says("rolled less than a day ago");

    let rotate = "/webhook/rotate-secret/";
    let rotated = app.admin().post(rotate, &Value::Null).await.expect(200);
    assert!(
        rotated.body["data"]["secret"]
            .as_str()
            .unwrap()
            .starts_with("whsec_")
    );
    let end = rotated.body["data"]["old_secret_expires_at"].clone();
    assert!(end.is_string());
    let read = app.admin().get("/webhook/").await.expect(200);
    assert_eq!(read.body["data"]["old_secret_expires_at"], end);
    let again = json!({"url": "https://hooks.northwind.invalid/other"});
    let written = app.admin().post("/webhook/", &again).await.expect(200);
    assert_eq!(written.body["data"]["secret"], Value::Null);
    app.admin()
        .post("/webhook/", &json!({"url": null}))
        .await
        .expect(200);
    app.admin().post(rotate, &Value::Null).await.expect(400);
}

/// While nothing arrives the page says so, with the reason; the admin API too.
#[tokio::test]
async fn the_page_says_that_nothing_arrives() {
    let app = App::start().await;
    let browser = Browser::sign_in(&app).await;
    browser.get("/webhook").await.says("not sent anywhere");
    browser.post("/webhook", &[("url", URL)]).await.expect(200);
    app.scim.create_user("ann@acme.test").await;
    app.scim.create_user("bob@acme.test").await;
    let status = async |service: &str| {
        let found = app.admin().get("/webhook/status/").await.expect(200);
        let found = found.body["data"].as_array().unwrap().clone();
        let one = found.into_iter().find(|one| one["service"] == service);
        one.unwrap()
    };
    for attempt in 1.. {
        if status("identity").await["last_error"] == "no connection" {
            break;
        }
        assert!(
            attempt < 200,
            "no attempt fails: {}",
            status("identity").await
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let people = status("identity").await;
    assert!(people["pending_count"].as_i64().unwrap() >= 2, "{people}");
    for time in ["oldest_pending_at", "next_attempt_at", "last_failure_at"] {
        assert!(people[time].is_string(), "{time}: {people}");
    }
    assert_eq!(
        (&people["last_success_at"], &people["dead_count"]),
        (&Value::Null, &json!(0))
    );
    let page = browser.get("/webhook").await.expect(200);
    page.says("changes wait, the oldest since")
        .says(": no connection. The next attempt is due")
        .lacks("has arrived");
}

/// A URL that nothing could be delivered to is refused with the reason, and what was typed stays.
#[tokio::test]
async fn urls_that_lead_nowhere_are_refused() {
    let app = App::start().await;
    let browser = Browser::sign_in(&app).await;
    for (url, why) in [
        ("http://127.0.0.1:9/x", "https://"),
        ("http://hooks.example/x", "https://"),
        ("https://127.0.0.1:9/x", "private network"),
        ("https://10.1.2.3/x", "private network"),
        ("https://[::1]/x", "private network"),
        ("https://localhost/x", "private network"),
        (
            "https://ex\u{e4}mple.com/x",
            "must be written as https://xn--",
        ),
    ] {
        let page = browser.post("/webhook", &[("url", url)]).await.expect(400);
        page.says("role=\"alert\"")
            .says(why)
            .says(&format!("value=\"{url}\""));
        app.admin()
            .post("/webhook/", &json!({"url": url}))
            .await
            .expect(400);
    }
    let read = app.admin().get("/webhook/").await.expect(200);
    assert_eq!(read.body["data"]["url"], Value::Null);
}
