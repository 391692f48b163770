//! Rule 8: `license_on_redemption`, and invitations that have expired.

use proto::{
    group::v1 as pb,
    protocol::v1::{ErrorReason, patch_operation::Op},
    settings::v1::AccountOptions,
};
use tonic::Status;

use crate::harness::*;

async fn strict() -> (Service, Vec<String>) {
    let service = Service::start().await;
    let users = service.users(4);
    service
        .set_options(AccountOptions {
            license_on_redemption: true,
            ..AccountOptions::default()
        })
        .await;
    for user in &users[2..] {
        service.identity.set_licensed(user, false);
    }
    (service, users)
}

fn refused<T: std::fmt::Debug>(result: Result<T, Status>, emails: &str) {
    let status = result.expect_err("refused");
    assert_eq!(proto::error::reason(&status), Some(ErrorReason::NoLicense));
    let message = format!("All users must have licenses on the account: {emails}");
    assert_eq!(status.message(), message);
    assert_eq!(proto::error::metadata(&status)["emails"], emails);
}

/// F6, G6, C1: whole, and with the names of those it is about.
#[tokio::test]
async fn a_push_with_unlicensed_users_fails_whole() {
    let (service, users) = strict().await;
    let both = "user2@x.test, user3@x.test";
    refused(service.create(creation("New", &users)).await, both);
    let group = service.group("A", &users[..1]).await.id;
    let add = vec![
        operation(Op::Replace, Some("displayName"), Some("B".into())),
        add_members(&users),
    ];
    refused(service.patch(&group, add).await, both);
    let request = replacing(&group, "B", &users[..3]);
    refused(service.replace(request).await, "user2@x.test");
    let group = service.get(&group).await.unwrap();
    assert_eq!(group.display_name, "A");
    assert_eq!(member_ids(&group), users[..1]);
    assert_eq!(service.number("select count(*) as n from groups").await, 1);
    service.identity.set_licensed(&users[2], true);
    let request = replacing(&group.id, "B", &users[..3]);
    service.replace(request).await.unwrap();
}

/// Only those who join are asked about: one that has lost the licence since does not block the group.
#[tokio::test]
async fn members_are_not_asked_about_again() {
    let (service, users) = strict().await;
    let group = service.group("A", &users[..2]).await.id;
    service.identity.set_licensed(&users[0], false);
    let checks = service.identity.checks();
    service
        .replace(replacing(&group, "B", &users[..2]))
        .await
        .unwrap();
    service
        .patch(&group, vec![remove_members(&users[1..2])])
        .await
        .unwrap();
    service
        .patch(&group, vec![add_members(&users[..1])])
        .await
        .unwrap();
    service.replace(replacing(&group, "B", &[])).await.unwrap();
    assert_eq!(service.identity.checks(), checks);
}

#[tokio::test]
async fn people_may_add_whom_they_like() {
    let (service, users) = strict().await;
    let group = service.manual_group("A", &users[2..]).await;
    assert_eq!(group.member_count, 2);
    service.assign(&users[2], &[]).await.unwrap();
    service.assign(&users[2], &[&group.id]).await.unwrap();
}

/// Without the option nobody is asked.
#[tokio::test]
async fn by_default_licences_are_not_asked_for() {
    let service = Service::start().await;
    let users = service.users(1);
    service.identity.set_licensed(&users[0], false);
    service.group("A", &users).await;
    assert_eq!(service.identity.checks(), 0);
}

/// The error travels in headers, which have an end.
#[tokio::test]
async fn very_many_are_not_all_named() {
    let (service, _) = strict().await;
    let users = service.users(2_000);
    for user in &users {
        service.identity.set_licensed(user, false);
    }
    let status = service.create(creation("A", &users)).await.unwrap_err();
    assert_eq!(proto::error::reason(&status), Some(ErrorReason::NoLicense));
    assert!(
        status
            .message()
            .starts_with("All users must have licenses on the account: user0@x.test, user1@x.test")
    );
    assert!(status.message().ends_with(" more"), "{}", status.message());
}

/// U17, F7: for those who join, by any verb, over SCIM alone.
#[tokio::test]
async fn expired_invitations_of_new_members_are_renewed() {
    let service = Service::start().await;
    let users = service.users(4);
    let renewed = || service.identity.take_renewed();
    let group = service.group("A", &users[..1]).await.id;
    assert_eq!(renewed(), users[..1]);
    service
        .patch(&group, vec![add_members(&users[..2])])
        .await
        .unwrap();
    assert_eq!(renewed(), users[1..2]);
    service
        .replace(replacing(&group, "A", &users[1..3]))
        .await
        .unwrap();
    assert_eq!(renewed(), users[2..3]);
    service
        .patch(&group, vec![remove_members(&users[1..2])])
        .await
        .unwrap();
    let by_hand = pb::PatchGroupRequest {
        actor: Some(admin_actor()),
        ..patching(&group, vec![add_members(&users[3..])])
    };
    service.patch_with(by_hand).await.unwrap();
    let outer = service.group("Outer", std::slice::from_ref(&group)).await;
    assert_eq!(outer.member_count, 1);
    assert_eq!(renewed(), [""; 0]);
}

/// What is done is done.
#[tokio::test]
async fn a_push_succeeds_though_invitations_cannot_be_renewed() {
    let service = Service::start().await;
    let users = service.users(1);
    service.group("Makes the user known", &users).await;
    let group = service.group("A", &[]).await.id;
    service.identity.set_away(true);
    let patched = service.patch(&group, vec![add_members(&users)]).await;
    assert_eq!(patched.unwrap().member_count, 1);
}
