//! How the groups with permission sets, and the administrators they make, stand to SCIM (E14, rule 9).

use proto::{group::v1 as pb, settings::v1::AccountOptions};

use crate::harness::*;

/// Whether SCIM manages a group with permission sets, whether there is another, and whether an administrator
/// comes from a group that can be pushed.
async fn summary(service: &Service) -> (bool, bool, bool) {
    let request = pb::GetPermissionSummaryRequest {
        account_id: ACCOUNT,
    };
    let summary = service.admin.clone().get_permission_summary(request).await;
    let summary = summary.unwrap().into_inner();
    (
        summary.has_managed_group,
        summary.has_manual_group,
        summary.has_pushable_administrator,
    )
}

async fn protect(service: &Service, protect_permission_groups: bool) {
    let options = AccountOptions {
        protect_permission_groups,
        ..AccountOptions::default()
    };
    service.set_options(options).await;
}

#[tokio::test]
async fn an_administrator_has_to_come_from_a_group_that_can_be_pushed() {
    let service = Service::start().await;
    assert_eq!(summary(&service).await, (false, false, false));
    let users = service.users(2);
    // No administrator yet; then one of a group made by hand, that may be linked.
    let group = service.manual_group("Owners", &users[..1]).await.id;
    service.permit(&group, Some("developer")).await;
    assert_eq!(summary(&service).await, (false, true, false));
    service.permit(&group, Some("account_admin")).await;
    assert_eq!(summary(&service).await, (false, true, true));
    service.identity.set_active(&users[0], false);
    assert_eq!(summary(&service).await, (false, true, false));
    service.identity.set_active(&users[0], true);
    // Protected, it cannot be linked until that is allowed.
    protect(&service, true).await;
    assert_eq!(summary(&service).await, (false, true, false));
    let allowing = pb::UpdateGroupSettingsRequest {
        scim_allowed: Some(true),
        ..settings_update(&group)
    };
    service.update_settings(allowing).await.unwrap();
    assert_eq!(summary(&service).await, (false, true, true));
    service.group("Owners", &[]).await;
    assert_eq!(summary(&service).await, (true, false, true));
}

/// Of nested groups the one counts that the administrator is in.
#[tokio::test]
async fn the_innermost_group_is_the_one_pushed() {
    let service = Service::start().await;
    protect(&service, true).await;
    let users = service.users(1);
    let inner = service.group("Inner", &users).await.id;
    let outer = service.manual_group("Outer", &[inner]).await.id;
    service.permit(&outer, Some("account_admin")).await;
    assert_eq!(summary(&service).await, (false, true, true));
    let by_hand = service.manual_group("Owners", &users).await.id;
    service.permit(&by_hand, Some("account_admin")).await;
    service.permit(&outer, None).await;
    assert_eq!(summary(&service).await, (false, true, false));
    // Another account is none of its business.
    let request = pb::GetPermissionSummaryRequest {
        account_id: OTHER_ACCOUNT,
    };
    let other = service.admin.clone().get_permission_summary(request).await;
    assert_eq!(
        other.unwrap().into_inner(),
        pb::PermissionSummary::default()
    );
}
