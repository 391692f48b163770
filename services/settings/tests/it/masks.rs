//! Field masks (AIP-134): absent, those that are set are written; `*`, all; named, those.

use prost_types::FieldMask;
use proto::{
    protocol::v1::ErrorReason,
    settings::v1::{self as pb, Plan, ip_rule::Type},
};
use tonic::Status;

use crate::app::{App, actor, assert_refused};

fn mask(paths: &[&str]) -> Option<FieldMask> {
    let paths = paths.iter().map(|&path| path.to_owned()).collect();
    Some(FieldMask { paths })
}

/// Absent, and empty, which is the same on the wire.
fn no_mask() -> [Option<FieldMask>; 2] {
    [None, mask(&[])]
}

async fn configure(
    app: &App,
    configuration: pb::ScimConfiguration,
    update_mask: Option<FieldMask>,
) -> Result<pb::ScimConfiguration, Status> {
    let request = pb::UpdateScimConfigurationRequest {
        account_id: 1,
        scim_configuration: Some(configuration),
        update_mask,
        actor: Some(actor()),
    };
    let mut client = app.client.clone();
    let written = client.update_scim_configuration(request).await?;
    Ok(written.into_inner())
}

fn switches(enabled: bool, manual: bool, license: bool) -> pb::ScimConfiguration {
    pb::ScimConfiguration {
        enabled,
        manual_updates_allowed: manual,
        scim_controlled_license_type: license,
    }
}

#[tokio::test]
async fn without_a_mask_nothing_is_switched_off() {
    let mut app = App::start().await;
    app.create(1, Plan::Enterprise).await.unwrap();
    configure(&app, switches(true, false, true), None)
        .await
        .unwrap();
    for mask in no_mask() {
        let written = configure(&app, switches(false, true, false), mask).await;
        assert_eq!(written.unwrap(), switches(true, true, true));
    }
    let written = configure(&app, switches(false, false, false), None).await;
    assert_eq!(written.unwrap(), switches(true, true, true));
    let named = mask(&["manual_updates_allowed"]);
    let written = configure(&app, switches(false, false, false), named).await;
    assert_eq!(written.unwrap(), switches(true, false, true));
    let written = configure(&app, switches(false, true, false), mask(&["*"])).await;
    assert_eq!(written.unwrap(), switches(false, true, false));
    for bad in [&["*", "enabled"][..], &["**"], &["options"], &[""]] {
        let refused = configure(&app, switches(true, true, true), mask(bad)).await;
        assert_refused(refused, ErrorReason::InvalidValue);
    }
    let account = app.get(1).await.unwrap();
    assert_eq!(
        account.scim_configuration,
        Some(switches(false, true, false))
    );
}

#[tokio::test]
async fn options_without_a_mask_are_those_that_are_set() {
    let mut app = App::start().await;
    app.create(1, Plan::Enterprise).await.unwrap();
    let write = async |options: pb::AccountOptions, update_mask| {
        let request = pb::UpdateAccountOptionsRequest {
            account_id: 1,
            options: Some(options),
            update_mask,
            actor: Some(actor()),
        };
        let mut client = app.client.clone();
        let written = client.update_account_options(request).await;
        written.unwrap().into_inner()
    };
    let first = pb::AccountOptions {
        default_license_type: "it".to_owned(),
        strict: true,
        ..pb::AccountOptions::default()
    };
    assert_eq!(write(first.clone(), None).await, first);
    let second = pb::AccountOptions {
        allow_admin_lockout: true,
        ..pb::AccountOptions::default()
    };
    let both = pb::AccountOptions {
        allow_admin_lockout: true,
        ..first.clone()
    };
    for mask in no_mask() {
        assert_eq!(write(second.clone(), mask).await, both);
    }
    assert_eq!(write(second.clone(), mask(&["*"])).await, second);
}

#[tokio::test]
async fn an_account_is_written_by_the_same_rule() {
    let mut app = App::start().await;
    app.create(1, Plan::Enterprise).await.unwrap();
    let write = async |name: &str, plan: Plan, update_mask| {
        let request = pb::UpdateAccountRequest {
            account: Some(pb::Account {
                id: 1,
                name: name.to_owned(),
                plan: plan.into(),
                ..pb::Account::default()
            }),
            update_mask,
            actor: Some(actor()),
        };
        let mut client = app.client.clone();
        let written = client.update_account(request).await?.into_inner();
        Ok::<_, Status>((written.name.clone(), written.plan()))
    };
    for update_mask in no_mask() {
        let written = write("Emca", Plan::Unspecified, update_mask).await.unwrap();
        assert_eq!(written, ("Emca".to_owned(), Plan::Enterprise));
    }
    let written = write("", Plan::Team, None).await.unwrap();
    assert_eq!(written, ("Emca".to_owned(), Plan::Team));
    let written = write("Acme", Plan::Enterprise, mask(&["*"])).await.unwrap();
    assert_eq!(written, ("Acme".to_owned(), Plan::Enterprise));
    for (name, plan) in [("", Plan::Team), ("x", Plan::Unspecified)] {
        let refused = write(name, plan, mask(&["*"])).await;
        assert_refused(refused, ErrorReason::InvalidValue);
    }
}

#[tokio::test]
async fn an_ip_rule_is_written_by_the_same_rule() {
    let mut app = App::start().await;
    app.create(1, Plan::Enterprise).await.unwrap();
    let rule = pb::IpRule {
        name: "office".to_owned(),
        r#type: Type::Allow.into(),
        cidrs: vec!["192.0.2.0/24".to_owned()],
        description: "the office".to_owned(),
        ..pb::IpRule::default()
    };
    let request = pb::CreateIpRuleRequest {
        account_id: 1,
        ip_rule: Some(rule.clone()),
        actor: Some(actor()),
        ..pb::CreateIpRuleRequest::default()
    };
    let made = app.account.create_ip_rule(request).await.unwrap();
    let id = made.into_inner().ip_rule.unwrap().id;
    let write = async |rule: pb::IpRule, update_mask| {
        let request = pb::UpdateIpRuleRequest {
            account_id: 1,
            ip_rule: Some(pb::IpRule { id, ..rule }),
            update_mask,
            actor: Some(actor()),
            ..pb::UpdateIpRuleRequest::default()
        };
        let mut client = app.account.clone();
        let written = client.update_ip_rule(request).await?.into_inner();
        let written = written.ip_rule.unwrap_or_default();
        Ok::<_, Status>((written.name.clone(), written.r#type(), written.description))
    };
    let renamed = pb::IpRule {
        name: "home".to_owned(),
        ..pb::IpRule::default()
    };
    let expected = ("home".to_owned(), Type::Allow, "the office".to_owned());
    for mask in no_mask() {
        assert_eq!(write(renamed.clone(), mask).await.unwrap(), expected);
    }
    let refused = write(renamed, mask(&["*"])).await;
    assert_refused(refused, ErrorReason::InvalidValue);
    let whole = pb::IpRule {
        r#type: Type::Deny.into(),
        cidrs: vec!["203.0.113.0/24".to_owned()],
        description: String::new(),
        ..rule
    };
    let written = write(whole, mask(&["*"])).await.unwrap();
    assert_eq!(written, ("office".to_owned(), Type::Deny, String::new()));
}
