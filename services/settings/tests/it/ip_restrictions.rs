use proto::{
    protocol::v1::ErrorReason,
    settings::v1::{self as pb, ip_rule::Type},
};
use tonic::Status;

use crate::app::{App, actor, assert_refused};

fn rule(id: i64, name: &str, r#type: Type, cidrs: &[&str]) -> pb::IpRule {
    pb::IpRule {
        id,
        name: name.to_owned(),
        r#type: r#type.into(),
        cidrs: cidrs.iter().map(|&cidr| cidr.to_owned()).collect(),
        ..Default::default()
    }
}

fn on(rules: Vec<pb::IpRule>) -> pb::IpRestrictions {
    pb::IpRestrictions {
        enabled: true,
        rules,
    }
}

async fn replace(
    app: &mut App,
    account_id: i64,
    wanted: pb::IpRestrictions,
) -> Result<pb::IpRestrictions, Status> {
    let request = pb::ReplaceIpRestrictionsRequest {
        account_id,
        ip_restrictions: Some(wanted),
        actor: Some(actor()),
        confirm: true,
    };
    let response = app.account.replace_ip_restrictions(request).await?;
    Ok(response.into_inner())
}

async fn get(app: &mut App, account_id: i64) -> Result<pb::IpRestrictions, Status> {
    let request = pb::GetIpRestrictionsRequest { account_id };
    let response = app.account.get_ip_restrictions(request).await?;
    Ok(response.into_inner())
}

/// E16, product rule 14: both families, canonical, and rules keep their numbers.
#[tokio::test]
async fn the_rules_are_replaced_whole() {
    let mut app = App::start().await;
    let account = app.create(1, pb::Plan::Enterprise).await.unwrap();
    let none = pb::IpRestrictions::default();
    assert_eq!(account.ip_restrictions, Some(none.clone()));
    assert_eq!(get(&mut app, 1).await.unwrap(), none.clone());

    let office = ["192.0.2.77/24", "2001:DB8::1/32", "192.0.2.0/24"];
    let wanted = on(vec![
        rule(0, "office", Type::Allow, &office),
        rule(0, "guests", Type::Deny, &["192.0.2.128/25"]),
    ]);
    let written = replace(&mut app, 1, wanted).await.unwrap();
    let [office, guests] = &written.rules[..] else {
        panic!("two rules")
    };
    assert_eq!(office.cidrs, ["192.0.2.0/24", "2001:db8::/32"]);
    assert_eq!(
        (office.r#type(), guests.r#type()),
        (Type::Allow, Type::Deny)
    );
    assert!(0 < office.id && office.id < guests.id);
    assert_eq!(get(&mut app, 1).await.unwrap(), written);
    assert_eq!(
        app.get(1).await.unwrap().ip_restrictions.as_ref(),
        Some(&written)
    );

    // The guests go, the office moves, the VPN comes; then all is the same; then off.
    let wanted = on(vec![
        rule(office.id, "office", Type::Allow, &["198.51.100.0/24"]),
        rule(0, "vpn", Type::Allow, &["203.0.113.7/32"]),
    ]);
    let moved = replace(&mut app, 1, wanted).await.unwrap();
    assert_eq!(moved.rules[0].id, office.id);
    assert_eq!(moved.rules[0].cidrs, ["198.51.100.0/24"]);
    assert!(moved.rules[1].id > guests.id);
    let before = app.get(1).await.unwrap();
    assert_eq!(
        replace(&mut app, 1, moved.clone()).await.unwrap(),
        moved.clone()
    );
    assert_eq!(app.get(1).await.unwrap(), before, "nothing changed");
    let off = pb::IpRestrictions {
        enabled: false,
        ..moved
    };
    assert_eq!(replace(&mut app, 1, off.clone()).await.unwrap(), off);
    assert_eq!(replace(&mut app, 1, none.clone()).await.unwrap(), none);
    let expected = [
        ("account.created", "name plan"),
        ("ip_restrictions.changed", "enabled rules"),
        ("ip_restrictions.changed", "rules"),
        ("ip_restrictions.changed", "enabled"),
        ("ip_restrictions.changed", "rules"),
    ];
    let expected = expected.map(|(kind, names)| (kind.to_owned(), names.to_owned()));
    assert_eq!(app.kinds().await, expected);
}

#[tokio::test]
async fn bad_requests_are_refused_and_change_nothing() {
    let mut app = App::start().await;
    for id in [1, 2] {
        app.create(id, pb::Plan::Enterprise).await.unwrap();
    }
    let theirs = on(vec![rule(0, "theirs", Type::Allow, &["::/0"])]);
    let theirs = replace(&mut app, 2, theirs).await.unwrap().rules[0].id;
    let one = "192.0.2.0/24";
    let many: Vec<_> = (0..2001)
        .map(|number| format!("10.0.{}.{}/32", number / 256, number % 256))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let before = app.get(1).await.unwrap();
    for bad in [
        vec![rule(0, "a", Type::Unspecified, &[one])],
        vec![rule(0, "", Type::Allow, &[one])],
        vec![rule(0, "a\nb", Type::Allow, &[one])],
        vec![rule(0, "a\u{1b}[2Jb", Type::Allow, &[one])],
        vec![rule(0, "a\u{202e}b", Type::Allow, &[one])],
        vec![rule(0, "a\u{2029}b", Type::Allow, &[one])],
        vec![rule(0, "a", Type::Allow, &[])],
        vec![rule(0, "a", Type::Allow, &["192.0.2.7"])],
        vec![rule(0, "a", Type::Allow, &[one, "office"])],
        vec![rule(theirs, "a", Type::Allow, &[one])],
        vec![rule(0, "a", Type::Allow, &many)],
        (0..101)
            .map(|_| rule(0, "a", Type::Allow, &[one]))
            .collect(),
    ] {
        assert_refused(
            replace(&mut app, 1, on(bad)).await,
            ErrorReason::InvalidValue,
        );
    }
    for (ip_restrictions, actor) in [(None, Some(actor())), (Some(on(Vec::new())), None)] {
        let request = pb::ReplaceIpRestrictionsRequest {
            account_id: 1,
            ip_restrictions,
            actor,
            confirm: false,
        };
        let result = app.account.replace_ip_restrictions(request).await;
        assert_refused(result, ErrorReason::InvalidValue);
    }
    for id in [3, 0, -1] {
        assert_refused(get(&mut app, id).await, ErrorReason::ResourceNotFound);
        let result = replace(&mut app, id, on(Vec::new())).await;
        assert_refused(result, ErrorReason::ResourceNotFound);
    }
    assert_eq!(app.get(1).await.unwrap(), before);
    assert_eq!(app.changes().await.len(), 3);
}

#[tokio::test]
async fn as_many_networks_as_may_be_are_read_back() {
    let mut app = App::start().await;
    app.create(1, pb::Plan::Enterprise).await.unwrap();
    let many: Vec<_> = (1..=2000)
        .map(|number| format!("2001:db8:{number:x}::/48"))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let wanted = on(vec![rule(0, "AzureActiveDirectory", Type::Allow, &many)]);
    replace(&mut app, 1, wanted).await.unwrap();
    let account = app.get(1).await.unwrap();
    assert!(account.ip_restrictions.unwrap().rules[0].cidrs == many);
}
