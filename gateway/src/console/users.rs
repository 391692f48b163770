//! The users of the account, as a list.

use askama::Template;
use axum::{extract::State, response::Response};
use proto::identity::v1::{ListUsersRequest, User};

use super::{
    page::{PAGE_SIZE, Page, Pager, answer, skip},
    session::Session,
};
use crate::{
    admin::{
        query::Query,
        users::{email, full_name, list},
    },
    error::Fault,
    state::Gateway,
};

/// The filter of each choice of state; whoever is not said to be inactive is active.
const STATES: &[(&str, &str, &str)] = &[
    ("active", "Active", "not (active eq false)"),
    ("inactive", "Inactive", "active eq false"),
];

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage {
    page: Page,
    rows: Vec<Row>,
    pager: Pager,
    search: String,
    state: String,
    states: &'static [(&'static str, &'static str, &'static str)],
    is_locked: bool,
}

/// A user in a table.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) user_name: String,
    pub(super) email: String,
    pub(super) license_type: String,
    pub(super) is_active: bool,
    pub(super) is_managed: bool,
}

impl Row {
    pub(super) fn new(user: &User) -> Row {
        Row {
            id: user.id.clone(),
            name: full_name(user),
            user_name: user.user_name.clone(),
            email: email(user).to_owned(),
            license_type: user.license_type.clone(),
            is_active: user.active.unwrap_or(true),
            is_managed: user.scim_managed,
        }
    }
}

/// `GET /console/users`.
pub(super) async fn list(
    State(gateway): State<Gateway>,
    session: Session,
    query: Query,
) -> Result<Response, Fault> {
    let search = query.text("search")?.unwrap_or_default();
    let state = query.text("state")?.unwrap_or_default();
    let skip = skip(&query)?;
    let request = ListUsersRequest {
        account_id: session.caller.account_id,
        filter: filter(&state),
        search: search.clone(),
        skip: skip.into(),
        page_size: PAGE_SIZE,
        ..ListUsersRequest::default()
    };
    let (users, total) = list::page_of(&gateway, request).await?;
    let view = UsersPage {
        page: Page::new(&session, "users", "Users"),
        rows: users.iter().map(Row::new).collect(),
        pager: Pager::new(
            &format!("{}/users", session.root),
            skip,
            total,
            &[("search", &search), ("state", &state)],
        ),
        search,
        state,
        states: STATES,
        is_locked: session.is_locked(),
    };
    answer(view.page.status(), &view)
}

/// A SCIM filter; an unknown state is the same as none.
fn filter(state: &str) -> String {
    let state = STATES.iter().find(|(word, _, _)| *word == state);
    let filter = state.map(|(_, _, filter)| (*filter).to_owned());
    filter.unwrap_or_default()
}
