//! With the real identity service: what the two say to each other.

use chassis::env::Env;
use proto::{
    group::v1::{
        self as pb, GetGroupRequest, GroupView,
        group_admin_service_client::GroupAdminServiceClient,
        group_service_client::GroupServiceClient,
    },
    identity::v1::{
        CreateUserRequest, DeleteUserRequest, Email, Invitation, ListInvitationsRequest,
        PatchUserRequest, RedeemInvitationRequest, User,
        identity_service_client::IdentityServiceClient,
        invitation_service_client::InvitationServiceClient,
    },
    protocol::v1::{ErrorReason, patch_operation::Op},
    settings::v1::{
        AccountOptions, ScimConfiguration, UpdateAccountOptionsRequest,
        UpdateScimConfigurationRequest, settings_service_client::SettingsServiceClient,
    },
};
use secrecy::ExposeSecret;
use tonic::{Status, transport::Channel};

use crate::harness::*;

/// The three services as they are.
struct Real {
    settings: SettingsServiceClient<Channel>,
    identity: IdentityServiceClient<Channel>,
    invitations: InvitationServiceClient<Channel>,
    groups: GroupServiceClient<Channel>,
    admin: GroupAdminServiceClient<Channel>,
    _running: [testkit::Running; 3],
    // Last, so that they go after those who use them.
    users: testkit::Database,
    _databases: [testkit::Database; 2],
}

impl Real {
    async fn start() -> Real {
        let settings_database = testkit::Database::create(settings::MIGRATIONS).await;
        let settings = spawn_settings(&settings_database).await;
        let users = testkit::Database::create(identity::MIGRATIONS).await;
        let identity = spawn_identity(&users, &settings).await;
        let database = testkit::Database::create(group::MIGRATIONS).await;
        let config = group::Config {
            database: storage::postgres::Config {
                url: database.url(),
                max_connections: 4,
            },
            identity_url: identity.url(),
            settings_url: settings.url(),
            schemas: Default::default(),
            permission_sets: Default::default(),
            cursor_key: None,
            delivery: delivery::Config::default(),
        };
        let groups = spawn_group(&config).await;
        let real = Real {
            settings: SettingsServiceClient::connect(settings.url())
                .await
                .unwrap(),
            identity: IdentityServiceClient::connect(identity.url())
                .await
                .unwrap(),
            invitations: InvitationServiceClient::connect(identity.url())
                .await
                .unwrap(),
            groups: client(&groups).await,
            admin: GroupAdminServiceClient::connect(groups.url())
                .await
                .unwrap(),
            _running: [groups, identity, settings],
            users,
            _databases: [database, settings_database],
        };
        create_account(&real.settings, ACCOUNT).await;
        real.configure(true).await;
        real
    }

    async fn configure(&self, enabled: bool) {
        let request = UpdateScimConfigurationRequest {
            account_id: ACCOUNT,
            scim_configuration: Some(ScimConfiguration {
                enabled,
                manual_updates_allowed: true,
                ..ScimConfiguration::default()
            }),
            actor: Some(admin_actor()),
            update_mask: Some(proto::mask::all()),
        };
        let mut settings = self.settings.clone();
        settings.update_scim_configuration(request).await.unwrap();
    }

    async fn license_on_redemption(&self) {
        let request = UpdateAccountOptionsRequest {
            account_id: ACCOUNT,
            options: Some(AccountOptions {
                license_on_redemption: true,
                ..AccountOptions::default()
            }),
            actor: Some(admin_actor()),
            ..Default::default()
        };
        let mut settings = self.settings.clone();
        settings.update_account_options(request).await.unwrap();
    }

    /// A user made over SCIM.
    async fn user(&self, name: &str) -> String {
        let email = format!("{name}@x.test");
        let request = CreateUserRequest {
            account_id: ACCOUNT,
            user: Some(User {
                user_name: email.clone(),
                display_name: name.to_owned(),
                emails: vec![Email {
                    value: email,
                    ..Email::default()
                }],
                ..User::default()
            }),
            actor: Some(scim_actor()),
            ..Default::default()
        };
        let mut identity = self.identity.clone();
        identity.create_user(request).await.unwrap().into_inner().id
    }

    async fn set_active(&self, id: &str, active: bool) -> Result<(), Status> {
        let request = PatchUserRequest {
            account_id: ACCOUNT,
            id: id.to_owned(),
            operations: vec![operation(Op::Replace, Some("active"), Some(active.into()))],
            etags: Vec::new(),
            actor: Some(scim_actor()),
            ..Default::default()
        };
        self.identity.clone().patch_user(request).await.map(drop)
    }

    async fn delete_user(&self, id: &str) -> Result<(), Status> {
        let request = DeleteUserRequest {
            account_id: ACCOUNT,
            id: id.to_owned(),
            etags: Vec::new(),
            actor: Some(scim_actor()),
        };
        self.identity.clone().delete_user(request).await.map(drop)
    }

    async fn group(&self, name: &str, members: &[String]) -> Result<pb::Group, Status> {
        let created = self
            .groups
            .clone()
            .create_group(creation(name, members))
            .await;
        Ok(created?.into_inner())
    }

    async fn remove(&self, group: &str, member: &str) -> Result<(), Status> {
        let remove = vec![remove_members(&[member.to_owned()])];
        let mut groups = self.groups.clone();
        groups.patch_group(patching(group, remove)).await.map(drop)
    }

    async fn member_count(&self, group: &str) -> i64 {
        let request = GetGroupRequest {
            account_id: ACCOUNT,
            id: group.to_owned(),
            view: GroupView::Basic.into(),
        };
        let group = self.groups.clone().get_group(request).await.unwrap();
        group.into_inner().member_count
    }

    async fn permit(&self, group: &str) {
        let request = pb::ReplaceGroupPermissionsRequest {
            account_id: ACCOUNT,
            group_id: group.to_owned(),
            permissions: vec![pb::Permission {
                permission_set: "account_admin".to_owned(),
                all_projects: true,
                ..pb::Permission::default()
            }],
            actor: Some(admin_actor()),
        };
        let mut admin = self.admin.clone();
        admin.replace_group_permissions(request).await.unwrap();
    }

    async fn sign_in(&self, user: &str, idp_groups: &[&str]) -> Result<(usize, bool), Status> {
        let request = pb::RecordSignInRequest {
            account_id: ACCOUNT,
            user_id: user.to_owned(),
            idp_groups: idp_groups.iter().copied().map(str::to_owned).collect(),
            actor: Some(service_actor()),
        };
        let response = self.admin.clone().record_sign_in(request).await?;
        let response = response.into_inner();
        Ok((response.memberships.len(), response.mapped))
    }

    async fn invitation(&self, user: &str) -> Invitation {
        let request = ListInvitationsRequest {
            account_id: ACCOUNT,
            user_id: user.to_owned(),
            ..ListInvitationsRequest::default()
        };
        let listed = self.invitations.clone().list_invitations(request).await;
        listed.unwrap().into_inner().invitations.remove(0)
    }
}

async fn spawn_identity(
    database: &testkit::Database,
    settings: &testkit::Running,
) -> testkit::Running {
    let mut env = Env::from_pairs([
        ("DATABASE_URL", database.url().expose_secret().to_owned()),
        ("SETTINGS_URL", settings.url()),
    ]);
    let config = identity::Config::from_env(&mut env);
    env.finish().unwrap();
    testkit::spawn(|listener, shutdown| identity::serve(config, listener, shutdown)).await
}

#[tokio::test]
async fn members_are_named_and_leave_when_deleted() {
    let real = Real::start().await;
    let ann = real.user("Ann").await;
    let group = real.group("A", std::slice::from_ref(&ann)).await.unwrap();
    assert_eq!(group.members[0].display, "Ann");
    real.delete_user(&ann).await.unwrap();
    eventually(async || real.member_count(&group.id).await == 0).await;
    let mut groups = real.groups.clone();
    let result = groups
        .patch_group(patching(&group.id, vec![add_members(&[ann])]))
        .await;
    result.unwrap_err();
}

/// Rule 13, from both sides.
#[tokio::test]
async fn the_last_administrator_stays() {
    let real = Real::start().await;
    let (ann, ben) = (real.user("Ann").await, real.user("Ben").await);
    let group = real
        .group("Admins", &[ann.clone(), ben.clone()])
        .await
        .unwrap()
        .id;
    real.permit(&group).await;
    real.set_active(&ben, false).await.unwrap();
    for result in [
        real.remove(&group, &ann).await,
        real.set_active(&ann, false).await,
        real.delete_user(&ann).await,
        real.groups
            .clone()
            .delete_group(deletion(&group))
            .await
            .map(drop),
    ] {
        assert_eq!(reason(result), ErrorReason::LastAdmin);
    }
    assert_eq!(real.member_count(&group).await, 2);
    real.set_active(&ben, true).await.unwrap();
    real.remove(&group, &ann).await.unwrap();
    real.delete_user(&ann).await.unwrap();
    let result = real.set_active(&ben, false).await;
    assert_eq!(reason(result), ErrorReason::LastAdmin);
}

/// Rule 8, F6, F7: an invitation that expired is sent again with a push; where licences come on redemption,
/// a push waits for it.
#[tokio::test]
async fn pushes_and_invitations() {
    let real = Real::start().await;
    let ann = real.user("Ann").await;
    let before = real.invitation(&ann).await;
    let pool = pool(&real.users);
    let mut connection = storage::postgres::connect(&pool).await.unwrap();
    let expire = "update invitations set expires_at = now() - interval '1 day'";
    diesel_async::RunQueryDsl::execute(diesel::sql_query(expire), &mut connection)
        .await
        .unwrap();
    let expired = real.invitation(&ann).await;
    assert_ne!(expired.state, before.state);
    real.group("A", std::slice::from_ref(&ann)).await.unwrap();
    assert_eq!(real.invitation(&ann).await.state, before.state);

    real.license_on_redemption().await;
    let ben = real.user("Ben").await;
    let both = [ann, ben.clone()];
    let status = real.group("B", &both).await.unwrap_err();
    assert_eq!(proto::error::reason(&status), Some(ErrorReason::NoLicense));
    assert_eq!(
        status.message(),
        "All users must have licenses on the account: Ben@x.test"
    );
    let request = RedeemInvitationRequest {
        account_id: ACCOUNT,
        id: real.invitation(&ben).await.id,
        actor: Some(service_actor()),
    };
    let mut invitations = real.invitations.clone();
    invitations.redeem_invitation(request).await.unwrap();
    real.group("B", &both).await.unwrap();
}

/// Rules 7 and 10.
#[tokio::test]
async fn sign_ins_and_deactivations() {
    let real = Real::start().await;
    let ann = real.user("Ann").await;
    let request = pb::CreateGroupRequest {
        actor: Some(admin_actor()),
        ..creation("Eng", &[])
    };
    let group = real.groups.clone().create_group(request).await;
    let group = group.unwrap().into_inner().id;
    let request = pb::UpdateGroupSettingsRequest {
        sso_mapping_groups: Some(pb::StringList {
            values: vec!["eng".to_owned()],
        }),
        ..settings_update(&group)
    };
    let mut admin = real.admin.clone();
    admin.update_group_settings(request).await.unwrap();
    let managed = real.sign_in(&ann, &["eng"]).await.unwrap();
    assert_eq!(managed, (0, false));
    real.configure(false).await;
    assert_eq!(real.sign_in(&ann, &["eng"]).await.unwrap(), (1, true));
    real.set_active(&ann, false).await.unwrap();
    eventually(async || real.member_count(&group).await == 0).await;
    let result = real.sign_in(&ann, &["eng"]).await;
    assert_eq!(reason(result), ErrorReason::InvalidValue);
    real.set_active(&ann, true).await.unwrap();
    assert_eq!(real.sign_in(&ann, &["eng"]).await.unwrap(), (1, true));
    let nobody = uuid::Uuid::now_v7().to_string();
    let result = real.sign_in(&nobody, &[]).await;
    assert_eq!(reason(result), ErrorReason::ResourceNotFound);
}
