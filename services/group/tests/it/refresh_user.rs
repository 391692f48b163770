//! `RefreshUser`: what the identity service has of a user is taken over at once. The change log says nothing of it here, so
//! that the follower cannot be the one who did it.

use proto::{group::v1 as pb, protocol::v1::ErrorReason};
use tonic::Status;

use crate::harness::*;

fn refreshing(user: &str) -> pb::RefreshUserRequest {
    pb::RefreshUserRequest {
        account_id: ACCOUNT,
        user_id: user.to_owned(),
        actor: Some(scim_actor()),
    }
}

async fn refresh(service: &Service, user: &str) -> Result<(), Status> {
    let mut client = service.client.clone();
    client
        .refresh_user(refreshing(user))
        .await
        .map(tonic::Response::into_inner)
}

/// A user who is in a group by default, in one by a mapping, in one by SCIM and in one by hand, and those groups.
async fn placed(service: &Service) -> (String, [String; 4]) {
    let user = service.users(1).remove(0);
    let default = service.manual_group("Default", &[]).await.id;
    let mapped = service.manual_group("Mapped", &[]).await.id;
    service.make_default(&default).await;
    service.map(&mapped, &["eng"]).await;
    service.sign_in(&user, &["eng"]).await.unwrap();
    let members = std::slice::from_ref(&user);
    let by_scim = service.group("By SCIM", members).await.id;
    let by_hand = service.manual_group("By hand", members).await.id;
    (user, [default, mapped, by_scim, by_hand])
}

async fn counts(service: &Service, groups: &[String]) -> Vec<i64> {
    let mut counts = Vec::new();
    for group in groups {
        let group = service.get_view(group, pb::GroupView::Basic).await;
        counts.push(group.unwrap().member_count);
    }
    counts
}

/// Rule 7
#[tokio::test]
async fn an_inactive_user_leaves_groups_by_default_and_by_mapping_at_once() {
    let service = Service::start().await;
    let (user, groups) = placed(&service).await;
    service.identity.switch(&user, false);
    let changes = service.changes().await;
    for _ in 0..2 {
        refresh(&service, &user).await.unwrap();
        assert_eq!(counts(&service, &groups).await, [0, 0, 1, 1]);
        assert_eq!(service.changes().await, changes + 2);
    }
    // The change log comes to it later, and finds it done.
    service.identity.set_active(&user, false);
    service.caught_up().await;
    assert_eq!(service.changes().await, changes + 2);
}

#[tokio::test]
async fn an_active_user_stays_and_may_join_again_at_once() {
    let service = Service::start().await;
    let (user, groups) = placed(&service).await;
    let changes = service.changes().await;
    refresh(&service, &user).await.unwrap();
    assert_eq!(counts(&service, &groups).await, [1, 1, 1, 1]);
    assert_eq!(service.changes().await, changes);
    service.identity.set_active(&user, false);
    service.caught_up().await;
    assert_eq!(counts(&service, &groups).await, [0, 0, 1, 1]);
    service.identity.switch(&user, true);
    refresh(&service, &user).await.unwrap();
    let request = pb::JoinDefaultGroupsRequest {
        account_id: ACCOUNT,
        user_ids: vec![user],
        actor: Some(admin_actor()),
        ..Default::default()
    };
    let mut admin = service.admin.clone();
    admin.join_default_groups(request).await.unwrap();
    assert_eq!(counts(&service, &groups).await, [1, 0, 1, 1]);
}

#[tokio::test]
async fn a_user_that_is_gone_leaves_every_group() {
    let service = Service::start().await;
    let (user, groups) = placed(&service).await;
    service.identity.vanish(&user);
    refresh(&service, &user).await.unwrap();
    assert_eq!(counts(&service, &groups).await, [0; 4]);
    let add = vec![add_members(&[user])];
    let result = service.patch(&groups[2], add).await;
    assert_eq!(reason(result), ErrorReason::InvalidValue);
}

#[tokio::test]
async fn nothing_changes_while_the_identity_service_is_away() {
    let service = Service::start().await;
    let (user, groups) = placed(&service).await;
    service.identity.switch(&user, false);
    service.identity.set_away(true);
    let result = refresh(&service, &user).await;
    assert_eq!(reason(result), ErrorReason::DependencyUnavailable);
    assert_eq!(counts(&service, &groups).await, [1, 1, 1, 1]);
    service.identity.set_away(false);
    assert_eq!(refresh(&service, "nobody").await.ok(), Some(()));
    let request = pb::RefreshUserRequest {
        actor: None,
        ..refreshing(&user)
    };
    let mut client = service.client.clone();
    let result = client.refresh_user(request).await;
    assert_eq!(reason(result), ErrorReason::InvalidValue);
}

/// Activated again while the answer "inactive" is on its way: what came last is what counts in the end.
#[tokio::test]
async fn an_old_answer_does_not_outlive_a_new_change() {
    let service = Service::start().await;
    let (user, _) = placed(&service).await;
    service.identity.set_active(&user, false);
    service.caught_up().await;
    service.identity.hold();
    let refreshing = {
        let (mut client, request) = (service.client.clone(), refreshing(&user));
        tokio::spawn(async move { client.refresh_user(request).await })
    };
    service.identity.held().await;
    service.identity.set_active(&user, true);
    service.identity.release();
    refreshing.await.unwrap().unwrap();
    service.caught_up().await;
    let active = "select count(*) as n from known_users where active";
    assert_eq!(service.number(active).await, 1);
}
