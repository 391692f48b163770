//! What the services know of the account side: one of everything.

use proto::{
    group::v1::{
        self as group,
        group_admin_service_server::{GroupAdminService, GroupAdminServiceServer},
    },
    identity::v1::{
        self as identity,
        invitation_service_server::{InvitationService, InvitationServiceServer},
        license_service_server::{LicenseService, LicenseServiceServer},
    },
    protocol::v1::{
        self as protocol, ErrorReason as Reason,
        change_log_service_server::{ChangeLogService, ChangeLogServiceServer},
        delivery_service_server::{DeliveryService, DeliveryServiceServer},
    },
    settings::v1::{
        self as settings,
        account_service_server::{AccountService, AccountServiceServer},
    },
};
use tonic::{Request, Response, Status, transport::server::Router};

use super::{Answer, ID, NUMBER, Stub, fault, known, one_group, user};

/// Adds the services.
pub(super) fn add(router: Router) -> Router {
    router
        .add_service(GroupAdminServiceServer::new(Stub::default()))
        .add_service(InvitationServiceServer::new(Stub::default()))
        .add_service(LicenseServiceServer::new(Stub::default()))
        .add_service(ChangeLogServiceServer::new(Stub::default()))
        .add_service(AccountServiceServer::new(Stub::default()))
        .add_service(DeliveryServiceServer::new(Stub::default()))
}

fn answer<T>(message: T) -> Answer<T> {
    Ok(Response::new(message))
}

fn group_settings() -> group::GroupSettings {
    group::GroupSettings {
        group: Some(one_group(group::GroupView::Basic)),
        assign_by_default: true,
        sso_mapping_groups: vec!["idp-sales".to_owned()],
        permissions: vec![group::Permission {
            id: 3,
            permission_set: "account_admin".to_owned(),
            all_projects: true,
            ..group::Permission::default()
        }],
        scim_allowed: false,
    }
}

#[tonic::async_trait]
impl GroupAdminService for Stub {
    async fn get_group_settings(
        &self,
        request: Request<group::GetGroupSettingsRequest>,
    ) -> Answer<group::GroupSettings> {
        known(&request.get_ref().group_id)?;
        answer(group_settings())
    }

    async fn list_permission_sets(
        &self,
        _: Request<group::ListPermissionSetsRequest>,
    ) -> Answer<group::ListPermissionSetsResponse> {
        answer(group::ListPermissionSetsResponse {
            permission_sets: vec![group::PermissionSet {
                name: "account_admin".to_owned(),
                administers: true,
            }],
        })
    }

    async fn get_permission_summary(
        &self,
        _: Request<group::GetPermissionSummaryRequest>,
    ) -> Answer<group::PermissionSummary> {
        answer(group::PermissionSummary {
            has_manual_group: true,
            ..group::PermissionSummary::default()
        })
    }

    async fn list_group_settings(
        &self,
        request: Request<group::ListGroupSettingsRequest>,
    ) -> Answer<group::ListGroupSettingsResponse> {
        let request = request.into_inner();
        let is_all = request.group_ids.is_empty() && request.numbers.is_empty();
        let is_named = is_all
            || request.group_ids.contains(&ID.to_owned())
            || request.numbers.contains(&NUMBER);
        let found = is_named && request.skip == 0;
        answer(group::ListGroupSettingsResponse {
            settings: found.then(group_settings).into_iter().collect(),
            total_size: is_named.into(),
        })
    }

    async fn create_group_settings(
        &self,
        request: Request<group::CreateGroupSettingsRequest>,
    ) -> Answer<group::GroupSettings> {
        let request = request.into_inner();
        if request.display_name == "taken" {
            return fault(Reason::Uniqueness);
        }
        answer(group::GroupSettings {
            assign_by_default: request.assign_by_default,
            sso_mapping_groups: request.sso_mapping_groups,
            ..group_settings()
        })
    }

    async fn update_group_settings(
        &self,
        request: Request<group::UpdateGroupSettingsRequest>,
    ) -> Answer<group::GroupSettings> {
        let request = request.into_inner();
        known(&request.group_id)?;
        if request.display_name == "managed" {
            return fault(Reason::ManagedByScim);
        }
        let mut settings = group_settings();
        settings.assign_by_default = request.assign_by_default.unwrap_or_default();
        if let Some(groups) = request.sso_mapping_groups {
            settings.sso_mapping_groups = groups.values;
        }
        answer(settings)
    }

    async fn replace_group_permissions(
        &self,
        request: Request<group::ReplaceGroupPermissionsRequest>,
    ) -> Answer<group::GroupSettings> {
        let request = request.into_inner();
        known(&request.group_id)?;
        answer(group::GroupSettings {
            permissions: request.permissions,
            ..group_settings()
        })
    }

    async fn add_group_permission(
        &self,
        request: Request<group::AddGroupPermissionRequest>,
    ) -> Answer<group::GroupSettings> {
        known(&request.get_ref().group_id)?;
        answer(group_settings())
    }

    async fn remove_group_permission(
        &self,
        request: Request<group::RemoveGroupPermissionRequest>,
    ) -> Answer<group::GroupSettings> {
        known(&request.get_ref().group_id)?;
        answer(group_settings())
    }

    async fn assign_user_groups(
        &self,
        request: Request<group::AssignUserGroupsRequest>,
    ) -> Answer<group::AssignUserGroupsResponse> {
        let groups = request.into_inner().group_ids.into_iter();
        let groups = groups.map(|_| one_group(group::GroupView::Basic));
        answer(group::AssignUserGroupsResponse {
            groups: groups.collect(),
        })
    }

    async fn join_default_groups(
        &self,
        request: Request<group::JoinDefaultGroupsRequest>,
    ) -> Answer<group::JoinDefaultGroupsResponse> {
        if request.get_ref().user_ids.contains(&"lost".to_owned()) {
            return fault(Reason::DependencyUnavailable);
        }
        answer(group::JoinDefaultGroupsResponse::default())
    }

    async fn record_sign_in(
        &self,
        request: Request<group::RecordSignInRequest>,
    ) -> Answer<group::RecordSignInResponse> {
        known(&request.get_ref().user_id)?;
        answer(group::RecordSignInResponse {
            memberships: Vec::new(),
            mapped: !request.get_ref().idp_groups.is_empty(),
        })
    }
}

fn invitation() -> identity::Invitation {
    identity::Invitation {
        id: 5,
        account_id: 1,
        user_id: ID.to_owned(),
        email: "ann@acme.test".to_owned(),
        r#type: identity::invitation::Type::Standard.into(),
        state: identity::invitation::State::Pending.into(),
        ..identity::Invitation::default()
    }
}

fn invited(id: i64) -> Answer<identity::Invitation> {
    if id == 5 {
        answer(invitation())
    } else {
        fault(Reason::ResourceNotFound)
    }
}

#[tonic::async_trait]
impl InvitationService for Stub {
    async fn create_invitations(
        &self,
        request: Request<identity::CreateInvitationsRequest>,
    ) -> Answer<identity::CreateInvitationsResponse> {
        if request.get_ref().license_type == "it" {
            return fault(Reason::NoSeat);
        }
        let request = request.into_inner();
        assert_eq!(request.actor.unwrap().ip_address, "");
        let mut user = user();
        if request.emails[0].starts_with("lost@") {
            user.id = "lost".to_owned();
        }
        answer(identity::CreateInvitationsResponse {
            invitations: vec![invitation()],
            users: vec![user],
        })
    }

    async fn get_invitation(
        &self,
        request: Request<identity::GetInvitationRequest>,
    ) -> Answer<identity::Invitation> {
        invited(request.get_ref().id)
    }

    async fn list_invitations(
        &self,
        _: Request<identity::ListInvitationsRequest>,
    ) -> Answer<identity::ListInvitationsResponse> {
        answer(identity::ListInvitationsResponse {
            invitations: vec![invitation()],
            total_size: 1,
            are_mailed: true,
        })
    }

    async fn resend_invitation(
        &self,
        request: Request<identity::ResendInvitationRequest>,
    ) -> Answer<identity::Invitation> {
        invited(request.get_ref().id)
    }

    async fn revoke_invitation(
        &self,
        request: Request<identity::RevokeInvitationRequest>,
    ) -> Answer<identity::Invitation> {
        invited(request.get_ref().id)
    }

    async fn redeem_invitation(
        &self,
        _: Request<identity::RedeemInvitationRequest>,
    ) -> Answer<identity::Invitation> {
        fault(Reason::InternalFault)
    }

    async fn renew_expired_invitations(
        &self,
        _: Request<identity::RenewExpiredInvitationsRequest>,
    ) -> Answer<identity::RenewExpiredInvitationsResponse> {
        fault(Reason::InternalFault)
    }
}

#[tonic::async_trait]
impl LicenseService for Stub {
    async fn count_licenses(
        &self,
        _: Request<identity::CountLicensesRequest>,
    ) -> Answer<identity::CountLicensesResponse> {
        answer(identity::CountLicensesResponse {
            counts: vec![identity::LicenseCount {
                license_type: "developer".to_owned(),
                in_use: 7,
            }],
        })
    }

    async fn batch_check_licenses(
        &self,
        _: Request<identity::BatchCheckLicensesRequest>,
    ) -> Answer<identity::BatchCheckLicensesResponse> {
        fault(Reason::InternalFault)
    }

    async fn apply_sign_in(
        &self,
        _: Request<identity::ApplySignInRequest>,
    ) -> Answer<identity::User> {
        fault(Reason::InternalFault)
    }

    async fn list_administrators(
        &self,
        _: Request<identity::ListAdministratorsRequest>,
    ) -> Answer<identity::ListAdministratorsResponse> {
        fault(Reason::InternalFault)
    }

    async fn update_administrators(
        &self,
        _: Request<identity::UpdateAdministratorsRequest>,
    ) -> Answer<()> {
        fault(Reason::InternalFault)
    }
}

#[tonic::async_trait]
impl ChangeLogService for Stub {
    /// Three changes, which all four services have: two to a page, one at a time.
    async fn list_changes(
        &self,
        request: Request<protocol::ListChangesRequest>,
    ) -> Answer<protocol::ListChangesResponse> {
        let request = request.into_inner();
        if !request.kinds.is_empty() && !request.kinds.contains(&"user.created".to_owned()) {
            return answer(protocol::ListChangesResponse::default());
        }
        let before = request
            .end_time
            .map_or(i64::MAX, |time| time.seconds + i64::from(time.nanos > 0));
        let all = (1..=3).rev().filter(|second| *second < before);
        let skip: usize = request.page_token.parse().unwrap_or_default();
        let changes = all
            .clone()
            .skip(skip)
            .take(2)
            .map(|second| protocol::Change {
                id: format!("0193a000-0000-7000-8000-00000000000{second}"),
                account_id: request.account_id,
                kind: "user.created".to_owned(),
                create_time: Some(prost_types::Timestamp {
                    seconds: second,
                    nanos: 0,
                }),
                ..protocol::Change::default()
            });
        let more = all.count() > skip + 2;
        answer(protocol::ListChangesResponse {
            changes: changes.collect(),
            next_page_token: if more {
                (skip + 2).to_string()
            } else {
                String::new()
            },
        })
    }

    async fn batch_get_resource_names(
        &self,
        _: Request<protocol::BatchGetResourceNamesRequest>,
    ) -> Answer<protocol::BatchGetResourceNamesResponse> {
        answer(protocol::BatchGetResourceNamesResponse::default())
    }
}

fn license_map(license_map: Option<settings::LicenseMap>) -> Result<settings::LicenseMap, Status> {
    let license_map = license_map.unwrap_or_default();
    if license_map.license_type == "taken" {
        return fault::<()>(Reason::Uniqueness).map(|_| license_map);
    }
    Ok(license_map)
}

fn ip_rule() -> settings::IpRule {
    settings::IpRule {
        id: 6,
        name: "office".to_owned(),
        r#type: settings::ip_rule::Type::Allow.into(),
        cidrs: vec!["192.0.2.0/24".to_owned(), "2001:db8::/32".to_owned()],
        ..settings::IpRule::default()
    }
}

#[tonic::async_trait]
impl AccountService for Stub {
    async fn update_license_seats(
        &self,
        request: Request<settings::UpdateLicenseSeatsRequest>,
    ) -> Answer<settings::LicenseSeats> {
        answer(request.into_inner().license_seats.unwrap_or_default())
    }

    async fn list_license_maps(
        &self,
        _: Request<settings::ListLicenseMapsRequest>,
    ) -> Answer<settings::ListLicenseMapsResponse> {
        answer(settings::ListLicenseMapsResponse {
            license_maps: vec![settings::LicenseMap {
                id: 4,
                account_id: 1,
                license_type: "analyst".to_owned(),
                sso_license_mapping_groups: vec!["idp".to_owned()],
                ..Default::default()
            }],
        })
    }

    async fn create_license_map(
        &self,
        request: Request<settings::CreateLicenseMapRequest>,
    ) -> Answer<settings::LicenseMap> {
        answer(license_map(request.into_inner().license_map)?)
    }

    async fn replace_license_map(
        &self,
        request: Request<settings::ReplaceLicenseMapRequest>,
    ) -> Answer<settings::LicenseMap> {
        let request = request.into_inner();
        let mut map = license_map(request.license_map)?;
        if request.update_mask.unwrap().paths == ["sso_license_mapping_groups"] {
            map.license_type = "analyst".to_owned();
        }
        answer(map)
    }

    async fn delete_license_map(
        &self,
        request: Request<settings::DeleteLicenseMapRequest>,
    ) -> Answer<()> {
        assert_eq!(request.get_ref().id, 4);
        answer(())
    }

    async fn get_ip_restrictions(
        &self,
        _: Request<settings::GetIpRestrictionsRequest>,
    ) -> Answer<settings::IpRestrictions> {
        answer(settings::IpRestrictions {
            enabled: false,
            rules: vec![ip_rule()],
        })
    }

    async fn replace_ip_restrictions(
        &self,
        request: Request<settings::ReplaceIpRestrictionsRequest>,
    ) -> Answer<settings::IpRestrictions> {
        let mut set = request.into_inner().ip_restrictions.unwrap_or_default();
        for (rule, id) in set.rules.iter_mut().zip(6..) {
            rule.id = id;
        }
        answer(set)
    }

    async fn update_ip_restrictions_enabled(
        &self,
        request: Request<settings::UpdateIpRestrictionsEnabledRequest>,
    ) -> Answer<settings::IpRestrictions> {
        answer(settings::IpRestrictions {
            enabled: request.into_inner().enabled,
            rules: Vec::new(),
        })
    }

    async fn create_ip_rule(
        &self,
        request: Request<settings::CreateIpRuleRequest>,
    ) -> Answer<settings::IpRuleInSet> {
        let request = request.into_inner();
        let mut ip_rule = request.ip_rule.unwrap_or_default();
        ip_rule.id = 7;
        answer(settings::IpRuleInSet {
            ip_rule: Some(ip_rule),
            enabled: request.enabled.unwrap_or_default(),
        })
    }

    async fn update_ip_rule(
        &self,
        request: Request<settings::UpdateIpRuleRequest>,
    ) -> Answer<settings::IpRuleInSet> {
        let request = request.into_inner();
        let wanted = request.ip_rule.unwrap_or_default();
        if wanted.id != 6 {
            return fault(Reason::ResourceNotFound);
        }
        let mut rule = ip_rule();
        for path in request.update_mask.unwrap().paths {
            match path.as_str() {
                "name" => wanted.name.clone_into(&mut rule.name),
                "cidrs" => wanted.cidrs.clone_into(&mut rule.cidrs),
                _ => return fault(Reason::InvalidValue),
            }
        }
        answer(settings::IpRuleInSet {
            ip_rule: Some(rule),
            enabled: request.enabled.unwrap_or_default(),
        })
    }

    async fn delete_ip_rule(&self, request: Request<settings::DeleteIpRuleRequest>) -> Answer<()> {
        if request.get_ref().id != 6 {
            return fault(Reason::ResourceNotFound);
        }
        answer(())
    }

    async fn get_webhook(
        &self,
        request: Request<settings::GetWebhookRequest>,
    ) -> Answer<settings::Webhook> {
        assert!(!request.get_ref().with_secret);
        answer(settings::Webhook::default())
    }

    async fn replace_webhook(
        &self,
        request: Request<settings::ReplaceWebhookRequest>,
    ) -> Answer<settings::Webhook> {
        answer(settings::Webhook {
            url: request.into_inner().url,
            secret: "whsec_once".to_owned(),
            ..settings::Webhook::default()
        })
    }

    async fn rotate_webhook_secret(
        &self,
        _: Request<settings::RotateWebhookSecretRequest>,
    ) -> Answer<settings::Webhook> {
        answer(settings::Webhook {
            url: "https://x.test/".to_owned(),
            secret: "whsec_new".to_owned(),
            old_secret_expire_time: Some(prost_types::Timestamp::default()),
            ..settings::Webhook::default()
        })
    }
}

#[tonic::async_trait]
impl DeliveryService for Stub {
    async fn get_delivery_status(
        &self,
        _: Request<protocol::GetDeliveryStatusRequest>,
    ) -> Answer<protocol::DeliveryStatus> {
        answer(protocol::DeliveryStatus {
            pending_count: 2,
            last_error: "HTTP 500".to_owned(),
            ..protocol::DeliveryStatus::default()
        })
    }

    async fn list_dead_deliveries(
        &self,
        _: Request<protocol::ListDeadDeliveriesRequest>,
    ) -> Answer<protocol::ListDeadDeliveriesResponse> {
        answer(protocol::ListDeadDeliveriesResponse {
            deliveries: vec![protocol::DeadDelivery {
                change: Some(protocol::Change::default()),
                attempt_count: 9,
                last_error: "HTTP 500".to_owned(),
                dead_time: None,
            }],
            total_size: 1,
        })
    }

    async fn retry_dead_deliveries(
        &self,
        _: Request<protocol::RetryDeadDeliveriesRequest>,
    ) -> Answer<protocol::RetryDeadDeliveriesResponse> {
        answer(protocol::RetryDeadDeliveriesResponse { retried_count: 1 })
    }

    async fn purge_dead_deliveries(
        &self,
        _: Request<protocol::PurgeDeadDeliveriesRequest>,
    ) -> Answer<protocol::PurgeDeadDeliveriesResponse> {
        answer(protocol::PurgeDeadDeliveriesResponse { purged_count: 1 })
    }
}
