//! `/audit-logs/`: what happened in an account, from the change logs of all services.

use axum::{body::Body, extract::State, response::Response};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::stream;
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE},
};
use proto::protocol::v1::{Change, ListChangesRequest, actor::Kind};
use serde_json::{Value, json};

use super::{
    envelope::{self, instant},
    query::Query,
};
use crate::{auth::AdminCaller, error::Fault, state::Gateway};
use merge::{Merge, Position};

mod csv;
mod events;
mod merge;

/// How many changes an export asks a service for at once, and writes at once.
const EXPORT_PAGE: i32 = 1000;

/// `GET /audit-logs/`: the newest first, by cursor.
pub(crate) async fn list_audit_logs(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    query: Query,
) -> Result<Response, Fault> {
    let limit = query.limit()?;
    let cursor = query.text("cursor")?;
    let position = cursor.as_deref().map(Position::parse).transpose()?;
    let selection = ListChangesRequest {
        // One more tells whether there are more.
        page_size: limit + 1,
        ..select(&caller, &query)?
    };
    let mut merge = Merge::new(&gateway.clients.change_logs, &selection, position);
    let limit = usize::try_from(limit).unwrap_or_default();
    let mut found = merge.take(limit + 1).await?;
    let next = (found.len() > limit).then(|| {
        found.truncate(limit);
        let (_, last) = &found[limit - 1];
        Position::of(last).to_string()
    });
    let data: Vec<_> = found
        .iter()
        .map(|(service, change)| describe(service, change))
        .collect();
    let extra = json!({
        "filters": {"limit": limit},
        "order_by": "-created_at",
        "pagination": {"count": data.len(), "next_cursor": next},
    });
    Ok(envelope::with_extra(Value::Array(data), extra))
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
    let size = usize::try_from(EXPORT_PAGE).unwrap_or_default();
    let mut merge = Merge::new(&gateway.clients.change_logs, &selection, None);
    // What fails at once is told as such; later there is nothing left but to break off.
    let first = csv::page(csv::HEADER, &merge.take(size).await?);
    let rest = stream::try_unfold(merge, move |mut merge| async move {
        let found = merge.take(size).await.map_err(|fault| {
            tracing::warn!(status = fault.status.as_u16(), "an export broke off");
            std::io::Error::other("the export could not be finished")
        })?;
        let page = (!found.is_empty()).then(|| Bytes::from(csv::page("", &found)));
        Ok::<_, std::io::Error>(page.map(|page| (page, merge)))
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
        start_time: timestamp(query.instant("logged_at_start")?),
        end_time: timestamp(query.end("logged_at_end")?),
        ..ListChangesRequest::default()
    })
}

/// A change as an event of the audit log.
pub(crate) fn describe(service: &str, change: &Change) -> Value {
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
            "changed_attributes": change.changed_attributes,
            "request_id": actor.request_id,
        },
    })
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
fn source(kind: Kind) -> &'static str {
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
