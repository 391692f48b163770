//! The RPCs of `GroupAdminService`.

mod assign_user_groups;
mod create_group_settings;
mod group_settings;
mod join_default_groups;
mod permission_summary;
mod permissions;
mod record_sign_in;

use diesel_async::AsyncPgConnection;
use proto::group::v1::{self as pb, group_admin_service_server::GroupAdminService};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::Service;
use crate::{delta::Steps, error::Error, groups::Group};

impl Service {
    /// Fails unless all of the ids are users of the account; they are known here afterwards.
    async fn require_users(&self, account_id: i64, ids: &[Uuid]) -> Result<(), Error> {
        let steps = Steps::adding(ids.iter().map(Uuid::to_string))?;
        let references = self.references(account_id, &steps).await?;
        if references.missing.is_some() || !references.groups.is_empty() {
            return Err(Error::NoSuchUser);
        }
        Ok(())
    }
}

/// What an account keeps of each of the groups beyond SCIM, in the order of the groups.
async fn settings_of(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    groups: Vec<Group>,
) -> Result<Vec<pb::GroupSettings>, Error> {
    let ids: Vec<Uuid> = groups.iter().map(|group| group.id).collect();
    let mut permissions = if ids.is_empty() {
        std::collections::HashMap::new()
    } else {
        crate::permissions::of_groups(connection, account_id, &ids).await?
    };
    let settings = groups.into_iter().map(|mut group| pb::GroupSettings {
        assign_by_default: group.assign_by_default,
        sso_mapping_groups: std::mem::take(&mut group.sso_mapping_groups),
        permissions: permissions.remove(&group.id).unwrap_or_default(),
        scim_allowed: group.scim_allowed,
        group: Some(group.into_pb()),
    });
    Ok(settings.collect())
}

/// As [`settings_of`], of one group.
async fn settings_of_one(
    connection: &mut AsyncPgConnection,
    group: Group,
) -> Result<pb::GroupSettings, Error> {
    let account_id = group.account_id;
    let mut settings = settings_of(connection, account_id, vec![group]).await?;
    settings.pop().ok_or(Error::NotFound)
}

#[tonic::async_trait]
impl GroupAdminService for Service {
    async fn get_group_settings(
        &self,
        request: Request<pb::GetGroupSettingsRequest>,
    ) -> Result<Response<pb::GroupSettings>, Status> {
        let settings = self.get_settings(request.into_inner()).await?;
        Ok(Response::new(settings))
    }

    async fn list_group_settings(
        &self,
        request: Request<pb::ListGroupSettingsRequest>,
    ) -> Result<Response<pb::ListGroupSettingsResponse>, Status> {
        let response = self.list_settings(request.into_inner()).await?;
        Ok(Response::new(response))
    }

    async fn create_group_settings(
        &self,
        request: Request<pb::CreateGroupSettingsRequest>,
    ) -> Result<Response<pb::GroupSettings>, Status> {
        let settings = self.create_settings(request.into_inner()).await?;
        Ok(Response::new(settings))
    }

    async fn update_group_settings(
        &self,
        request: Request<pb::UpdateGroupSettingsRequest>,
    ) -> Result<Response<pb::GroupSettings>, Status> {
        let settings = self.update_settings(request.into_inner()).await?;
        Ok(Response::new(settings))
    }

    async fn replace_group_permissions(
        &self,
        request: Request<pb::ReplaceGroupPermissionsRequest>,
    ) -> Result<Response<pb::GroupSettings>, Status> {
        let settings = self.replace_permissions(request.into_inner()).await?;
        Ok(Response::new(settings))
    }

    async fn add_group_permission(
        &self,
        request: Request<pb::AddGroupPermissionRequest>,
    ) -> Result<Response<pb::GroupSettings>, Status> {
        let settings = self.add_permission(request.into_inner()).await?;
        Ok(Response::new(settings))
    }

    async fn remove_group_permission(
        &self,
        request: Request<pb::RemoveGroupPermissionRequest>,
    ) -> Result<Response<pb::GroupSettings>, Status> {
        let settings = self.remove_permission(request.into_inner()).await?;
        Ok(Response::new(settings))
    }

    async fn list_permission_sets(
        &self,
        _: Request<pb::ListPermissionSetsRequest>,
    ) -> Result<Response<pb::ListPermissionSetsResponse>, Status> {
        let permission_sets = self.permission_sets.to_pb();
        Ok(Response::new(pb::ListPermissionSetsResponse {
            permission_sets,
        }))
    }

    async fn get_permission_summary(
        &self,
        request: Request<pb::GetPermissionSummaryRequest>,
    ) -> Result<Response<pb::PermissionSummary>, Status> {
        let summary = self.permission_summary(request.into_inner()).await?;
        Ok(Response::new(summary))
    }

    async fn assign_user_groups(
        &self,
        request: Request<pb::AssignUserGroupsRequest>,
    ) -> Result<Response<pb::AssignUserGroupsResponse>, Status> {
        let response = self.assign(request.into_inner()).await?;
        Ok(Response::new(response))
    }

    async fn join_default_groups(
        &self,
        request: Request<pb::JoinDefaultGroupsRequest>,
    ) -> Result<Response<pb::JoinDefaultGroupsResponse>, Status> {
        let response = self.join_defaults(request.into_inner()).await?;
        Ok(Response::new(response))
    }

    async fn record_sign_in(
        &self,
        request: Request<pb::RecordSignInRequest>,
    ) -> Result<Response<pb::RecordSignInResponse>, Status> {
        let response = self.sign_in(request.into_inner()).await?;
        Ok(Response::new(response))
    }
}
