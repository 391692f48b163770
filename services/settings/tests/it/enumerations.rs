//! An enum value that this version does not know is refused wherever it stands, also where the field is not written.

use proto::{
    protocol::v1::{Actor, ErrorReason},
    settings::v1::{self as pb, Plan, ip_rule::Type},
};
use tonic::Status;

use crate::app::{App, actor, assert_refused};

const UNKNOWN: i32 = 99;

fn rule(r#type: i32) -> Option<pb::IpRule> {
    Some(pb::IpRule {
        name: "office".to_owned(),
        r#type,
        cidrs: vec!["192.0.2.0/24".to_owned()],
        ..pb::IpRule::default()
    })
}

#[tokio::test]
async fn an_unknown_plan_is_refused() {
    let mut app = App::start().await;
    let before = app.create(1, Plan::Enterprise).await.unwrap();
    let account = |id| {
        Some(pb::Account {
            id,
            name: "Emca".to_owned(),
            plan: UNKNOWN,
            ..pb::Account::default()
        })
    };
    let request = pb::CreateAccountRequest {
        account: account(2),
        actor: Some(actor()),
    };
    let refused = app.client.create_account(request).await;
    assert_refused(refused, ErrorReason::InvalidValue);
    for paths in [&[][..], &["name"], &["plan"], &["*"]] {
        let request = pb::UpdateAccountRequest {
            account: account(1),
            update_mask: Some(prost_types::FieldMask {
                paths: paths.iter().map(|&path| path.to_owned()).collect(),
            }),
            actor: Some(actor()),
        };
        let refused = app.client.update_account(request).await;
        assert_refused(refused, ErrorReason::InvalidValue);
    }
    assert_eq!(app.get(1).await.unwrap(), before);
}

#[tokio::test]
async fn an_unknown_type_of_a_rule_is_refused() {
    let mut app = App::start().await;
    app.create(1, Plan::Enterprise).await.unwrap();
    let request = pb::CreateIpRuleRequest {
        account_id: 1,
        ip_rule: rule(Type::Allow.into()),
        actor: Some(actor()),
        ..pb::CreateIpRuleRequest::default()
    };
    let unknown = pb::CreateIpRuleRequest {
        ip_rule: rule(UNKNOWN),
        ..request.clone()
    };
    let made = app.account.create_ip_rule(request).await.unwrap();
    let id = made.into_inner().ip_rule.unwrap().id;
    let before = app.get(1).await.unwrap();
    let refused = app.account.create_ip_rule(unknown).await;
    assert_refused(refused, ErrorReason::InvalidValue);
    for paths in [&[][..], &["name"], &["type"], &["*"]] {
        let request = pb::UpdateIpRuleRequest {
            account_id: 1,
            ip_rule: rule(UNKNOWN).map(|rule| pb::IpRule { id, ..rule }),
            update_mask: Some(prost_types::FieldMask {
                paths: paths.iter().map(|&path| path.to_owned()).collect(),
            }),
            actor: Some(actor()),
            ..pb::UpdateIpRuleRequest::default()
        };
        let refused = app.account.update_ip_rule(request).await;
        assert_refused(refused, ErrorReason::InvalidValue);
    }
    let request = pb::ReplaceIpRestrictionsRequest {
        account_id: 1,
        ip_restrictions: Some(pb::IpRestrictions {
            enabled: false,
            rules: rule(UNKNOWN).into_iter().collect(),
        }),
        actor: Some(actor()),
        confirm: false,
    };
    let refused = app.account.replace_ip_restrictions(request).await;
    assert_refused(refused, ErrorReason::InvalidValue);
    assert_eq!(app.get(1).await.unwrap(), before);
}

/// Every RPC that changes something takes the actor by one function; two stand for them.
#[tokio::test]
async fn an_unknown_kind_of_actor_is_refused() {
    let mut app = App::start().await;
    app.create(1, Plan::Enterprise).await.unwrap();
    let stranger = Some(Actor {
        kind: UNKNOWN,
        ..actor()
    });
    let seats = pb::UpdateLicenseSeatsRequest {
        account_id: 1,
        license_seats: Some(pb::LicenseSeats {
            license_type: "it".to_owned(),
            total: Some(1),
        }),
        actor: stranger.clone(),
    };
    let refused = app.account.update_license_seats(seats).await;
    assert_refused(refused, ErrorReason::InvalidValue);
    let webhook = pb::ReplaceWebhookRequest {
        account_id: 1,
        url: String::new(),
        actor: stranger,
    };
    let refused: Result<_, Status> = app.account.replace_webhook(webhook).await;
    assert_refused(refused, ErrorReason::InvalidValue);
}
