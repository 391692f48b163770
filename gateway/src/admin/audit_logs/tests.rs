use proto::protocol::v1::{Actor, Change, MemberChange, ValueChange, actor::Kind};
use serde_json::json;

use super::{Names, csv, describe, events};

fn change(actor_name: &str) -> Change {
    Change {
        id: "0193a000-0000-7000-8000-000000000001".to_owned(),
        account_id: 1,
        kind: "group.members_changed".to_owned(),
        resource_id: "7".to_owned(),
        changed_attributes: vec!["members".to_owned(), "displayName".to_owned()],
        resource_name: "Ops".to_owned(),
        changed_values: vec![ValueChange {
            attribute: "displayName".to_owned(),
            old_value: Some("Platform".to_owned()),
            new_value: Some("Ops".to_owned()),
        }],
        members_joined: Some(MemberChange {
            member_ids: vec!["1".to_owned()],
            count: 2000,
        }),
        actor: Some(Actor {
            kind: Kind::ScimToken.into(),
            id: "3".to_owned(),
            name: actor_name.to_owned(),
            request_id: "r".to_owned(),
            ip_address: "192.0.2.1".to_owned(),
        }),
        create_time: Some(prost_types::Timestamp {
            seconds: 1,
            nanos: 500_000_000,
        }),
        ..Change::default()
    }
}

/// A2.
#[test]
fn an_event_says_who_did_what() {
    let expected = json!({
        "id": "0193a000-0000-7000-8000-000000000001",
        "account_id": 1,
        "created_at": "1970-01-01T00:00:01.500Z",
        "event_type": "v1.events.user_group_user.Changed",
        "event_label": "Group membership changed",
        "source": "SCIM",
        "service": "group",
        "actor": {"id": "3", "name": "Okta", "type": "scim_token"},
        "actor_id": "3",
        "actor_name": "Okta",
        "actor_type": "scim_token",
        "actor_ip": "192.0.2.1",
        "event_context": {
            "kind": "group.members_changed",
            "resource_id": "7",
            "resource_name": "Ops",
            "resource_display_name": null,
            "changed_attributes": ["members", "displayName"],
            "changed_values": [{"attribute": "displayName", "old": "Platform", "new": "Ops"}],
            "members_joined": {
                "count": 2000,
                "members": [{"id": "1", "type": null, "name": null, "display_name": null}],
            },
            "members_left": null,
            "request_id": "r",
        },
    });
    assert_eq!(
        describe("group", &change("Okta"), &Names::default()),
        expected
    );
}

/// A1.
#[test]
fn events_have_the_names_of_the_api() {
    for (kind, event_type, label) in [
        (
            "user.created",
            "v1.events.account.UserAdded",
            "User created",
        ),
        (
            "user.linked",
            "v1.events.account.UserUpdated",
            "User linked to SCIM",
        ),
        (
            "group.deleted",
            "v1.events.user_group.Removed",
            "Group deleted",
        ),
        ("invitation.created", "user.invite.added", "User invited"),
        (
            "scim_config.changed",
            "scim_config.changed",
            "SCIM config changed",
        ),
        (
            "ip_restrictions.changed",
            "ip_restrictions.changed",
            "IP restrictions changed",
        ),
        ("", "", ""),
    ] {
        assert_eq!(events::event_type(kind), event_type);
        assert_eq!(events::label(kind), label);
        assert!(events::kinds(event_type).contains(&kind.to_owned()));
    }
    assert_eq!(events::kinds("v1.events.account.UserUpdated").len(), 4);
}

/// A name may be any text, a formula of a spreadsheet too.
#[test]
fn values_stay_values_in_csv() {
    let names = Names::default();
    let rest = "displayName: Platform → Ops,2000,1,,\r\n";
    for (name, expected) in [
        ("Okta", "Okta"),
        ("a,b", "\"a,b\""),
        ("say \"x\"", "\"say \"\"x\"\"\""),
        ("two\nlines", "\"two\nlines\""),
        ("=1+1", "'=1+1"),
        ("@x,y", "\"'@x,y\""),
        ("＝1+1", "'＝1+1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠x", "'＠x"),
        ("\n=1+1", "\"'\n=1+1\""),
        ("\r=1+1", "\"'\r=1+1\""),
        ("\t=1+1", "'\t=1+1"),
    ] {
        let mut change = change(name);
        change.resource_name = name.to_owned();
        change.resource_display_name = name.to_owned();
        let line = csv::lines(&[("group", change)], &names);
        let expected = format!(
            "scim_token,3,{expected},192.0.2.1,7,members displayName,r,{expected},{expected},{rest}"
        );
        assert!(line.ends_with(&expected), "{line}");
    }
    let plain = csv::lines(&[("group", change("x"))], &names);
    assert_eq!(
        plain.matches(',').count(),
        csv::header().matches(',').count()
    );
}
