//! What happened in the account, and who did it.

use askama::Template;
use axum::{extract::State, response::Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proto::protocol::v1::Change;

use super::{
    page::{PAGE_SIZE, Page, answer},
    session::Session,
    time::{When, when},
};
use crate::{
    admin::{audit_logs, query::Query},
    error::Fault,
    state::Gateway,
};

/// What the list can be narrowed by, in the words of the admin API.
const FILTERS: [&str; 5] = [
    "event_type",
    "actor",
    "resource",
    "logged_at_start",
    "logged_at_end",
];

#[derive(Template)]
#[template(path = "audit_log.html")]
struct AuditLogPage {
    page: Page,
    rows: Vec<Row>,
    filters: Filters,
    kinds: Vec<(&'static str, String)>,
    /// The query of the next page.
    next: Option<String>,
    is_first: bool,
    /// The query of the same events as CSV.
    export: String,
}

struct Filters {
    event_type: String,
    actor: String,
    resource: String,
    start: String,
    end: String,
}

struct Row {
    happened: When,
    event: String,
    actor: String,
    /// For a query.
    actor_id: String,
    actor_kind: &'static str,
    address: String,
    resource_id: String,
    /// The page of the resource, under the console's path; empty: it has none.
    link: String,
    changed: String,
}

impl Row {
    fn new(change: Change) -> Row {
        let actor = change.actor.unwrap_or_default();
        let page = match change.kind.split('.').next() {
            _ if change.kind.ends_with(".deleted") => None,
            Some("user") => Some("users"),
            Some("group" | "group_permissions" | "group_settings") => Some("groups"),
            _ => None,
        };
        let link = page.map(|page| format!("/{page}/{}", change.resource_id));
        Row {
            happened: when(change.create_time.as_ref(), "unknown"),
            event: audit_logs::label(&change.kind),
            actor_kind: audit_logs::source(actor.kind()),
            actor_id: utf8_percent_encode(&actor.id, NON_ALPHANUMERIC).to_string(),
            actor: if actor.name.is_empty() {
                actor.id
            } else {
                actor.name
            },
            address: actor.ip_address,
            link: link.unwrap_or_default(),
            resource_id: change.resource_id,
            changed: changed(&change.changed_attributes),
        }
    }
}

/// The names of attributes, without the schema they are of.
fn changed(attributes: &[String]) -> String {
    let names = attributes.iter().map(|name| match name.rsplit_once(':') {
        Some((_, name)) => name,
        None => name,
    });
    names.collect::<Vec<_>>().join(", ")
}

/// `GET /console/audit-log`: the newest first, by cursor.
pub(super) async fn list(
    State(gateway): State<Gateway>,
    session: Session,
    query: Query,
) -> Result<Response, Fault> {
    let filters = Filters {
        event_type: query.text("event_type")?.unwrap_or_default(),
        actor: query.text("actor")?.unwrap_or_default(),
        resource: query.text("resource")?.unwrap_or_default(),
        start: query.text("logged_at_start")?.unwrap_or_default(),
        end: query.text("logged_at_end")?.unwrap_or_default(),
    };
    let (session, found) =
        match audit_logs::page(&gateway, &session.caller, &query, PAGE_SIZE).await {
            Ok(found) => (session, found),
            Err(fault) => (session.refused(fault)?, audit_logs::Found::default()),
        };
    let asked = asked(&query)?;
    let next = found
        .next_cursor
        .map(|cursor| format!("?{asked}cursor={cursor}"));
    let view = AuditLogPage {
        page: Page::new(&session, "audit-log", "Audit log"),
        rows: found
            .changes
            .into_iter()
            .map(|(_, change)| Row::new(change))
            .collect(),
        filters,
        kinds: audit_logs::kinds_to_choose(),
        next,
        is_first: query.text("cursor")?.is_none(),
        export: format!("?{asked}"),
    };
    answer(view.page.status(), &view)
}

/// The filters of a query, as the beginning of another.
fn asked(query: &Query) -> Result<String, Fault> {
    let mut asked = String::new();
    for name in FILTERS {
        if let Some(value) = query.text(name)? {
            let value = utf8_percent_encode(&value, NON_ALPHANUMERIC);
            asked.push_str(&format!("{name}={value}&"));
        }
    }
    Ok(asked)
}

/// `GET /console/audit-log/export`: the same as CSV.
pub(super) async fn export(
    State(gateway): State<Gateway>,
    session: Session,
    query: Query,
) -> Result<Response, Fault> {
    audit_logs::export_audit_logs(State(gateway), session.caller, query).await
}
