//! The permission sets of a group, which stay editable whatever SCIM manages (rule 11).

use axum::{extract::State, response::Response};
use proto::group::v1::{
    AddGroupPermissionRequest, GroupSettings, ListPermissionSetsRequest, Permission, PermissionSet,
    RemoveGroupPermissionRequest,
};

use super::{form::Form, group};
use crate::{
    admin::{fields::invalid, invites::number},
    error::Fault,
    request::Id,
    state::Gateway,
};

/// A permission in a table.
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) set: String,
    /// Empty: all projects.
    pub(super) project_id: String,
    pub(super) environments: String,
}

/// The permission sets there are.
pub(super) async fn sets(gateway: &Gateway) -> Result<Vec<PermissionSet>, Fault> {
    let mut client = gateway.clients.group_admin.clone();
    let sets = client.list_permission_sets(ListPermissionSetsRequest {});
    Ok(sets.await?.into_inner().permission_sets)
}

/// The permissions of a group.
pub(super) fn rows(settings: &GroupSettings) -> Vec<Row> {
    let rows = settings.permissions.iter().map(|permission| Row {
        id: permission.id,
        set: permission.permission_set.clone(),
        project_id: project(permission),
        environments: permission.writable_environment_categories.join(", "),
    });
    rows.collect()
}

fn project(permission: &Permission) -> String {
    let id = permission.project_id.map(|id| id.to_string());
    id.unwrap_or_default()
}

/// `POST /console/groups/{id}/permissions`: one more.
pub(super) async fn add(
    State(gateway): State<Gateway>,
    Id(id): Id,
    mut form: Form,
) -> Result<Response, Fault> {
    let permission_set = form.text("permission_set")?;
    let project = form.text("project_id")?;
    let environments = form.texts("environment")?;
    let session = form.session;
    let written = match project_id(&project) {
        Ok(project_id) => {
            let request = AddGroupPermissionRequest {
                account_id: session.caller.account_id,
                group_id: id.clone(),
                permission: Some(Permission {
                    permission_set,
                    project_id,
                    all_projects: project_id.is_none(),
                    writable_environment_categories: environments,
                    ..Permission::default()
                }),
                actor: Some(session.caller.actor()),
            };
            let mut client = gateway.clients.group_admin.clone();
            let written = client.add_group_permission(request).await;
            written.map(drop).map_err(Fault::from)
        }
        Err(fault) => Err(fault),
    };
    group::after(written, &gateway, session, id, "saved").await
}

fn project_id(text: &str) -> Result<Option<i64>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    let id = text.parse().ok();
    id.map(Some).ok_or_else(|| invalid("a project is a number"))
}

/// `POST /console/groups/{id}/permissions/remove`: one less.
pub(super) async fn remove(
    State(gateway): State<Gateway>,
    Id(id): Id,
    mut form: Form,
) -> Result<Response, Fault> {
    let permission_id = number(&form.text("permission_id")?)?;
    let session = form.session;
    let request = RemoveGroupPermissionRequest {
        account_id: session.caller.account_id,
        group_id: id.clone(),
        permission_id,
        actor: Some(session.caller.actor()),
    };
    let mut client = gateway.clients.group_admin.clone();
    let written = client.remove_group_permission(request).await;
    let written = written.map_err(Fault::from);
    group::after(written, &gateway, session, id, "saved").await
}
