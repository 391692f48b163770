//! `/audit-logs/`: what happened in an account, from the change logs of all services.

use axum::{body::Body, extract::State, response::Response};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::stream;
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
};
use proto::protocol::v1::{Change, ListChangesRequest, MemberChange, actor::Kind};
use serde_json::{Value, json};

use super::{
    envelope::{self, instant},
    fields::invalid,
    query::Query,
};
use crate::{auth::AdminCaller, error::Fault, state::Gateway};
pub(crate) use events::{kinds_to_choose, label};
use merge::{Merge, Position};
pub(crate) use names::{Named, Names, subject};

mod csv;
mod events;
mod merge;
mod names;

/// How many changes an export asks a service for at once.
const EXPORT_PAGE: i32 = 1000;

/// How many changes an export writes at once, with the names of their members.
const EXPORT_LINES: usize = 200;

/// The most changes skipped; whoever wants to go further goes by cursor.
const MAX_OFFSET: i32 = 10_000;

/// `GET /audit-logs/`: the newest first, by cursor, or by offset as dbt's clients do.
pub(crate) async fn list_audit_logs(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    query: Query,
) -> Result<Response, Fault> {
    let (limit, offset) = (query.limit()?, query.offset()?);
    let found = page(&gateway, &caller, &query, limit).await?;
    let names = Names::of_members(&gateway, caller.account_id, &found.changes).await?;
    let changes = found.changes.iter();
    let data: Vec<_> = changes
        .map(|(service, change)| describe(service, change, &names))
        .collect();
    let extra = json!({
        "filters": {"limit": limit, "offset": offset},
        "order_by": "-created_at",
        "pagination": {
            "count": data.len(),
            "total_count": found.total,
            "next_cursor": found.next_cursor,
        },
    });
    Ok(envelope::with_extra(Value::Array(data), extra))
}

/// One page of changes.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Each with the service it is from.
    pub(crate) changes: Vec<(&'static str, Change)>,
    /// Where the next page begins; none: there is none.
    pub(crate) next_cursor: Option<String>,
    /// How many there are as far as was read: enough for whoever goes on until none is left. None with a
    /// cursor.
    total: Option<usize>,
}

/// The changes that a query asks for, from its cursor or its offset on.
pub(crate) async fn page(
    gateway: &Gateway,
    caller: &AdminCaller,
    query: &Query,
    limit: i32,
) -> Result<Found, Fault> {
    let offset = query.offset()?;
    let cursor = query.text("cursor")?;
    if offset > MAX_OFFSET || (offset > 0 && cursor.is_some()) {
        return Err(invalid(format!(
            "offset may be {MAX_OFFSET} at most, and 0 with a cursor"
        )));
    }
    let position = cursor.as_deref().map(Position::parse).transpose()?;
    // One more tells whether there are more.
    let wanted = offset + limit + 1;
    let selection = ListChangesRequest {
        page_size: wanted.min(EXPORT_PAGE),
        ..select(caller, query)?
    };
    let mut merge = Merge::new(&gateway.clients.change_logs, &selection, position);
    let size = |number: i32| usize::try_from(number).unwrap_or_default();
    let mut changes = merge.take(size(wanted)).await?;
    let total = cursor.is_none().then_some(changes.len());
    changes.drain(..size(offset).min(changes.len()));
    let limit = size(limit);
    let next_cursor = (changes.len() > limit).then(|| {
        changes.truncate(limit);
        let (_, last) = &changes[limit - 1];
        Position::of(last).to_string()
    });
    Ok(Found {
        changes,
        next_cursor,
        total,
    })
}

/// `GET /audit-logs/export/` and `/download/`: the same as CSV, all of it, as it is read.
pub(crate) async fn export_audit_logs(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    query: Query,
) -> Result<Response, Fault> {
    let selection = ListChangesRequest {
        page_size: EXPORT_PAGE,
        ..select(&caller, &query)?
    };
    let mut merge = Merge::new(&gateway.clients.change_logs, &selection, None);
    let account_id = caller.account_id;
    // What fails at once is told as such; later there is nothing left but to break off.
    let first = lines(&gateway, account_id, &mut merge).await?;
    let first = format!("{}{}", csv::header(), first.unwrap_or_default());
    let rest = stream::try_unfold((gateway, merge), move |(gateway, mut merge)| async move {
        let found = lines(&gateway, account_id, &mut merge).await;
        let found = found.map_err(|fault| {
            tracing::warn!(status = fault.status.as_u16(), "an export broke off");
            std::io::Error::other("the export could not be finished")
        })?;
        Ok::<_, std::io::Error>(found.map(|lines| (Bytes::from(lines), (gateway, merge))))
    });
    let first = stream::once(async { Ok(Bytes::from(first)) });
    let mut response = Response::new(Body::from_stream(stream::StreamExt::chain(first, rest)));
    let name = format!(
        "attachment; filename=\"audit-logs-{}.csv\"",
        caller.account_id
    );
    let name = HeaderValue::from_str(&name).map_err(Fault::internal)?;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/csv; charset=utf-8"),
    );
    headers.insert(CONTENT_DISPOSITION, name);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// The next lines of an export; none: there are none left.
async fn lines(
    gateway: &Gateway,
    account_id: i64,
    merge: &mut Merge,
) -> Result<Option<String>, Fault> {
    let found = merge.take(EXPORT_LINES).await?;
    let names = Names::of_members(gateway, account_id, &found).await?;
    Ok((!found.is_empty()).then(|| csv::lines(&found, &names)))
}

/// Which changes are asked for.
fn select(caller: &AdminCaller, query: &Query) -> Result<ListChangesRequest, Fault> {
    let timestamp = |instant: Option<DateTime<Utc>>| instant.map(proto::time::timestamp);
    let event_types = query.list("event_type")?;
    let kinds = event_types
        .iter()
        .flat_map(|event_type| events::kinds(event_type));
    Ok(ListChangesRequest {
        account_id: caller.account_id,
        kinds: kinds.collect(),
        actor_id: query.text("actor")?.unwrap_or_default(),
        resource_id: query.text("resource")?.unwrap_or_default(),
        resource_name: query.text("name")?.unwrap_or_default(),
        start_time: timestamp(query.instant("logged_at_start")?),
        end_time: timestamp(query.end("logged_at_end")?),
        ..ListChangesRequest::default()
    })
}

/// A change as an event of the audit log.
pub(crate) fn describe(service: &str, change: &Change, names: &Names) -> Value {
    let actor = change.actor.clone().unwrap_or_default();
    let kind = actor_type(actor.kind());
    let address = Some(&actor.ip_address).filter(|address| !address.is_empty());
    json!({
        "id": change.id,
        "account_id": change.account_id,
        "created_at": instant(change.create_time.as_ref()),
        "event_type": events::event_type(&change.kind),
        "event_label": events::label(&change.kind),
        "source": source(actor.kind()),
        "service": service,
        "actor": {"id": actor.id, "name": actor.name, "type": kind},
        "actor_id": actor.id,
        "actor_name": actor.name,
        "actor_type": kind,
        "actor_ip": address,
        "event_context": {
            "kind": change.kind,
            "resource_id": change.resource_id,
            "resource_name": some(&change.resource_name),
            "resource_display_name": some(&change.resource_display_name),
            "changed_attributes": change.changed_attributes,
            "changed_values": change.changed_values.iter().map(|value| json!({
                "attribute": value.attribute,
                "old": value.old_value,
                "new": value.new_value,
            })).collect::<Value>(),
            "members_joined": members(change.members_joined.as_ref(), names),
            "members_left": members(change.members_left.as_ref(), names),
            "request_id": actor.request_id,
        },
    })
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn members(members: Option<&MemberChange>, names: &Names) -> Value {
    let Some(members) = members else {
        return Value::Null;
    };
    let ids = members.member_ids.iter();
    let described = ids.map(|id| {
        let named = names.get(id);
        json!({
            "id": id,
            "type": named.map(|named| named.kind),
            "name": named.map(|named| &named.name),
            "display_name": named.and_then(|named| some(&named.display_name)),
        })
    });
    json!({"count": members.count, "members": described.collect::<Value>()})
}

fn actor_type(kind: Kind) -> &'static str {
    match kind {
        Kind::ScimToken => "scim_token",
        Kind::AdminToken => "admin_token",
        Kind::Service => "service",
        Kind::Operator => "operator",
        Kind::Unspecified => "unknown",
    }
}

/// Over what an actor comes.
pub(crate) fn source(kind: Kind) -> &'static str {
    match kind {
        Kind::ScimToken => "SCIM",
        Kind::AdminToken => "API",
        Kind::Service => "gRPC",
        Kind::Operator => "CLI",
        Kind::Unspecified => "unknown",
    }
}

#[cfg(test)]
mod tests;
