//! The groups of the account, as a list.

use askama::Template;
use axum::{extract::State, response::Response};
use proto::group::v1::{CreateGroupSettingsRequest, GroupSettings, ListGroupSettingsRequest};

use super::{
    form::Form,
    page::{PAGE_SIZE, Page, Pager, answer, skip},
    session::Session,
};
use crate::{
    admin::{groups::page_of, query::Query},
    error::Fault,
    state::Gateway,
};

#[derive(Template)]
#[template(path = "groups.html")]
struct GroupsPage {
    page: Page,
    rows: Vec<Row>,
    pager: Pager,
    search: String,
    is_enabled: bool,
}

/// A group in a table.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) member_count: i64,
    pub(super) is_managed: bool,
    pub(super) is_default: bool,
    pub(super) mapping: Vec<String>,
    pub(super) permission_count: usize,
}

impl Row {
    pub(super) fn new(settings: &GroupSettings) -> Row {
        let group = settings.group.clone().unwrap_or_default();
        Row {
            id: group.id,
            name: group.display_name,
            member_count: group.member_count,
            is_managed: group.scim_managed,
            is_default: settings.assign_by_default,
            mapping: settings.sso_mapping_groups.clone(),
            permission_count: settings.permissions.len(),
        }
    }
}

/// `GET /console/groups`.
pub(super) async fn list(
    State(gateway): State<Gateway>,
    session: Session,
    query: Query,
) -> Result<Response, Fault> {
    let search = query.text("search")?.unwrap_or_default();
    view(&gateway, &session, search, skip(&query)?).await
}

async fn view(
    gateway: &Gateway,
    session: &Session,
    search: String,
    skip: i32,
) -> Result<Response, Fault> {
    let request = ListGroupSettingsRequest {
        account_id: session.caller.account_id,
        name_contains: search.clone(),
        skip,
        page_size: PAGE_SIZE,
        ..ListGroupSettingsRequest::default()
    };
    let (settings, total) = page_of(gateway, request).await?;
    let view = GroupsPage {
        page: Page::new(session, "groups", "Groups"),
        rows: settings.iter().map(Row::new).collect(),
        pager: Pager::new(
            &format!("{}/groups", session.root),
            skip,
            total,
            &[("search", &search)],
        ),
        search,
        is_enabled: session.configuration().enabled,
    };
    answer(view.page.status(), &view)
}

/// `POST /console/groups`.
pub(super) async fn create(
    State(gateway): State<Gateway>,
    mut form: Form,
) -> Result<Response, Fault> {
    let request = CreateGroupSettingsRequest {
        account_id: form.session.caller.account_id,
        display_name: form.text("name")?,
        assign_by_default: form.is_on("assign_by_default")?,
        sso_mapping_groups: form.lines("sso_mapping_groups", false)?,
        actor: Some(form.session.caller.actor()),
        ..CreateGroupSettingsRequest::default()
    };
    let session = form.session;
    let mut client = gateway.clients.group_admin.clone();
    match client.create_group_settings(request).await {
        Ok(created) => {
            let group = created.into_inner().group.unwrap_or_default();
            Ok(session.see(&format!("/groups/{}", group.id), "created"))
        }
        Err(status) => {
            let session = session.refused(status.into())?;
            view(&gateway, &session, String::new(), 0).await
        }
    }
}
