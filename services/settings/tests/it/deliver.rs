//! The account's webhook hears of its settings, too (issue 4).

use proto::settings::v1 as pb;
use testkit::Receiver;

use crate::app::{App, actor};

#[tokio::test]
async fn changes_of_settings_are_told() {
    let mut app = App::start().await;
    app.create(1, pb::Plan::Enterprise).await.unwrap();
    app.create(2, pb::Plan::Enterprise).await.unwrap();
    let mut receiver = Receiver::start().await;
    let request = pb::ReplaceWebhookRequest {
        account_id: 1,
        url: receiver.url.clone(),
        actor: Some(actor()),
    };
    let webhook = app.account.replace_webhook(request).await.unwrap();
    let secret = webhook.into_inner().secret;
    for account_id in [2, 1] {
        let request = pb::UpdateScimConfigurationRequest {
            account_id,
            scim_configuration: Some(pb::ScimConfiguration {
                enabled: true,
                ..pb::ScimConfiguration::default()
            }),
            actor: Some(actor()),
            ..Default::default()
        };
        app.client.update_scim_configuration(request).await.unwrap();
    }
    let request = pb::UpdateLicenseSeatsRequest {
        account_id: 1,
        license_seats: Some(pb::LicenseSeats {
            license_type: "developer".to_owned(),
            total: Some(3),
        }),
        actor: Some(actor()),
    };
    app.account.update_license_seats(request).await.unwrap();
    let mut heard = Vec::new();
    loop {
        let received = receiver.next().await;
        received.verify(&secret);
        let data = &received.body["data"];
        assert_eq!(data["account_id"], 1);
        assert_eq!(data["actor"]["name"], "terraform");
        let resource = data["resource_id"].as_str().unwrap().to_owned();
        // What came before the webhook may still be told: it was set before anybody looked.
        match received.kind() {
            "account.created" => {}
            kind => heard.push((kind.to_owned(), resource)),
        }
        if heard.len() == 3 {
            break;
        }
    }
    heard.sort();
    let expected = [
        ("license_seats.changed", "developer"),
        ("scim_config.changed", "1"),
        ("webhook.changed", "1"),
    ];
    let expected = expected.map(|(kind, id)| (kind.to_owned(), id.to_owned()));
    assert_eq!(heard, expected);
}

/// What is asked for a delivery does not wait for a connection that the asker holds.
#[tokio::test]
async fn one_connection_is_enough() {
    let mut app = App::start_with_one_connection().await;
    app.create(1, pb::Plan::Enterprise).await.unwrap();
    let mut receiver = Receiver::start().await;
    let request = pb::ReplaceWebhookRequest {
        account_id: 1,
        url: receiver.url.clone(),
        actor: Some(actor()),
    };
    app.account.replace_webhook(request).await.unwrap();
    let mut kind = String::new();
    while kind != "webhook.changed" {
        receiver.next().await.kind().clone_into(&mut kind);
    }
}

/// While a receiver changes over, both secrets sign.
#[tokio::test]
async fn both_secrets_sign_for_a_day() {
    let mut app = App::start().await;
    app.create(1, pb::Plan::Enterprise).await.unwrap();
    let mut receiver = Receiver::start().await;
    let request = pb::ReplaceWebhookRequest {
        account_id: 1,
        url: receiver.url.clone(),
        actor: Some(actor()),
    };
    let made = app.account.replace_webhook(request).await.unwrap();
    let old = made.into_inner().secret;
    while receiver.next().await.kind() != "webhook.changed" {}
    let request = pb::RotateWebhookSecretRequest {
        account_id: 1,
        actor: Some(actor()),
    };
    let rotated = app.account.rotate_webhook_secret(request).await.unwrap();
    let received = receiver.next().await;
    assert_eq!(received.body["data"]["changed_attributes"][0], "secret");
    received.verify(&old);
    received.verify(&rotated.into_inner().secret);
}
