//! The option `protect_permission_groups` (rule 9): SCIM leaves hand-made groups with permission sets alone until
//! an administrator allows it.

use proto::{
    group::v1 as pb,
    protocol::v1::{ErrorReason, patch_operation::Op},
    settings::v1::AccountOptions,
};
use serde_json::json;
use tonic::Status;

use crate::harness::*;

/// A service whose account protects such groups, and one of them, without members.
async fn protecting() -> (Service, String) {
    let service = Service::start().await;
    protect(&service, true).await;
    let group = service.manual_group("Owners", &[]).await.id;
    service.permit(&group, Some("owner")).await;
    (service, group)
}

async fn protect(service: &Service, protect_permission_groups: bool) {
    service
        .set_options(AccountOptions {
            protect_permission_groups,
            ..AccountOptions::default()
        })
        .await;
}

async fn allow(service: &Service, group: &str, allowed: bool) -> pb::GroupSettings {
    let request = pb::UpdateGroupSettingsRequest {
        scim_allowed: Some(allowed),
        ..settings_update(group)
    };
    service.update_settings(request).await.unwrap()
}

/// Every write that SCIM may try on a group, each with what came of it.
async fn writes(service: &Service, group: &str, name: &str) -> Vec<Result<(), Status>> {
    let users = service.users(1);
    let rename = || operation(Op::Replace, Some("displayName"), Some(json!("Others")));
    vec![
        service.create(creation(name, &[])).await.map(drop),
        service
            .create(creation(&name.to_uppercase(), &users))
            .await
            .map(drop),
        service
            .replace(replacing(group, name, &users))
            .await
            .map(drop),
        service.replace(replacing(group, name, &[])).await.map(drop),
        service
            .patch(group, vec![add_members(&users)])
            .await
            .map(drop),
        service.patch(group, vec![rename()]).await.map(drop),
        service
            .patch(group, vec![operation(Op::Remove, Some("members"), None)])
            .await
            .map(drop),
        service.delete(deletion(group)).await,
    ]
}

#[tokio::test]
async fn no_scim_write_links_or_changes_it() {
    let (service, group) = protecting().await;
    let (before, changes) = (service.get(&group).await.unwrap(), service.changes().await);
    for result in writes(&service, &group, "Owners").await {
        let status = result.clone().expect_err("refused");
        assert!(status.message().contains("administrator"), "{status:?}");
        assert_eq!(reason(result), ErrorReason::ProtectedGroup);
    }
    assert_eq!(service.get(&group).await.unwrap(), before);
    assert_eq!(service.changes().await, changes);
    // A version that is not the group's is told first, and what is not there is not there.
    let stale = pb::DeleteGroupRequest {
        etags: vec!["W/\"99\"".to_owned()],
        ..deletion(&group)
    };
    assert_eq!(
        reason(service.delete(stale).await),
        ErrorReason::EtagMismatch
    );
    // By hand it is changed as before.
    let by_hand = pb::DeleteGroupRequest {
        actor: Some(admin_actor()),
        ..deletion(&group)
    };
    service.delete(by_hand).await.unwrap();
}

#[tokio::test]
async fn what_is_not_protected_is_written() {
    let (service, _) = protecting().await;
    // Made by hand, without permission sets.
    let plain = service.manual_group("Plain", &[]).await.id;
    assert_eq!(service.group("plain", &[]).await.id, plain);
    // Made over SCIM, or linked already: permission sets that come later change nothing.
    let made = service.group("Made", &[]).await.id;
    for group in [&plain, &made] {
        service.permit(group, Some("developer")).await;
        service
            .patch(group, vec![add_members(&service.users(1))])
            .await
            .unwrap();
        service.delete(deletion(group)).await.unwrap();
    }
}

#[tokio::test]
async fn permission_sets_protect_from_when_they_are_given() {
    let (service, _) = protecting().await;
    let group = service.manual_group("Later", &[]).await.id;
    service.permit(&group, Some("developer")).await;
    let refused = service.create(creation("Later", &[])).await;
    assert_eq!(reason(refused), ErrorReason::ProtectedGroup);
    service.permit(&group, None).await;
    assert_eq!(service.group("Later", &[]).await.id, group);
}

/// Whoever is in a group has the permission sets of the groups around it.
#[tokio::test]
async fn a_group_inside_is_protected_too() {
    let (service, outer) = protecting().await;
    let inner = service.manual_group("Inner", &[]).await.id;
    let by_hand = pb::PatchGroupRequest {
        actor: Some(admin_actor()),
        ..patching(&outer, vec![add_members(std::slice::from_ref(&inner))])
    };
    service.patch_with(by_hand).await.unwrap();
    for result in writes(&service, &inner, "Inner").await {
        assert_eq!(reason(result), ErrorReason::ProtectedGroup);
    }
    allow(&service, &inner, true).await;
    service.group("Inner", &service.users(1)).await;
}

#[tokio::test]
async fn an_administrator_allows_it_for_one_group() {
    let (service, group) = protecting().await;
    let other = service.manual_group("Other", &[]).await.id;
    service.permit(&other, Some("developer")).await;
    assert!(allow(&service, &group, true).await.scim_allowed);
    let expected = (
        "group_settings.changed".to_owned(),
        vec!["scim_allowed".to_owned()],
    );
    assert_eq!(service.last_change(&group).await, expected);
    let changes = service.changes().await;
    allow(&service, &group, true).await;
    assert_eq!(service.changes().await, changes);
    // It can be taken back until SCIM has linked the group.
    allow(&service, &group, false).await;
    let refused = service.create(creation("Owners", &[])).await;
    assert_eq!(reason(refused), ErrorReason::ProtectedGroup);
    allow(&service, &group, true).await;
    assert_eq!(service.group("owners", &[]).await.id, group);
    allow(&service, &group, false).await;
    service
        .patch(&group, vec![add_members(&service.users(1))])
        .await
        .unwrap();
    let refused = service.create(creation("Other", &[])).await;
    assert_eq!(reason(refused), ErrorReason::ProtectedGroup);
}

#[tokio::test]
async fn by_default_nothing_is_protected() {
    let (service, group) = protecting().await;
    protect(&service, false).await;
    assert_eq!(service.group("Owners", &[]).await.id, group);
    service.delete(deletion(&group)).await.unwrap();
}
