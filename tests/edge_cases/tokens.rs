//! Tokens: F16, rule 12. (With Redis away: `faults::redis_away`.)

use std::process::Command;

use serde_json::{Value, json};

use super::{eventually, everything};
use crate::{
    client::Client,
    harness::{App, required, unique},
};

const TOKENS: &str = "/scim-config/tokens/";

/// A SCIM token as its creation answers it.
async fn make(app: &App, more: Value) -> Value {
    let mut body = json!({"name": unique("okta")});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    app.admin().post(TOKENS, &body).await.expect(200).body["data"].clone()
}

fn secret(token: &Value) -> &str {
    token["token_string"].as_str().unwrap()
}

fn path(token: &Value) -> String {
    format!("{TOKENS}{}/", token["id"])
}

/// F16: a deleted token is refused from the next request on, everywhere; another of the account works.
#[tokio::test]
async fn f16_a_deleted_token() {
    let app = App::start().await;
    let (one, other) = (make(&app, json!({})).await, make(&app, json!({})).await);
    let (first, second) = (
        app.scim.with_token(secret(&one)),
        app.scim.with_token(secret(&other)),
    );
    let user = first.create_user(&unique("u")).await;
    // Warm in the cache, as in the middle of a sync.
    for _ in 0..5 {
        first.get("/Users").await.expect(200);
    }
    app.admin().delete(&path(&one)).await.expect(204);
    let before = everything(&app).await;
    for target in ["/Users", "/Groups", "/ServiceProviderConfig", "/Schemas"] {
        first.get(target).await.expect_error(401, None);
    }
    first
        .delete(&format!("/Users/{user}"))
        .await
        .expect_error(401, None);
    first
        .post("/Bulk", &json!({}))
        .await
        .expect_error(401, None);
    second.get(&format!("/Users/{user}")).await.expect(200);
    app.admin().get(&path(&one)).await.expect(404);
    app.admin().delete(&path(&one)).await.expect(404);
    assert_eq!(everything(&app).await, before);
}

/// Rule 12: several at once, each shown with its secret once; the list has id, name, created and last used.
#[tokio::test]
async fn rule_12_shown_once() {
    let app = App::start().await;
    let made = [make(&app, json!({})).await, make(&app, json!({})).await];
    assert_ne!(secret(&made[0]), secret(&made[1]));
    assert_eq!(made[0]["last_used"], Value::Null);
    // The same name twice is two tokens.
    make(&app, json!({"name": made[0]["name"]})).await;
    let list = app.admin().get(TOKENS).await.expect(200).body;
    assert_eq!(list["extra"]["pagination"]["total_count"], json!(4));
    for token in &made {
        let read = app.admin().get(&path(token)).await.expect(200).body["data"].clone();
        for field in ["id", "name", "created_at", "last_used"] {
            assert_eq!(read[field], token[field], "{field}");
        }
        for text in [&list, &read] {
            assert!(text.to_string().find(secret(token)).is_none());
            assert!(text.get("token_string").is_none());
        }
        assert!(list["data"].as_array().unwrap().contains(&read));
    }
    app.scim
        .with_token(secret(&made[0]))
        .get("/Users")
        .await
        .expect(200);
    eventually("the use is noted", async || {
        let read = app.admin().get(&path(&made[0])).await.expect(200);
        read.body["data"]["last_used"].is_string()
    })
    .await;
    let unused = app.admin().get(&path(&made[1])).await.expect(200);
    assert_eq!(unused.body["data"]["last_used"], Value::Null);
}

/// The CRC-32 that zip has, too.
fn crc32(text: &str) -> u32 {
    !text.bytes().fold(!0, |crc: u32, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            crc >> 1 ^ (0xEDB8_8320 & 0_u32.wrapping_sub(crc & 1))
        })
    })
}

/// Rule 12: the secret is known by its prefix, and by its checksum not to be a misspelt one.
#[tokio::test]
async fn rule_12_the_format() {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    assert_eq!(crc32("123456789"), 0xCBF4_3926);
    let app = App::start().await;
    let scim = secret(&make(&app, json!({})).await).to_owned();
    // That of an administrator says of which account.
    let admin = format!("mst_admin_{}_", app.id());
    for (text, prefix) in [(&scim, "mst_scim_"), (&app.admin().token, &*admin)] {
        let rest = text.strip_prefix(prefix).unwrap();
        assert_eq!(rest.len(), 49);
        assert!(rest.bytes().all(|byte| DIGITS.contains(&byte)));
        let (body, checksum) = text.split_at(text.len() - 6);
        let number = checksum.bytes().fold(0, |number: u64, byte| {
            number * 62 + DIGITS.iter().position(|digit| *digit == byte).unwrap() as u64
        });
        assert_eq!(number, u64::from(crc32(body)));
    }
}

/// Rule 12: a token opens its own surface of its own account, whole and in its own spelling.
#[tokio::test]
async fn rule_12_a_token_opens_its_own_surface() {
    let (app, other) = (App::start().await, App::start().await);
    let token = make(&app, json!({})).await;
    let scim = secret(&token);
    let shouted = scim.to_uppercase();
    let longer = format!("{scim}x");
    for wrong in [
        &other.scim.token,
        &app.admin().token,
        &other.admin().token,
        &shouted,
        &longer,
        &scim[..scim.len() - 1],
        "mst_scim_",
    ] {
        app.scim
            .with_token(wrong)
            .get("/Users")
            .await
            .expect_error(401, None);
        app.scim
            .with_token(wrong)
            .get("/ServiceProviderConfig")
            .await
            .expect_error(401, None);
    }
    for wrong in [scim, &app.scim.token, &other.admin().token] {
        for target in [
            "/scim-config/",
            "/users/",
            TOKENS,
            "/audit-logs/",
            "/audit-logs/export/",
        ] {
            let refused = app.admin().with_token(wrong).get(target).await.expect(401);
            assert_eq!(refused.body["data"], Value::Null);
        }
        app.admin()
            .with_token(wrong)
            .delete(&path(&token))
            .await
            .expect(401);
    }
    // Another account's administrator does not see it; nor are administrators' tokens among these.
    other.admin().get(&path(&token)).await.expect(404);
    other.admin().delete(&path(&token)).await.expect(404);
    app.scim.with_token(scim).get("/Users").await.expect(200);
    let list = app.admin().get(TOKENS).await.expect(200).body["data"].clone();
    assert_eq!(list.as_array().unwrap().len(), 2);
}

/// Rule 12: an expiry is kept to; one in the past is refused.
#[tokio::test]
async fn rule_12_expiry() {
    let app = App::start().await;
    let soon = chrono::Utc::now() + chrono::TimeDelta::seconds(3);
    let token = make(&app, json!({"expires_at": soon.to_rfc3339()})).await;
    assert_eq!(token["expires_soon"], json!(true));
    let client: Client = app.scim.with_token(secret(&token));
    client.get("/Users").await.expect(200);
    eventually("the token expires", async || {
        client.get("/Users").await.status == 401
    })
    .await;
    assert!(chrono::Utc::now() >= soon);
    app.scim.get("/Users").await.expect(200);
    for bad in ["2020-01-01T00:00:00Z", "tomorrow", ""] {
        let body = json!({"name": "late", "expires_at": bad});
        app.admin().post(TOKENS, &body).await.expect(400);
    }
    let far = make(&app, json!({"expires_at": "2999-01-01T00:00:00Z"})).await;
    assert_eq!(
        (&far["expires_soon"], &far["expires_at"]),
        (&json!(false), &json!("2999-01-01T00:00:00.000Z"))
    );
}

/// Rule 12: of the secret only the SHA-256 is stored.
#[tokio::test]
async fn rule_12_no_secret_is_stored() {
    let app = App::start().await;
    let token = make(&app, json!({})).await;
    app.scim
        .with_token(secret(&token))
        .get("/Users")
        .await
        .expect(200);
    let query = |text: &str| {
        let output = Command::new("psql")
            .args([
                "--no-psqlrc",
                "--tuples-only",
                "--no-align",
                "--dbname",
                &required("DATABASE_URL_TOKEN"),
                "--command",
                text,
            ])
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let row = query(&format!(
        "SELECT tokens::text FROM tokens WHERE account_id = {} AND id = {}",
        app.id(),
        token["id"]
    ));
    assert!(row.contains(token["name"].as_str().unwrap()));
    let random = secret(&token).strip_prefix("mst_scim_").unwrap();
    assert!(
        !row.contains(&random[..12]),
        "a part of the secret is stored"
    );
    assert_eq!(
        query(&format!(
            "SELECT count(*) FROM tokens WHERE account_id = {} AND secret_sha256 = sha256('{}')",
            app.id(),
            secret(&token)
        )),
        "1"
    );
}
