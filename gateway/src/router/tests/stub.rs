//! Services that know four accounts, one user and one group.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use proto::{
    group::v1::{self as group, group_service_server as group_server},
    identity::v1::{self as identity, identity_service_server as identity_server},
    protocol::v1::{Change, ErrorReason as Reason, actor::Kind},
    settings::v1::{self as settings, settings_service_server as settings_server},
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

/// An account with SCIM on.
pub(crate) const ON: i64 = 1;
/// An account with SCIM off.
pub(super) const OFF: i64 = 2;
/// An account that reads to the letter.
pub(super) const STRICT: i64 = 3;
/// An account that some addresses only may call.
pub(super) const WALLED: i64 = 4;
/// A token of these accounts, on either surface.
pub(crate) const SECRET: &str = "good";
/// Another, for reading alone.
pub(super) const READER: &str = "reader";
/// A token that the token service cannot look up for now.
pub(super) const FAULTY: &str = "faulty";
/// The one user and the one group.
pub(crate) const ID: &str = "0193a000-0000-7000-8000-000000000001";
/// The number of both, for the admin API.
pub(crate) const NUMBER: i64 = 70_471;

/// How often the group service was asked to refresh a user.
pub(crate) type Refreshes = Arc<AtomicUsize>;

/// Serves all four services on one port; ends with the runtime. Counts how often a token was looked up, and how
/// often a user was refreshed.
pub(super) async fn spawn() -> (String, LookUps, Refreshes) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (reporter, health) = tonic_health::server::health_reporter();
    drop(reporter);
    let tokens = Tokens::default();
    let (look_ups, sessions) = (tokens.look_ups(), tokens.sessions());
    let groups = Stub::default();
    let refreshes = Arc::clone(&groups.refreshes);
    let server = Server::builder()
        .add_service(health)
        .add_service(identity_server::IdentityServiceServer::new(Stub::default()))
        .add_service(group_server::GroupServiceServer::new(groups))
        .add_service(tokens.service())
        .add_service(sessions)
        .add_service(settings_server::SettingsServiceServer::new(Stub::default()));
    let server = admin::add(server);
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    (url, look_ups, refreshes)
}

mod admin;
mod tokens;

pub(super) use tokens::LookUps;
use tokens::Tokens;

#[derive(Default)]
struct Stub {
    refreshes: Refreshes,
}

type Answer<T> = Result<Response<T>, Status>;

fn fault<T>(reason: Reason) -> Answer<T> {
    Err(proto::error::status(reason, "as the stub says"))
}

fn known(id: &str) -> Result<(), Status> {
    if id == ID {
        Ok(())
    } else {
        fault::<()>(Reason::ResourceNotFound).map(drop)
    }
}

fn etags(etags: &[String]) -> Result<(), Status> {
    if ::scim::etag::matches(etags, 3) {
        Ok(())
    } else {
        fault::<()>(Reason::EtagMismatch).map(drop)
    }
}

fn user() -> identity::User {
    identity::User {
        id: ID.to_owned(),
        number: NUMBER,
        user_name: "ann".to_owned(),
        active: Some(true),
        license_type: "developer".to_owned(),
        etag: "W/\"3\"".to_owned(),
        create_time: Some(prost_types::Timestamp::default()),
        update_time: Some(prost_types::Timestamp::default()),
        ..identity::User::default()
    }
}

/// The user after a write that switches its activity, or one that does not.
fn switched(is_switched: bool) -> identity::User {
    identity::User {
        activity_changed: is_switched,
        ..user()
    }
}

fn one_group(view: group::GroupView) -> group::Group {
    let member = group::Member {
        value: ID.to_owned(),
        r#type: group::MemberType::User.into(),
        display: "Ann".to_owned(),
    };
    group::Group {
        id: ID.to_owned(),
        number: NUMBER,
        display_name: "Sales".to_owned(),
        members: if view == group::GroupView::Full {
            vec![member]
        } else {
            vec![]
        },
        member_count: 1,
        etag: "W/\"3\"".to_owned(),
        ..group::Group::default()
    }
}

#[tonic::async_trait]
impl settings_server::SettingsService for Stub {
    async fn get_account(
        &self,
        request: Request<settings::GetAccountRequest>,
    ) -> Answer<settings::Account> {
        let id = request.into_inner().account_id;
        if !(ON..=WALLED).contains(&id) {
            return fault(Reason::ResourceNotFound);
        }
        let scim_configuration = settings::ScimConfiguration {
            enabled: id != OFF,
            scim_controlled_license_type: true,
            ..settings::ScimConfiguration::default()
        };
        let options = settings::AccountOptions {
            strict: id == STRICT,
            ..settings::AccountOptions::default()
        };
        let license_seats =
            [("developer", Some(5)), ("it", None)].map(|(name, total)| settings::LicenseSeats {
                license_type: name.to_owned(),
                total,
            });
        Ok(Response::new(settings::Account {
            id,
            plan: settings::Plan::Enterprise.into(),
            license_seats: license_seats.into(),
            ip_restrictions: (id == WALLED).then(|| settings::IpRestrictions {
                enabled: true,
                rules: vec![settings::IpRule {
                    r#type: settings::ip_rule::Type::Allow.into(),
                    cidrs: vec!["198.51.100.0/24".to_owned()],
                    ..settings::IpRule::default()
                }],
            }),
            scim_configuration: Some(scim_configuration),
            options: Some(options),
            ..settings::Account::default()
        }))
    }

    async fn create_account(
        &self,
        _: Request<settings::CreateAccountRequest>,
    ) -> Answer<settings::Account> {
        fault(Reason::InternalFault)
    }

    async fn list_accounts(
        &self,
        _: Request<settings::ListAccountsRequest>,
    ) -> Answer<settings::ListAccountsResponse> {
        fault(Reason::InternalFault)
    }

    async fn update_account(
        &self,
        request: Request<settings::UpdateAccountRequest>,
    ) -> Answer<settings::Account> {
        Ok(Response::new(
            request.into_inner().account.unwrap_or_default(),
        ))
    }

    async fn update_scim_configuration(
        &self,
        request: Request<settings::UpdateScimConfigurationRequest>,
    ) -> Answer<settings::ScimConfiguration> {
        let request = request.into_inner();
        let mut configuration = request.scim_configuration.unwrap_or_default();
        let written = request.update_mask.unwrap().paths;
        if !written.contains(&"scim_controlled_license_type".to_owned()) {
            configuration.scim_controlled_license_type = true;
        }
        Ok(Response::new(configuration))
    }

    async fn update_account_options(
        &self,
        request: Request<settings::UpdateAccountOptionsRequest>,
    ) -> Answer<settings::AccountOptions> {
        let options = request.into_inner().options;
        Ok(Response::new(options.unwrap_or_default()))
    }
}

#[tonic::async_trait]
impl identity_server::IdentityService for Stub {
    type WatchChangesStream = tokio_stream::Empty<Result<Change, Status>>;

    async fn get_user(&self, request: Request<identity::GetUserRequest>) -> Answer<identity::User> {
        known(&request.get_ref().id)?;
        Ok(Response::new(user()))
    }

    async fn batch_get_users(
        &self,
        request: Request<identity::BatchGetUsersRequest>,
    ) -> Answer<identity::BatchGetUsersResponse> {
        let request = request.into_inner();
        let is_named = request.ids.contains(&ID.to_owned()) || request.numbers.contains(&NUMBER);
        Ok(Response::new(identity::BatchGetUsersResponse {
            users: is_named.then(user).into_iter().collect(),
            left_ids: Vec::new(),
        }))
    }

    /// Has room for nothing, so that each list is asked for by itself.
    async fn batch_list_users(
        &self,
        request: Request<identity::BatchListUsersRequest>,
    ) -> Answer<identity::BatchListUsersResponse> {
        let none = |_| identity::ListUsersResult::default();
        let results = request.into_inner().lists.into_iter().map(none).collect();
        Ok(Response::new(identity::BatchListUsersResponse { results }))
    }

    async fn list_users(
        &self,
        request: Request<identity::ListUsersRequest>,
    ) -> Answer<identity::ListUsersResponse> {
        if request.get_ref().page_token == "forged" {
            return fault(Reason::InvalidCursor);
        }
        let next = if request.get_ref().use_page_tokens {
            "next"
        } else {
            ""
        };
        // Whoever looks somebody up asks whether there are more.
        let is_look_up = request.get_ref().filter.contains(" eq \"");
        Ok(Response::new(identity::ListUsersResponse {
            users: vec![user()],
            total_size: if is_look_up { 1 } else { 5 },
            next_page_token: next.to_owned(),
        }))
    }

    async fn create_user(
        &self,
        request: Request<identity::CreateUserRequest>,
    ) -> Answer<identity::User> {
        let request = request.into_inner();
        let actor = request.actor.unwrap();
        assert_eq!(actor.kind(), Kind::ScimToken);
        assert_eq!((&*actor.id, &*actor.name), ("7", "Okta"));
        assert!(!actor.request_id.is_empty());
        Ok(Response::new(user()))
    }

    async fn replace_user(
        &self,
        request: Request<identity::ReplaceUserRequest>,
    ) -> Answer<identity::User> {
        known(&request.get_ref().id)?;
        etags(&request.get_ref().etags)?;
        let wanted = request.into_inner().user.unwrap_or_default();
        Ok(Response::new(switched(wanted.active == Some(false))))
    }

    async fn patch_user(
        &self,
        request: Request<identity::PatchUserRequest>,
    ) -> Answer<identity::User> {
        known(&request.get_ref().id)?;
        let operations = request.into_inner().operations;
        let mut paths = operations.iter().filter_map(|one| one.path.as_deref());
        Ok(Response::new(switched(paths.any(|path| path == "active"))))
    }

    async fn delete_user(&self, request: Request<identity::DeleteUserRequest>) -> Answer<()> {
        known(&request.get_ref().id)?;
        Ok(Response::new(()))
    }

    async fn watch_changes(
        &self,
        _: Request<identity::WatchChangesRequest>,
    ) -> Answer<Self::WatchChangesStream> {
        fault(Reason::InternalFault)
    }
}

#[tonic::async_trait]
impl group_server::GroupService for Stub {
    async fn get_group(&self, request: Request<group::GetGroupRequest>) -> Answer<group::Group> {
        known(&request.get_ref().id)?;
        Ok(Response::new(one_group(request.get_ref().view())))
    }

    async fn list_groups(
        &self,
        request: Request<group::ListGroupsRequest>,
    ) -> Answer<group::ListGroupsResponse> {
        Ok(Response::new(group::ListGroupsResponse {
            groups: vec![one_group(request.get_ref().view())],
            total_size: 1,
            next_page_token: String::new(),
        }))
    }

    async fn create_group(
        &self,
        request: Request<group::CreateGroupRequest>,
    ) -> Answer<group::Group> {
        Ok(Response::new(one_group(request.get_ref().view())))
    }

    async fn replace_group(
        &self,
        request: Request<group::ReplaceGroupRequest>,
    ) -> Answer<group::Group> {
        known(&request.get_ref().id)?;
        Ok(Response::new(one_group(request.get_ref().view())))
    }

    async fn patch_group(
        &self,
        request: Request<group::PatchGroupRequest>,
    ) -> Answer<group::Group> {
        known(&request.get_ref().id)?;
        Ok(Response::new(one_group(request.get_ref().view())))
    }

    async fn delete_group(&self, request: Request<group::DeleteGroupRequest>) -> Answer<()> {
        known(&request.get_ref().id)?;
        Ok(Response::new(()))
    }

    async fn batch_list_user_groups(
        &self,
        request: Request<group::BatchListUserGroupsRequest>,
    ) -> Answer<group::BatchListUserGroupsResponse> {
        let of = |user_id: String| group::UserGroups {
            user_id,
            memberships: vec![group::Membership {
                group_id: ID.to_owned(),
                display_name: "Sales".to_owned(),
                direct: true,
            }],
        };
        let user_groups = request.into_inner().user_ids.into_iter().map(of).collect();
        Ok(Response::new(group::BatchListUserGroupsResponse {
            user_groups,
            left_user_ids: Vec::new(),
        }))
    }

    /// Fails, which a client that switches a user must not notice.
    async fn refresh_user(&self, request: Request<group::RefreshUserRequest>) -> Answer<()> {
        let request = request.into_inner();
        assert_eq!(request.user_id, ID);
        assert!(request.actor.is_some());
        self.refreshes.fetch_add(1, Ordering::Relaxed);
        fault(Reason::DependencyUnavailable)
    }

    /// Fails, which a client that deletes a user must not notice.
    async fn remove_deleted_user(&self, _: Request<group::RemoveDeletedUserRequest>) -> Answer<()> {
        fault(Reason::DependencyUnavailable)
    }
}
