use proto::protocol::v1::{
    Change, ListChangesRequest, MemberChange, change_log_service_client::ChangeLogServiceClient,
    patch_operation::Op,
};
use serde_json::json;

use crate::harness::*;

#[tokio::test]
async fn the_log_is_read_newest_first() {
    let service = Service::start().await;
    let group = service.group("A", &[]).await.id;
    service.make_default(&group).await;
    service.permit(&group, Some("developer")).await;
    let mut client = ChangeLogServiceClient::connect(service.running.url())
        .await
        .unwrap();
    let request = ListChangesRequest {
        account_id: ACCOUNT,
        page_size: 2,
        ..ListChangesRequest::default()
    };
    let first = client.list_changes(request.clone()).await.unwrap();
    let first = first.into_inner();
    let request = ListChangesRequest {
        page_token: first.next_page_token,
        ..request
    };
    let second = client.list_changes(request).await.unwrap().into_inner();
    assert_eq!(second.next_page_token, "");
    let changes = first.changes.iter().chain(&second.changes);
    let kinds: Vec<&str> = changes.map(|change| change.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "group_permissions.changed",
            "group_settings.changed",
            "group.created"
        ]
    );
}

/// The changes of the account, the newest first.
async fn changes(service: &Service) -> Vec<Change> {
    let mut client = ChangeLogServiceClient::connect(service.running.url())
        .await
        .unwrap();
    let request = ListChangesRequest {
        account_id: ACCOUNT,
        page_size: 1000,
        ..ListChangesRequest::default()
    };
    client
        .list_changes(request)
        .await
        .unwrap()
        .into_inner()
        .changes
}

/// The name of the group of the last change, who joined and who left.
async fn last(service: &Service) -> (String, Vec<String>, Vec<String>) {
    let change = changes(service).await.swap_remove(0);
    let ids = |members: Option<MemberChange>| {
        let members = members.unwrap_or_default();
        assert_eq!(members.count, members.member_ids.len() as i64);
        let mut ids = members.member_ids;
        ids.sort();
        ids
    };
    let (joined, left) = (ids(change.members_joined), ids(change.members_left));
    (change.resource_name, joined, left)
}

/// Rule 15: whichever way members come and go, the log says who.
#[tokio::test]
async fn the_log_says_who_joined_and_who_left() {
    let service = Service::start().await;
    let mut users = service.users(4);
    users.sort();
    let [a, b, c, d] = [0, 1, 2, 3].map(|n| users[n..=n].to_vec());
    let said = |joined: &[Vec<String>], left: &[Vec<String>]| {
        ("A".to_owned(), joined.concat(), left.concat())
    };
    let group = service.group("A", &[a[0].clone(), b[0].clone()]).await.id;
    assert_eq!(last(&service).await, said(&[a.clone(), b.clone()], &[]));
    let patch = async |operation| service.patch(&group, vec![operation]).await.unwrap();
    patch(add_members(&[b[0].clone(), c[0].clone()])).await;
    assert_eq!(last(&service).await, said(std::slice::from_ref(&c), &[]));
    patch(remove_members(&[a[0].clone(), d[0].clone()])).await;
    assert_eq!(last(&service).await, said(&[], std::slice::from_ref(&a)));
    let wanted = [c[0].clone(), d[0].clone()];
    service
        .replace(replacing(&group, "A", &wanted))
        .await
        .unwrap();
    let both = (std::slice::from_ref(&d), std::slice::from_ref(&b));
    assert_eq!(last(&service).await, said(both.0, both.1));
    patch(operation(Op::Remove, Some("members"), None)).await;
    assert_eq!(last(&service).await, said(&[], &[c.clone(), d.clone()]));
    patch(operation(Op::Add, Some("members"), Some(values(&users)))).await;
    let path = format!("members[value eq \"{}\"]", a[0]);
    patch(operation(Op::Remove, Some(&path), None)).await;
    assert_eq!(last(&service).await, said(&[], std::slice::from_ref(&a)));

    service.assign(&a[0], &[&group]).await.unwrap();
    assert_eq!(last(&service).await, said(std::slice::from_ref(&a), &[]));
    service.assign(&a[0], &[]).await.unwrap();
    assert_eq!(last(&service).await, said(&[], std::slice::from_ref(&a)));
    service.identity.delete(ACCOUNT, &b[0]);
    service.caught_up().await;
    assert_eq!(last(&service).await, said(&[], std::slice::from_ref(&b)));

    let nested = service.group("N", &[]).await.id;
    patch(add_members(std::slice::from_ref(&nested))).await;
    assert_eq!(last(&service).await, said(&[vec![nested.clone()]], &[]));
    service.delete(deletion(&nested)).await.unwrap();
    let all = changes(&service).await;
    assert_eq!(
        (&*all[0].kind, &*all[0].resource_name),
        ("group.deleted", "N")
    );
    assert_eq!(all[1].resource_name, "A");
    let left = all[1].members_left.clone().unwrap();
    assert_eq!(left.member_ids, [nested]);
}

/// Of a change of ten thousand members the first thousand are told, and how many they were.
#[tokio::test]
async fn a_change_of_many_members_has_a_bounded_entry() {
    let service = Service::start().await;
    let users = service.users(10_000);
    let group = service.group("A", &[]).await.id;
    for (operation, joins) in [(add_members(&users), true), (remove_members(&users), false)] {
        service.patch(&group, vec![operation]).await.unwrap();
        let change = changes(&service).await.swap_remove(0);
        let (moved, none) = if joins {
            (change.members_joined, change.members_left)
        } else {
            (change.members_left, change.members_joined)
        };
        let moved = moved.unwrap();
        assert_eq!((moved.count, moved.member_ids.len()), (10_000, 1000));
        assert_eq!(none, None);
    }
}

/// Rule 15: the name a group had then, and old and new values of what is not personal.
#[tokio::test]
async fn the_log_has_names_and_values() {
    let service = Service::start().await;
    let group = service.group("Old", &[]).await.id;
    service.permit(&group, Some("developer")).await;
    service.permit(&group, Some("analyst")).await;
    service.make_default(&group).await;
    service.map(&group, &["eng", "ops"]).await;
    let rename = operation(Op::Replace, Some("displayName"), Some(json!("New")));
    service.patch(&group, vec![rename]).await.unwrap();
    service.delete(deletion(&group)).await.unwrap();
    let found = changes(&service).await;
    let found = found.iter().rev().map(|change| {
        let values = change.changed_values.iter().map(|value| {
            let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
            let (old, new) = (text(&value.old_value), text(&value.new_value));
            format!("{}: {old} > {new}", value.attribute)
        });
        let values = values.collect::<Vec<_>>().join("; ");
        (&*change.kind, &*change.resource_name, values)
    });
    let expected = [
        ("group.created", "Old", ""),
        (
            "group_permissions.changed",
            "Old",
            "permissions: - > developer",
        ),
        (
            "group_permissions.changed",
            "Old",
            "permissions: developer > analyst",
        ),
        (
            "group_settings.changed",
            "Old",
            "assign_by_default: false > true",
        ),
        (
            "group_settings.changed",
            "Old",
            "sso_mapping_groups: - > eng, ops",
        ),
        ("group.renamed", "New", "displayName: Old > New"),
        ("group.deleted", "New", ""),
    ];
    let expected = expected.map(|(kind, name, values)| (kind, name, values.to_owned()));
    assert_eq!(found.collect::<Vec<_>>(), expected);
}
