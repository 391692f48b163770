//! `/group-permissions/{group id}/`: what the members of a group may do; data that other services act on.

use axum::{extract::State, response::Response};
use proto::group::v1::{GroupSettings, Permission, ReplaceGroupPermissionsRequest};
use serde_json::{Value, json};

use super::{
    envelope::{self, instant},
    fields::{self, Fields, FieldsList, invalid, required},
    ids,
};
use crate::{auth::AdminCaller, error::Fault, request::Id, state::Gateway};

/// `POST /group-permissions/{id}/`: the list replaces all there were.
pub(crate) async fn replace_group_permissions(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
    FieldsList(list): FieldsList,
) -> Result<Response, Fault> {
    let group_id = ids::group(&gateway, &caller, id.clone()).await?;
    let mut permissions = Vec::with_capacity(list.len());
    for fields in list {
        permissions.extend(read(fields, &caller, [&id, &group_id])?);
    }
    let request = ReplaceGroupPermissionsRequest {
        account_id: caller.account_id,
        group_id,
        permissions,
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.group_admin.clone();
    let settings = client.replace_group_permissions(request).await?;
    let described = describe_all(&settings.into_inner(), caller.account_id);
    Ok(envelope::list(described))
}

/// One permission; none where it is marked as deleted. The group, where it is named, is by its number or as in
/// the path.
fn read(
    mut fields: Fields,
    caller: &AdminCaller,
    group_ids: [&String; 2],
) -> Result<Option<Permission>, Fault> {
    fields.account(caller.account_id)?;
    if let Some(other) = fields.id("group_id")?
        && !group_ids.contains(&&other)
    {
        return Err(invalid("group_id is not that of the path"));
    }
    let state = fields.state()?;
    let permission_set = fields.text("permission_set")?;
    let project_id = fields.integer("project_id")?;
    let all_projects = fields.boolean("all_projects")?;
    let environments = fields.texts("writable_environment_categories")?;
    fields.ignore(&["id", "permission_level", "created_at", "updated_at"]);
    fields.finish()?;
    if state == Some(fields::State::Deleted) {
        return Ok(None);
    }
    Ok(Some(Permission {
        id: 0,
        permission_set: required("permission_set", permission_set)?,
        project_id,
        all_projects: all_projects.unwrap_or(project_id.is_none()),
        writable_environment_categories: environments.unwrap_or_default(),
    }))
}

/// The permissions of a group.
pub(crate) fn describe_all(settings: &GroupSettings, account_id: i64) -> Vec<Value> {
    let group = settings.group.clone().unwrap_or_default();
    let describe = |permission: &Permission| {
        json!({
            "id": permission.id,
            "account_id": account_id,
            "group_id": group.number,
            "permission_set": permission.permission_set,
            "permission_level": null,
            "project_id": permission.project_id,
            "all_projects": permission.all_projects,
            "writable_environment_categories": permission.writable_environment_categories,
            "state": fields::State::Active.number(),
            "created_at": instant(group.create_time.as_ref()),
            "updated_at": instant(group.update_time.as_ref()),
        })
    };
    settings.permissions.iter().map(describe).collect()
}
