//! The permission sets of a group, which stay editable whatever SCIM manages (rule 11).

use axum::{extract::State, response::Response};
use proto::group::v1::{
    AddGroupPermissionRequest, GroupSettings, ListPermissionSetsRequest, Permission, PermissionSet,
    RemoveGroupPermissionRequest,
};

use super::{
    confirm::{Fact, Question},
    form::Form,
    group,
};
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

/// The permissions of a group in one text; none: it has none.
pub(super) fn in_words(settings: &GroupSettings) -> Option<String> {
    let words = settings.permissions.iter().map(|permission| {
        let project = project(permission);
        if project.is_empty() {
            format!("{} (all projects)", permission.permission_set)
        } else {
            format!("{} (project {project})", permission.permission_set)
        }
    });
    let words: Vec<String> = words.collect();
    Some(words.join(", ")).filter(|words| !words.is_empty())
}

/// Whether the members of a group administer the account by it.
pub(super) fn administer(settings: &GroupSettings, sets: &[PermissionSet]) -> bool {
    let mut permissions = settings.permissions.iter();
    permissions.any(|permission| is_administration(permission, sets))
}

fn is_administration(permission: &Permission, sets: &[PermissionSet]) -> bool {
    sets.iter()
        .any(|set| set.administers && set.name == permission.permission_set)
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
    if !form.is_on("confirmed")? {
        let settings = group::get(&gateway, &form.session, id).await?;
        let sets = sets(&gateway).await?;
        return removal(&settings, permission_id, &sets)?.ask(&form.session);
    }
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

/// What is asked before a permission goes.
fn removal(settings: &GroupSettings, id: i64, sets: &[PermissionSet]) -> Result<Question, Fault> {
    let group = settings.group.clone().unwrap_or_default();
    let mut permissions = settings.permissions.iter();
    let permission = permissions.find(|permission| permission.id == id);
    let permission = permission.ok_or_else(Fault::not_found)?;
    let others = settings.permissions.iter().filter(|other| other.id != id);
    let is_last = others.clone().all(|other| !is_administration(other, sets));
    let project = project(permission);
    let environments = permission.writable_environment_categories.join(", ");
    let or = |text: String, otherwise: &str| {
        Fact::Text(
            Some(text)
                .filter(|text| !text.is_empty())
                .unwrap_or_else(|| otherwise.to_owned()),
        )
    };
    let path = format!("/groups/{}", group.id);
    Ok(Question {
        section: "groups",
        title: "Remove permission set".to_owned(),
        warning: (is_administration(permission, sets) && is_last).then(|| {
            "The members of this group administer the account by it. Be sure that somebody else still does."
                .to_owned()
        }),
        facts: vec![
            ("Permission set", Fact::Text(permission.permission_set.clone())),
            ("Project", or(project, "all")),
            ("Writable environments", or(environments, "none")),
            ("Group", Fact::Text(group.display_name)),
            ("Members", Fact::Number(group.member_count)),
        ],
        effects: vec!["All members of the group lose at once what the permission set allows, unless another group gives it to them.".to_owned()],
        action: format!("{path}/permissions/remove"),
        cancel: path,
        fields: vec![("permission_id", id.to_string())],
        button: "Remove permission set",
        ..Question::default()
    })
}
