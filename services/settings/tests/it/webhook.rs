use diesel_async::RunQueryDsl;
use proto::{protocol::v1::ErrorReason, settings::v1 as pb};
use storage::postgres;
use tonic::Status;

use crate::app::{App, actor, assert_refused};

const URL: &str = "https://hooks.example.com/muster";

async fn replace(app: &mut App, account_id: i64, url: &str) -> Result<pb::Webhook, Status> {
    let request = pb::ReplaceWebhookRequest {
        account_id,
        url: url.to_owned(),
        actor: Some(actor()),
    };
    let response = app.account.replace_webhook(request).await?;
    Ok(response.into_inner())
}

async fn get(app: &mut App, account_id: i64, with_secret: bool) -> Result<pb::Webhook, Status> {
    let request = pb::GetWebhookRequest {
        account_id,
        with_secret,
    };
    Ok(app.account.get_webhook(request).await?.into_inner())
}

#[tokio::test]
async fn the_secret_is_made_here_and_shown_to_deliverers() {
    let mut app = App::start().await;
    app.create(1, pb::Plan::Enterprise).await.unwrap();
    for with_secret in [false, true] {
        let none = pb::Webhook::default();
        assert_eq!(get(&mut app, 1, with_secret).await.unwrap(), none);
    }
    let first = replace(&mut app, 1, URL).await.unwrap();
    assert_eq!(first.url, URL);
    assert!(first.secret.starts_with("whsec_"));
    assert_eq!(first.secret.len(), "whsec_".len() + 44);
    assert_eq!(get(&mut app, 1, true).await.unwrap(), first.clone());
    let shown = pb::Webhook {
        secret: String::new(),
        ..first.clone()
    };
    assert_eq!(get(&mut app, 1, false).await.unwrap(), shown);

    // The same URL once more, and another: the secret stays, and is not shown again.
    for url in [URL, "https://hooks.example.com/other"] {
        let kept = pb::Webhook {
            url: url.to_owned(),
            ..pb::Webhook::default()
        };
        assert_eq!(replace(&mut app, 1, url).await.unwrap(), kept);
        let known = pb::Webhook {
            secret: first.secret.clone(),
            ..kept
        };
        assert_eq!(get(&mut app, 1, true).await.unwrap(), known);
    }

    for _ in 0..2 {
        assert_eq!(
            replace(&mut app, 1, "").await.unwrap(),
            pb::Webhook::default()
        );
        assert_eq!(
            get(&mut app, 1, true).await.unwrap(),
            pb::Webhook::default()
        );
    }
    let expected = [
        ("account.created", "name plan"),
        ("webhook.changed", "url secret"),
        ("webhook.changed", "url"),
        ("webhook.changed", "url secret"),
    ];
    let expected = expected.map(|(kind, names)| (kind.to_owned(), names.to_owned()));
    assert_eq!(app.kinds().await, expected);
}

/// A new secret is made when it is asked for; the one before goes on signing for a day.
#[tokio::test]
async fn a_secret_is_rotated_with_an_overlap() {
    let mut app = App::start().await;
    app.create(1, pb::Plan::Enterprise).await.unwrap();
    let rotating = |account_id| pb::RotateWebhookSecretRequest {
        account_id,
        actor: Some(actor()),
    };
    let none = app.account.rotate_webhook_secret(rotating(1)).await;
    assert_refused(none, ErrorReason::InvalidValue);
    let first = replace(&mut app, 1, URL).await.unwrap().secret;
    let mut before = first.clone();
    for _ in 0..2 {
        let rotated = app.account.rotate_webhook_secret(rotating(1)).await;
        let rotated = rotated.unwrap().into_inner();
        assert_eq!((&*rotated.url, &*rotated.old_secret), (URL, ""));
        assert_ne!(rotated.secret, before);
        let known = get(&mut app, 1, true).await.unwrap();
        assert_eq!(
            (&known.secret, &known.old_secret),
            (&rotated.secret, &before)
        );
        assert_eq!(known.old_secret_expire_time, rotated.old_secret_expire_time);
        before = rotated.secret;
    }
    let shown = get(&mut app, 1, false).await.unwrap();
    assert_eq!((&*shown.secret, &*shown.old_secret), ("", ""));
    let end = shown.old_secret_expire_time.unwrap().seconds;
    let day = end - app.get(1).await.unwrap().update_time.unwrap().seconds;
    assert_eq!(day, 24 * 3600);

    // A day later.
    let pool = postgres::pool(&app.config.database).unwrap();
    diesel::sql_query("UPDATE webhooks SET old_secret_expires_at = now()")
        .execute(&mut postgres::connect(&pool).await.unwrap())
        .await
        .unwrap();
    let alone = pb::Webhook {
        url: URL.to_owned(),
        secret: before,
        ..pb::Webhook::default()
    };
    assert_eq!(get(&mut app, 1, true).await.unwrap(), alone);
    let other = app.account.rotate_webhook_secret(rotating(2)).await;
    assert_refused(other, ErrorReason::ResourceNotFound);
    assert_eq!(app.changes().await.len(), 4);
}

/// What could never be delivered to is refused at once; the operator may allow private networks.
#[tokio::test]
async fn a_url_that_leads_nowhere_is_refused() {
    let mut app = App::start_for_the_public().await;
    app.create(1, pb::Plan::Enterprise).await.unwrap();
    for url in [
        "http://hooks.example.com/",
        "https://127.0.0.1:9/x",
        "https://localhost/",
    ] {
        let refused = replace(&mut app, 1, url).await;
        assert!(
            refused
                .clone()
                .unwrap_err()
                .message()
                .starts_with("url must")
        );
        assert_refused(refused, ErrorReason::InvalidValue);
    }
    replace(&mut app, 1, URL).await.unwrap();
}

#[tokio::test]
async fn neither_the_account_nor_the_change_log_holds_the_secret_or_the_url() {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        text: String,
    }
    let mut app = App::start().await;
    app.create(1, pb::Plan::Enterprise).await.unwrap();
    let webhook = replace(&mut app, 1, URL).await.unwrap();
    let shown = format!("{:?}", app.get(1).await.unwrap());
    assert!(!shown.contains(&webhook.secret) && !shown.contains(URL));
    let pool = postgres::pool(&app.config.database).unwrap();
    let rows: Vec<Row> = diesel::sql_query("SELECT changes::text AS text FROM changes")
        .load(&mut postgres::connect(&pool).await.unwrap())
        .await
        .unwrap();
    assert_eq!(rows.len(), 2);
    for row in rows {
        assert!(!row.text.contains("whsec_") && !row.text.contains("hooks"));
    }
}

#[tokio::test]
async fn bad_requests_are_refused_and_change_nothing() {
    let mut app = App::start().await;
    app.create(1, pb::Plan::Enterprise).await.unwrap();
    let before = replace(&mut app, 1, URL).await.unwrap();
    for url in ["hooks", "ftp://example.com/", "https://a:b@example.com/"] {
        assert_refused(replace(&mut app, 1, url).await, ErrorReason::InvalidValue);
    }
    let request = pb::ReplaceWebhookRequest {
        account_id: 1,
        url: URL.to_owned(),
        actor: None,
    };
    let result = app.account.replace_webhook(request).await;
    assert_refused(result, ErrorReason::InvalidValue);
    for id in [2, 0, -1] {
        let result = replace(&mut app, id, URL).await;
        assert_refused(result, ErrorReason::ResourceNotFound);
        let result = get(&mut app, id, true).await;
        assert_refused(result, ErrorReason::ResourceNotFound);
    }
    assert_eq!(get(&mut app, 1, true).await.unwrap(), before);
    assert_eq!(app.changes().await.len(), 2);
}
