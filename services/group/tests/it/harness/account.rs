//! What surrounds groups in an account: its settings, permissions, sign-ins.

use proto::{
    group::v1 as pb,
    settings::v1::{
        AccountOptions, ScimConfiguration, UpdateAccountOptionsRequest,
        UpdateScimConfigurationRequest,
    },
};
use tonic::Status;

use super::{ACCOUNT, Service, admin_actor, service_actor, settings_update};

impl Service {
    pub(crate) async fn configure(&self, configuration: ScimConfiguration) {
        let request = UpdateScimConfigurationRequest {
            account_id: ACCOUNT,
            scim_configuration: Some(configuration),
            actor: Some(admin_actor()),
            update_mask: Some(proto::mask::all()),
        };
        let mut settings = self.settings.clone();
        settings.update_scim_configuration(request).await.unwrap();
    }

    /// Switches SCIM on, and manual updates off.
    pub(crate) async fn close_manual_updates(&self) {
        self.configure(ScimConfiguration {
            enabled: true,
            ..ScimConfiguration::default()
        })
        .await;
    }

    pub(crate) async fn make_strict(&self) {
        self.set_options(AccountOptions {
            strict: true,
            ..AccountOptions::default()
        })
        .await;
    }

    pub(crate) async fn set_options(&self, options: AccountOptions) {
        let request = UpdateAccountOptionsRequest {
            account_id: ACCOUNT,
            options: Some(options),
            actor: Some(admin_actor()),
            update_mask: Some(proto::mask::all()),
        };
        let mut settings = self.settings.clone();
        settings.update_account_options(request).await.unwrap();
    }

    /// Gives a group one permission set for all projects, or none.
    pub(crate) async fn permit(&self, group: &str, set: Option<&str>) -> pb::GroupSettings {
        let permission = |set: &str| pb::Permission {
            permission_set: set.to_owned(),
            all_projects: true,
            ..pb::Permission::default()
        };
        let request = pb::ReplaceGroupPermissionsRequest {
            account_id: ACCOUNT,
            group_id: group.to_owned(),
            permissions: set.map(permission).into_iter().collect(),
            actor: Some(admin_actor()),
        };
        let mut admin = self.admin.clone();
        let response = admin.replace_group_permissions(request).await;
        response.unwrap().into_inner()
    }

    pub(crate) async fn update_settings(
        &self,
        request: pb::UpdateGroupSettingsRequest,
    ) -> Result<pb::GroupSettings, Status> {
        let mut admin = self.admin.clone();
        Ok(admin.update_group_settings(request).await?.into_inner())
    }

    /// Makes a group one that users join by default.
    pub(crate) async fn make_default(&self, group: &str) {
        let request = pb::UpdateGroupSettingsRequest {
            assign_by_default: Some(true),
            ..settings_update(group)
        };
        self.update_settings(request).await.unwrap();
    }

    /// Maps identity provider groups to a group.
    pub(crate) async fn map(&self, group: &str, names: &[&str]) {
        let request = pb::UpdateGroupSettingsRequest {
            sso_mapping_groups: Some(pb::StringList {
                values: names.iter().copied().map(str::to_owned).collect(),
            }),
            ..settings_update(group)
        };
        self.update_settings(request).await.unwrap();
    }

    /// Records a sign-in, and returns the names of the groups the user is in, and whether it was mapped.
    pub(crate) async fn sign_in(
        &self,
        user: &str,
        idp_groups: &[&str],
    ) -> Result<(Vec<String>, bool), Status> {
        let request = pb::RecordSignInRequest {
            account_id: ACCOUNT,
            user_id: user.to_owned(),
            idp_groups: idp_groups.iter().copied().map(str::to_owned).collect(),
            actor: Some(service_actor()),
        };
        let response = self.admin.clone().record_sign_in(request).await?;
        let response = response.into_inner();
        let memberships = response.memberships.into_iter();
        let names = memberships.map(|membership| membership.display_name);
        Ok((names.collect(), response.mapped))
    }

    /// Puts a user into exactly these groups, and returns their names.
    pub(crate) async fn assign(&self, user: &str, groups: &[&str]) -> Result<Vec<String>, Status> {
        let request = pb::AssignUserGroupsRequest {
            account_id: ACCOUNT,
            user_id: user.to_owned(),
            group_ids: groups.iter().copied().map(str::to_owned).collect(),
            actor: Some(admin_actor()),
        };
        let response = self.admin.clone().assign_user_groups(request).await?;
        let groups = response.into_inner().groups.into_iter();
        Ok(groups.map(|group| group.display_name).collect())
    }

    /// Switches SCIM on, with manual updates.
    pub(crate) async fn enable_scim(&self) {
        self.configure(ScimConfiguration {
            enabled: true,
            manual_updates_allowed: true,
            ..ScimConfiguration::default()
        })
        .await;
    }
}
