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
    },
    settings::v1::{
        self as settings,
        account_service_server::{AccountService, AccountServiceServer},
    },
};
use tonic::{Request, Response, Status, transport::server::Router};

use super::{Answer, ID, Stub, fault, known, one_group, user};

/// Adds the services.
pub(super) fn add(router: Router) -> Router {
    router
        .add_service(GroupAdminServiceServer::new(Stub))
        .add_service(InvitationServiceServer::new(Stub))
        .add_service(LicenseServiceServer::new(Stub))
        .add_service(ChangeLogServiceServer::new(Stub))
        .add_service(AccountServiceServer::new(Stub))
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

    async fn list_group_settings(
        &self,
        request: Request<group::ListGroupSettingsRequest>,
    ) -> Answer<group::ListGroupSettingsResponse> {
        let request = request.into_inner();
        let is_named = request.group_ids.is_empty() || request.group_ids.contains(&ID.to_owned());
        let found = is_named && request.skip == 0;
        answer(group::ListGroupSettingsResponse {
            settings: found.then(group_settings).into_iter().collect(),
            total_size: is_named.into(),
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
        _: Request<group::JoinDefaultGroupsRequest>,
    ) -> Answer<group::JoinDefaultGroupsResponse> {
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
        let actor = request.into_inner().actor.unwrap();
        assert_eq!(actor.ip_address, "");
        answer(identity::CreateInvitationsResponse {
            invitations: vec![invitation()],
            users: vec![user()],
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

    async fn list_dead_deliveries(
        &self,
        _: Request<identity::ListDeadDeliveriesRequest>,
    ) -> Answer<identity::ListDeadDeliveriesResponse> {
        answer(identity::ListDeadDeliveriesResponse {
            deliveries: vec![identity::DeadDelivery {
                change: Some(protocol::Change::default()),
                attempt_count: 9,
                last_error: "HTTP 500".to_owned(),
            }],
        })
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
}

fn license_map(license_map: Option<settings::LicenseMap>) -> Result<settings::LicenseMap, Status> {
    let license_map = license_map.unwrap_or_default();
    if license_map.license_type == "taken" {
        return fault::<()>(Reason::Uniqueness).map(|_| license_map);
    }
    Ok(license_map)
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
        answer(license_map(request.into_inner().license_map)?)
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
            rules: vec![settings::IpRule {
                id: 6,
                name: "office".to_owned(),
                r#type: settings::ip_rule::Type::Allow.into(),
                cidrs: vec!["192.0.2.0/24".to_owned(), "2001:db8::/32".to_owned()],
            }],
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
        })
    }
}
