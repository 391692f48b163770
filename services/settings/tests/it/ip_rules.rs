//! Rule 14: IP rules written one at a time.

use futures::future::join_all;
use proto::{
    protocol::v1::ErrorReason,
    settings::v1::{self as pb, ip_rule::Type},
};
use tonic::Status;

use crate::app::{App, actor, assert_refused};

fn rule(name: &str, cidrs: &[&str]) -> pb::IpRule {
    pb::IpRule {
        name: name.to_owned(),
        r#type: Type::Allow.into(),
        cidrs: cidrs.iter().map(|&cidr| cidr.to_owned()).collect(),
        description: "the office".to_owned(),
        ..pb::IpRule::default()
    }
}

async fn create(app: &App, rule: pb::IpRule) -> Result<pb::IpRuleInSet, Status> {
    let request = pb::CreateIpRuleRequest {
        account_id: 1,
        ip_rule: Some(rule),
        enabled: None,
        actor: Some(actor()),
        confirm: true,
    };
    let mut client = app.account.clone();
    Ok(client.create_ip_rule(request).await?.into_inner())
}

async fn update(app: &App, rule: pb::IpRule, path: &str) -> Result<pb::IpRuleInSet, Status> {
    let request = pb::UpdateIpRuleRequest {
        account_id: 1,
        ip_rule: Some(rule),
        update_mask: Some(prost_types::FieldMask {
            paths: vec![path.to_owned()],
        }),
        enabled: Some(true),
        actor: Some(actor()),
        confirm: true,
        ..pb::UpdateIpRuleRequest::default()
    };
    let mut client = app.account.clone();
    Ok(client.update_ip_rule(request).await?.into_inner())
}

async fn delete(app: &App, id: i64) -> Result<(), Status> {
    let request = pb::DeleteIpRuleRequest {
        account_id: 1,
        id,
        actor: Some(actor()),
        confirm: true,
    };
    let mut client = app.account.clone();
    client.delete_ip_rule(request).await.map(drop)
}

async fn rules(app: &App) -> pb::IpRestrictions {
    let request = pb::GetIpRestrictionsRequest { account_id: 1 };
    let mut client = app.account.clone();
    client
        .get_ip_restrictions(request)
        .await
        .unwrap()
        .into_inner()
}

/// What others write meanwhile stays, whoever is first.
#[tokio::test]
async fn rules_written_at_once_are_all_there() {
    let mut app = App::start().await;
    app.create(1, pb::Plan::Team).await.unwrap();
    let names: Vec<String> = (0..16).map(|number| format!("rule {number}")).collect();
    let created = names
        .iter()
        .map(|name| create(&app, rule(name, &["10.0.0.0/8"])));
    for created in join_all(created).await {
        assert_eq!(created.unwrap().ip_rule.unwrap().description, "the office");
    }
    let mut found: Vec<_> = rules(&app).await.rules;
    assert_eq!(found.len(), 16);
    let gone = found.split_off(8);
    let (deleted, renamed) = tokio::join!(
        join_all(gone.iter().map(|rule| delete(&app, rule.id))),
        join_all(found.iter().map(|rule| {
            let id = rule.id;
            let rule = pb::IpRule {
                id,
                name: "other".to_owned(),
                ..pb::IpRule::default()
            };
            update(&app, rule, "name")
        })),
    );
    assert!(deleted.iter().all(Result::is_ok) && renamed.iter().all(Result::is_ok));
    let left = rules(&app).await;
    assert!(left.enabled);
    assert_eq!(left.rules.len(), 8);
    assert!(
        left.rules
            .iter()
            .all(|rule| rule.name == "other" && rule.cidrs == ["10.0.0.0/8"])
    );
}

#[tokio::test]
async fn one_rule_is_written_and_dated() {
    let mut app = App::start().await;
    app.create(1, pb::Plan::Team).await.unwrap();
    let made = create(&app, rule("office", &["192.0.2.9/24"]))
        .await
        .unwrap();
    assert!(!made.enabled);
    let made = made.ip_rule.unwrap();
    assert_eq!(made.cidrs, ["192.0.2.0/24"]);
    assert!(made.create_time.is_some() && made.create_time == made.update_time);
    let wanted = pb::IpRule {
        id: made.id,
        r#type: Type::Deny.into(),
        ..pb::IpRule::default()
    };
    let written = update(&app, wanted.clone(), "type").await.unwrap();
    let expected = pb::IpRule {
        r#type: Type::Deny.into(),
        update_time: written.ip_rule.clone().unwrap().update_time,
        ..made.clone()
    };
    assert_eq!(written.ip_rule, Some(expected));
    for path in ["id", "create_time"] {
        assert_refused(
            update(&app, wanted.clone(), path).await,
            ErrorReason::InvalidValue,
        );
    }
    let refused = update(&app, wanted.clone(), "cidrs").await;
    assert_refused(refused, ErrorReason::InvalidValue);
    let unknown = pb::IpRule { id: 99, ..wanted };
    assert_refused(
        update(&app, unknown, "type").await,
        ErrorReason::ResourceNotFound,
    );
    let bad = rule("office", &["192.0.2.0"]);
    assert_refused(create(&app, bad).await, ErrorReason::InvalidValue);
    delete(&app, made.id).await.unwrap();
    assert_refused(delete(&app, made.id).await, ErrorReason::ResourceNotFound);
    assert_eq!(rules(&app).await.rules, []);
}

/// An account has 100 rules with 2000 networks together at most, however they are written.
#[tokio::test]
async fn one_rule_too_many_is_refused() {
    let mut app = App::start().await;
    app.create(1, pb::Plan::Team).await.unwrap();
    let networks: Vec<String> = (0..2001)
        .map(|n| format!("10.{}.{}.0/24", n / 256, n % 256))
        .collect();
    let networks: Vec<&str> = networks.iter().map(String::as_str).collect();
    assert_refused(
        create(&app, rule("wide", &networks)).await,
        ErrorReason::InvalidValue,
    );
    let wide = create(&app, rule("wide", &networks[1..])).await.unwrap();
    assert_refused(
        create(&app, rule("one", &["::/0"])).await,
        ErrorReason::InvalidValue,
    );
    delete(&app, wide.ip_rule.unwrap().id).await.unwrap();
    for number in 0..100 {
        create(&app, rule(&number.to_string(), &["::/0"]))
            .await
            .unwrap();
    }
    assert_refused(
        create(&app, rule("one", &["::/0"])).await,
        ErrorReason::InvalidValue,
    );
}

/// What two write at once is not lost: each writes its fields, and only over what it has read.
#[tokio::test]
async fn fields_are_written_over_what_was_read() {
    let mut app = App::start().await;
    app.create(1, pb::Plan::Team).await.unwrap();
    let read = create(&app, rule("office", &["192.0.2.0/24"]))
        .await
        .unwrap();
    let read = read.ip_rule.unwrap();
    let write = async |field: &str, wanted: pb::IpRule| {
        let request = pb::UpdateIpRuleRequest {
            account_id: 1,
            ip_rule: Some(pb::IpRule {
                id: read.id,
                ..wanted
            }),
            update_mask: Some(prost_types::FieldMask {
                paths: vec![field.to_owned()],
            }),
            expected: Some(read.clone()),
            actor: Some(actor()),
            ..pb::UpdateIpRuleRequest::default()
        };
        app.account.clone().update_ip_rule(request).await
    };
    let wider = ["192.0.2.0/24", "198.51.100.0/24"];
    write("cidrs", rule("", &wider)).await.unwrap();
    write("name", rule("branch", &[])).await.unwrap();
    for (field, wanted) in [
        ("cidrs", rule("", &["192.0.2.0/24", "203.0.113.0/24"])),
        ("name", rule("factory", &[])),
    ] {
        let late = write(field, wanted).await;
        assert_refused(late, ErrorReason::EtagMismatch);
    }
    let now = rules(&app).await.rules.remove(0);
    assert_eq!(
        (&*now.name, now.cidrs),
        ("branch", wider.map(str::to_owned).to_vec())
    );
    assert_eq!(now.description, "the office");
}
