use proto::{group::v1 as pb, protocol::v1::ErrorReason};

use crate::harness::*;

/// R-PUT-02, R-PUT-14
#[tokio::test]
async fn applies_the_difference_of_the_members() {
    let service = Service::start().await;
    let users = service.users(4);
    let group = service.group("A", &users[..3]).await;
    let wanted = [users[3].clone(), users[1].clone()];
    let replaced = service
        .replace(replacing(&group.id, "A", &wanted))
        .await
        .unwrap();
    // Who stays keeps the place.
    assert_eq!(member_ids(&replaced), [users[1].clone(), users[3].clone()]);
    assert_eq!(
        (replaced.member_count, replaced.etag.as_str()),
        (2, "W/\"2\"")
    );
    assert_eq!(service.get(&group.id).await.unwrap(), replaced);
    let (kind, changed) = service.last_change(&group.id).await;
    assert_eq!(
        (kind.as_str(), changed.as_slice()),
        ("group.members_changed", &["members".to_owned()][..])
    );
}

/// R-PUT-03
#[tokio::test]
async fn what_is_left_out_is_cleared() {
    let service = Service::start().await;
    let users = service.users(2);
    let mut request = creation("A", &users);
    request.group.as_mut().unwrap().external_id = "ext".to_owned();
    let group = service.create(request).await.unwrap();
    let replaced = service
        .replace(replacing(&group.id, "B", &[]))
        .await
        .unwrap();
    assert_eq!(replaced.display_name, "B");
    assert_eq!(replaced.external_id, "");
    assert_eq!((replaced.member_count, replaced.members.len()), (0, 0));
    let (kind, changed) = service.last_change(&group.id).await;
    assert_eq!(kind, "group.renamed");
    assert_eq!(changed, ["displayName", "externalId", "members"]);
}

/// R-PUT-12
#[tokio::test]
async fn replacing_by_the_same_changes_nothing() {
    let service = Service::start().await;
    let users = service.users(3);
    let group = service.group("A", &users).await;
    let changes = service.changes().await;
    let replaced = service
        .replace(replacing(&group.id, "A", &users))
        .await
        .unwrap();
    assert_eq!(replaced, group);
    assert_eq!(service.changes().await, changes);
}

#[tokio::test]
async fn a_name_may_change_its_case_but_not_to_a_taken_one() {
    let service = Service::start().await;
    let group = service.group("alpha", &[]).await;
    service.group("beta", &[]).await;
    let renamed = service
        .replace(replacing(&group.id, "Alpha", &[]))
        .await
        .unwrap();
    assert_eq!(renamed.display_name, "Alpha");
    let result = service.replace(replacing(&group.id, "BETA", &[])).await;
    assert_eq!(reason(result), ErrorReason::Uniqueness);
    let result = service.replace(replacing(&group.id, "", &[])).await;
    assert_eq!(reason(result), ErrorReason::InvalidValue);
    assert_eq!(service.get(&group.id).await.unwrap(), renamed);
}

#[tokio::test]
async fn unknown_members_change_nothing() {
    let service = Service::start().await;
    let users = service.users(2);
    let group = service.group("A", &users).await;
    let wanted = [
        users[0].clone(),
        "018f0000-0000-7000-8000-000000000000".to_owned(),
    ];
    let result = service.replace(replacing(&group.id, "B", &wanted)).await;
    assert_eq!(reason(result), ErrorReason::InvalidValue);
    assert_eq!(service.get(&group.id).await.unwrap(), group);
}

/// R-ETAG-03, R-ETAG-05
#[tokio::test]
async fn demands_of_etags_are_kept() {
    let service = Service::start().await;
    let group = service.group("A", &[]).await;
    let with = |etags: &[&str]| pb::ReplaceGroupRequest {
        etags: etags.iter().map(|&etag| etag.to_owned()).collect(),
        ..replacing(&group.id, "B", &[])
    };
    let result = service.replace(with(&["W/\"9\""])).await;
    assert_eq!(reason(result), ErrorReason::EtagMismatch);
    service
        .replace(with(&["W/\"9\"", "W/\"1\""]))
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let service = Service::start().await;
    let missing = "018f0000-0000-7000-8000-000000000000";
    // Also where the members are none either.
    let members = [missing.to_owned()];
    let result = service.replace(replacing(missing, "A", &members)).await;
    assert_eq!(reason(result), ErrorReason::ResourceNotFound);
}

/// Rule 4
#[tokio::test]
async fn scim_links_what_it_replaces() {
    let service = Service::start().await;
    let group = service.manual_group("A", &[]).await;
    let replaced = service
        .replace(replacing(&group.id, "A", &[]))
        .await
        .unwrap();
    assert!(replaced.scim_managed);
    assert_eq!(replaced.etag, "W/\"2\"");
    assert_eq!(service.last_change(&group.id).await.0, "group.linked");
}

/// Rule 11
#[tokio::test]
async fn a_managed_group_is_closed_to_others_while_manual_updates_are_off() {
    let service = Service::start().await;
    let users = service.users(1);
    let managed = service.group("A", &users).await;
    let manual = service.manual_group("M", &users).await;
    let by_hand = |id: &str, name: &str, members: &[String]| pb::ReplaceGroupRequest {
        actor: Some(admin_actor()),
        ..replacing(id, name, members)
    };
    service.close_manual_updates().await;
    for request in [
        by_hand(&managed.id, "B", &users),
        by_hand(&managed.id, "A", &[]),
    ] {
        let result = service.replace(request).await;
        assert_eq!(reason(result), ErrorReason::ManagedByScim);
    }
    assert_eq!(service.get(&managed.id).await.unwrap(), managed);
    service
        .replace(by_hand(&managed.id, "A", &users))
        .await
        .unwrap();
    service
        .replace(by_hand(&manual.id, "N", &[]))
        .await
        .unwrap();
    service
        .configure(proto::settings::v1::ScimConfiguration {
            enabled: true,
            manual_updates_allowed: true,
            scim_controlled_license_type: false,
        })
        .await;
    service
        .replace(by_hand(&managed.id, "B", &[]))
        .await
        .unwrap();
}
