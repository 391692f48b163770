//! The permission sets of a group, which stay editable whatever SCIM manages (rule 11).

use axum::{extract::State, response::Response};
use proto::group::v1::{GroupSettings, Permission, ReplaceGroupPermissionsRequest};

use super::{form::Form, group, session::Session};
use crate::{admin::fields::invalid, error::Fault, request::Id, state::Gateway};

/// A permission in a table.
pub(super) struct Row {
    pub(super) set: String,
    /// Empty: all projects.
    pub(super) project_id: String,
    pub(super) environments: String,
}

/// The permissions of a group.
pub(super) fn rows(settings: &GroupSettings) -> Vec<Row> {
    let rows = settings.permissions.iter().map(|permission| Row {
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
            let permission = Permission {
                permission_set,
                project_id,
                all_projects: project_id.is_none(),
                writable_environment_categories: environments,
                ..Permission::default()
            };
            replace(&gateway, &session, &id, |all| all.push(permission)).await
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

/// `POST /console/groups/{id}/permissions/remove`: one less, named by what it says.
pub(super) async fn remove(
    State(gateway): State<Gateway>,
    Id(id): Id,
    mut form: Form,
) -> Result<Response, Fault> {
    let set = form.text("permission_set")?;
    let project_id = form.text("project_id")?;
    let environments = form.text("environments")?;
    let session = form.session;
    let is_it = |permission: &Permission| {
        permission.permission_set == set
            && project(permission) == project_id
            && permission.writable_environment_categories.join(", ") == environments
    };
    let written = replace(&gateway, &session, &id, |all| {
        all.retain(|permission| !is_it(permission));
    });
    let written = written.await;
    group::after(written, &gateway, session, id, "saved").await
}

/// Writes the list as it is then.
async fn replace(
    gateway: &Gateway,
    session: &Session,
    id: &str,
    change: impl FnOnce(&mut Vec<Permission>),
) -> Result<(), Fault> {
    let settings = group::get(gateway, session, id.to_owned()).await?;
    let mut permissions = settings.permissions;
    change(&mut permissions);
    let request = ReplaceGroupPermissionsRequest {
        account_id: session.caller.account_id,
        group_id: id.to_owned(),
        permissions,
        actor: Some(session.caller.actor()),
    };
    let mut client = gateway.clients.group_admin.clone();
    client.replace_group_permissions(request).await?;
    Ok(())
}
