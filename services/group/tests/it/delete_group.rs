use proto::{group::v1 as pb, protocol::v1::ErrorReason};

use crate::harness::*;

/// R-DEL-02, R-DEL-03
#[tokio::test]
async fn is_gone_for_good() {
    let service = Service::start().await;
    let users = service.users(2);
    let group = service.group("A", &users).await;
    service.delete(deletion(&group.id)).await.unwrap();
    assert_eq!(
        reason(service.get(&group.id).await),
        ErrorReason::ResourceNotFound
    );
    let again = service.delete(deletion(&group.id)).await;
    assert_eq!(reason(again), ErrorReason::ResourceNotFound);
    assert_eq!(service.last_change(&group.id).await.0, "group.deleted");
    assert_eq!(
        service
            .number("select count(*) as n from group_members")
            .await,
        0
    );
    let anew = service.group("A", &users).await;
    assert_ne!(anew.id, group.id);
}

#[tokio::test]
async fn leaves_the_groups_that_hold_it() {
    let service = Service::start().await;
    let inner = service.group("Inner", &[]).await.id;
    let outer = service
        .group("Outer", std::slice::from_ref(&inner))
        .await
        .id;
    service.delete(deletion(&inner)).await.unwrap();
    let outer = service.get(&outer).await.unwrap();
    assert_eq!((outer.member_count, outer.members.len()), (0, 0));
    assert_eq!(outer.etag, "W/\"2\"");
    assert_eq!(
        service.last_change(&outer.id).await.0,
        "group.members_changed"
    );
    let add = add_members(&[inner]);
    let result = service.patch(&outer.id, vec![add]).await;
    assert_eq!(reason(result), ErrorReason::InvalidValue);
}

/// R-DEL-06
#[tokio::test]
async fn demands_of_etags_are_kept() {
    let service = Service::start().await;
    let group = service.group("A", &[]).await;
    let request = pb::DeleteGroupRequest {
        etags: vec!["W/\"2\"".to_owned()],
        ..deletion(&group.id)
    };
    let result = service.delete(request).await;
    assert_eq!(reason(result), ErrorReason::EtagMismatch);
}

/// Rule 11
#[tokio::test]
async fn a_managed_group_is_closed_to_others_while_manual_updates_are_off() {
    let service = Service::start().await;
    let managed = service.group("A", &[]).await;
    let manual = service.manual_group("M", &[]).await;
    let by_hand = |id: &str| pb::DeleteGroupRequest {
        actor: Some(admin_actor()),
        ..deletion(id)
    };
    service.close_manual_updates().await;
    let result = service.delete(by_hand(&managed.id)).await;
    assert_eq!(reason(result), ErrorReason::ManagedByScim);
    service.delete(by_hand(&manual.id)).await.unwrap();
    service.delete(deletion(&managed.id)).await.unwrap();
}
