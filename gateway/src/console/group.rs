//! One group: members, permission sets, who joins by itself, and what may be changed.

use askama::Template;
use axum::{extract::State, response::Response};
use proto::{
    group::v1::{
        DeleteGroupRequest, GetGroupSettingsRequest, GroupSettings, PermissionSet, StringList,
        UpdateGroupSettingsRequest,
    },
    permission,
};

use super::{
    confirm::{Fact, Question},
    form::Form,
    groups::Row,
    members,
    page::{Page, Pager, answer, skip},
    permissions,
    session::Session,
    time::{When, when},
};
use crate::{
    admin::{fields::invalid, query::Query},
    error::Fault,
    request::Id,
    state::Gateway,
};

#[derive(Template)]
#[template(path = "group.html")]
struct GroupPage {
    page: Page,
    row: Row,
    mapping: String,
    created: When,
    updated: When,
    members: Vec<members::Row>,
    pager: Pager,
    permissions: Vec<permissions::Row>,
    permission_sets: Vec<PermissionSet>,
    environments: &'static [&'static str],
    is_locked: bool,
    /// Whether SCIM is kept out unless that is allowed here.
    is_protected: bool,
    is_scim_allowed: bool,
}

/// `GET /console/groups/{id}`.
pub(super) async fn show(
    State(gateway): State<Gateway>,
    session: Session,
    Id(id): Id,
    query: Query,
) -> Result<Response, Fault> {
    view(&gateway, &session, id, skip(&query)?).await
}

/// One group with its settings.
pub(super) async fn get(
    gateway: &Gateway,
    session: &Session,
    id: String,
) -> Result<GroupSettings, Fault> {
    let request = GetGroupSettingsRequest {
        account_id: session.caller.account_id,
        group_id: id,
    };
    let mut client = gateway.clients.group_admin.clone();
    Ok(client.get_group_settings(request).await?.into_inner())
}

/// The page of a group, from some member on.
pub(super) async fn view(
    gateway: &Gateway,
    session: &Session,
    id: String,
    skip: i32,
) -> Result<Response, Fault> {
    let (settings, (members, total), permission_sets) = futures::try_join!(
        get(gateway, session, id.clone()),
        members::list(gateway, session, &id, skip),
        permissions::sets(gateway)
    )?;
    let row = Row::new(&settings);
    let group = settings.group.clone().unwrap_or_default();
    let options = session.caller.account.options.clone().unwrap_or_default();
    let view = GroupPage {
        page: Page::new(session, "groups", row.name.clone()),
        mapping: row.mapping.join("\n"),
        created: when(group.create_time.as_ref(), "unknown"),
        updated: when(group.update_time.as_ref(), "unknown"),
        members,
        pager: Pager::new(
            &format!("{}/groups/{}", session.root, row.id),
            skip,
            total,
            &[],
        ),
        permissions: permissions::rows(&settings),
        permission_sets,
        environments: permission::ENVIRONMENTS,
        is_locked: row.is_managed && session.is_locked(),
        is_protected: !row.is_managed && options.protect_permission_groups,
        is_scim_allowed: settings.scim_allowed,
        row,
    };
    answer(view.page.status(), &view)
}

/// Back to the page of the group: with what was done, or with why not.
pub(super) async fn after<T>(
    result: Result<T, Fault>,
    gateway: &Gateway,
    session: Session,
    id: String,
    done: &str,
) -> Result<Response, Fault> {
    match result {
        Ok(_) => Ok(session.see(&format!("/groups/{id}"), done)),
        Err(fault) => view(gateway, &session.refused(fault)?, id, 0).await,
    }
}

/// `POST /console/groups/{id}`: the name.
pub(super) async fn rename(
    State(gateway): State<Gateway>,
    Id(id): Id,
    mut form: Form,
) -> Result<Response, Fault> {
    let display_name = form.text("name")?;
    let session = form.session;
    let written = if display_name.is_empty() {
        Err(invalid("a group needs a name"))
    } else {
        let request = UpdateGroupSettingsRequest {
            display_name,
            ..change(&session, &id)
        };
        update(&gateway, request).await
    };
    after(written, &gateway, session, id, "saved").await
}

/// `POST /console/groups/{id}/settings`: who joins by itself.
pub(super) async fn update_settings(
    State(gateway): State<Gateway>,
    Id(id): Id,
    mut form: Form,
) -> Result<Response, Fault> {
    let assign_by_default = form.changed_tick("assign_by_default")?;
    let mapping = form.changed_lines("sso_mapping_groups", false)?;
    let session = form.session;
    let list = |values| StringList { values };
    let is_written = mapping.wanted.is_some();
    let request = UpdateGroupSettingsRequest {
        assign_by_default,
        sso_mapping_groups: mapping.wanted.map(list),
        expected_sso_mapping_groups: mapping.was.filter(|_| is_written).map(list),
        ..change(&session, &id)
    };
    let written = update(&gateway, request).await;
    after(written, &gateway, session, id, "saved").await
}

/// `POST /console/groups/{id}/scim`: whether SCIM may take the group over although it has permission sets.
pub(super) async fn allow_scim(
    State(gateway): State<Gateway>,
    Id(id): Id,
    mut form: Form,
) -> Result<Response, Fault> {
    let scim_allowed = form.is_on("scim_allowed")?;
    let session = form.session;
    let request = UpdateGroupSettingsRequest {
        scim_allowed: Some(scim_allowed),
        ..change(&session, &id)
    };
    let written = update(&gateway, request).await;
    after(written, &gateway, session, id, "saved").await
}

fn change(session: &Session, id: &str) -> UpdateGroupSettingsRequest {
    UpdateGroupSettingsRequest {
        account_id: session.caller.account_id,
        group_id: id.to_owned(),
        actor: Some(session.caller.actor()),
        ..UpdateGroupSettingsRequest::default()
    }
}

async fn update(gateway: &Gateway, request: UpdateGroupSettingsRequest) -> Result<(), Fault> {
    let mut client = gateway.clients.group_admin.clone();
    client.update_group_settings(request).await?;
    Ok(())
}

/// What is asked before a group goes: one that allows something has to be named.
fn deletion(settings: &GroupSettings, sets: &[PermissionSet], is_locked: bool) -> Question {
    let row = Row::new(settings);
    let allowed = permissions::in_words(settings);
    let warning = if is_locked {
        Some(
            "SCIM manages this group and manual updates are off: remove the group in the identity provider.",
        )
    } else if permissions::administer(settings, sets) {
        Some(
            "The members of this group administer the account by it. Be sure that somebody else still does.",
        )
    } else {
        None
    };
    Question {
        section: "groups",
        title: "Delete group".to_owned(),
        warning: warning.map(str::to_owned),
        facts: vec![
            ("Name", Fact::Text(row.name.clone())),
            ("Members", Fact::Number(row.member_count)),
            ("Permission sets", Fact::Text(allowed.clone().unwrap_or_else(|| "none".to_owned()))),
        ],
        effects: vec![
            "Its members lose what the group allows them. The users themselves stay. This cannot be undone."
                .to_owned(),
        ],
        action: format!("/groups/{}/delete", row.id),
        cancel: format!("/groups/{}", row.id),
        button: "Delete group",
        typed: allowed.map(|_| row.name).unwrap_or_default(),
        is_refused: is_locked,
        ..Question::default()
    }
}

async fn deletion_of(gateway: &Gateway, session: &Session, id: String) -> Result<Question, Fault> {
    let settings = get(gateway, session, id).await?;
    let is_managed = settings
        .group
        .as_ref()
        .is_some_and(|group| group.scim_managed);
    let sets = permissions::sets(gateway).await?;
    Ok(deletion(
        &settings,
        &sets,
        is_managed && session.is_locked(),
    ))
}

/// `GET /console/groups/{id}/delete`: asks first.
pub(super) async fn confirm_delete(
    State(gateway): State<Gateway>,
    session: Session,
    Id(id): Id,
) -> Result<Response, Fault> {
    deletion_of(&gateway, &session, id).await?.ask(&session)
}

/// `POST /console/groups/{id}/delete`.
pub(super) async fn delete(
    State(gateway): State<Gateway>,
    Id(id): Id,
    mut form: Form,
) -> Result<Response, Fault> {
    let question = deletion_of(&gateway, &form.session, id.clone()).await?;
    if !question.is_answered(&mut form)? {
        return question.ask(&form.session);
    }
    let session = form.session;
    let request = DeleteGroupRequest {
        account_id: session.caller.account_id,
        id: id.clone(),
        etags: Vec::new(),
        actor: Some(session.caller.actor()),
    };
    let mut client = gateway.clients.group.clone();
    match client.delete_group(request).await {
        Ok(_) => Ok(session.see("/groups", "deleted")),
        Err(status) => view(&gateway, &session.refused(status.into())?, id, 0).await,
    }
}
