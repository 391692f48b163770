//! What happened in the account, and who did it.

use askama::Template;
use axum::{extract::State, response::Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proto::protocol::v1::{Change, MemberChange, ValueChange};

use super::{
    page::{PAGE_SIZE, Page, answer},
    session::Session,
    time::{When, when},
};
use crate::{
    admin::{
        audit_logs::{self, Named, Names},
        query::Query,
    },
    error::Fault,
    state::Gateway,
};

/// What the list can be narrowed by, in the words of the admin API.
const FILTERS: [&str; 6] = [
    "event_type",
    "actor",
    "resource",
    "name",
    "logged_at_start",
    "logged_at_end",
];

/// How many of those who joined or left are told in a row.
const PEOPLE: usize = 10;

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
    name: String,
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
    /// What the resource was called then; empty: nothing.
    name: String,
    /// The page of the resource, under the console's path; empty: it has none.
    link: String,
    /// Whether the resource, which had a page, is there no more.
    is_gone: bool,
    /// Attributes and members, each in a line of its own.
    changed: Vec<String>,
}

impl Row {
    fn new(change: Change, names: &Names) -> Row {
        let page = audit_logs::subject(&change);
        let is_there = names.is_there(&change.resource_id);
        let link = page.filter(|_| is_there);
        let link = link.map(|page| format!("/{page}/{}", change.resource_id));
        let changed = changed(&change, names);
        let called = [&change.resource_display_name, &change.resource_name];
        let called = called.into_iter().filter(|name| !name.is_empty());
        let name = called.cloned().collect::<Vec<_>>().join(", ");
        let actor = change.actor.unwrap_or_default();
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
            name,
            is_gone: page.is_some() && !is_there && !change.kind.ends_with(".deleted"),
            link: link.unwrap_or_default(),
            resource_id: change.resource_id,
            changed,
        }
    }
}

/// What has changed: attributes with old and new values, the names of the others, and members.
fn changed(change: &Change, names: &Names) -> Vec<String> {
    let values = &change.changed_values;
    let mut lines: Vec<String> = values.iter().map(in_words).collect();
    let has_value = |name: &String| values.iter().any(|value| value.attribute == *name);
    let is_told = |name: &String| {
        let moved = change.members_joined.is_some() || change.members_left.is_some();
        has_value(name) || (name == "members" && moved)
    };
    let others = change.changed_attributes.iter();
    let others = others.filter(|name| !is_told(name));
    let others: Vec<&str> = others.map(|name| short(name)).collect();
    if !others.is_empty() {
        lines.push(others.join(", "));
    }
    for (verb, moved) in [
        ("Joined", &change.members_joined),
        ("Left", &change.members_left),
    ] {
        if let Some(moved) = moved {
            lines.push(format!("{verb}: {}", people(moved, names)));
        }
    }
    lines
}

/// The name of an attribute without the schema it is of.
fn short(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, name)| name)
}

fn in_words(value: &ValueChange) -> String {
    let text = |value: &Option<String>| match value {
        Some(value) => format!("“{value}”"),
        None => "none".to_owned(),
    };
    let (old, new) = (text(&value.old_value), text(&value.new_value));
    format!("{}: {old} → {new}", short(&value.attribute))
}

/// The first members by name, and how many there are besides.
fn people(moved: &MemberChange, names: &Names) -> String {
    let shown = moved.member_ids.iter().take(PEOPLE);
    let shown: Vec<&str> = shown
        .map(|id| names.get(id).map_or(id.as_str(), Named::text))
        .collect();
    let others = usize::try_from(moved.count).unwrap_or_default() - shown.len();
    match others {
        0 => shown.join(", "),
        others => format!("{} and {others} more", shown.join(", ")),
    }
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
        name: query.text("name")?.unwrap_or_default(),
        start: query.text("logged_at_start")?.unwrap_or_default(),
        end: query.text("logged_at_end")?.unwrap_or_default(),
    };
    let (session, found) =
        match audit_logs::page(&gateway, &session.caller, &query, PAGE_SIZE).await {
            Ok(found) => (session, found),
            Err(fault) => (session.refused(fault)?, audit_logs::Found::default()),
        };
    let names = Names::of_all(&gateway, session.caller.account_id, &found.changes).await?;
    let asked = asked(&query)?;
    let next = found
        .next_cursor
        .map(|cursor| format!("?{asked}cursor={cursor}"));
    let view = AuditLogPage {
        page: Page::new(&session, "audit-log", "Audit log"),
        rows: found
            .changes
            .into_iter()
            .map(|(_, change)| Row::new(change, &names))
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
