//! `POST /Bulk` (RFC 7644 section 3.7): many writes in one request, each through the same handler as a
//! request of its own.

use std::collections::HashSet;

use ::scim::{Map, dialect::Dialect};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use chassis::work;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use proto::protocol::v1::ErrorReason as Reason;
use serde_json::{Value, json};

use super::{
    Payload,
    query::take,
    response::{self, BaseUrl},
};
use crate::{auth::ScimCaller, body, error::Fault, request::Context, state::Gateway};
use operation::Operation;
use run::Run;

mod count;
mod cycle;
mod entry;
mod operation;
mod order;
mod path;
mod plan;
mod references;
mod run;
mod task;

/// The most operations of one request, as `ServiceProviderConfig` states it.
pub(crate) const MAX_OPERATIONS: usize = 1000;
/// The most bytes of one request, as `ServiceProviderConfig` states it.
pub(crate) const MAX_PAYLOAD: usize = body::LIMIT;

const BULK_REQUEST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const BULK_RESPONSE_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// `POST /Bulk`.
pub(crate) async fn bulk(
    State(gateway): State<Gateway>,
    caller: ScimCaller,
    context: Context,
    Payload(bytes): Payload,
) -> Result<Response, Fault> {
    // Before anything is built of them.
    if count::operations(&bytes) > MAX_OPERATIONS {
        let detail =
            format!("A bulk request may have {MAX_OPERATIONS} operations at most (maxOperations).");
        return Err(Fault::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    let parsed = work::run(bytes.len() / 32, move || ::scim::json::parse_object(&bytes));
    let request = Request::read(parsed.await?, caller.dialect)?;
    let base = BaseUrl::new(&gateway, caller.account_id);
    let types = &gateway.resource_types;
    let read = |value| Operation::read(value, &base, types, caller.dialect);
    let operations: Vec<_> = request.operations.into_iter().map(read).collect();
    check_bulk_ids(&operations)?;
    let run = Run::new(&gateway, &caller, base.clone(), operations);
    let operations = run.all(request.fail_on_errors).await;
    let entries = operations
        .into_iter()
        .map(|entry| entry.into_json(&context.0));
    let mut body = Map::new();
    body.insert("schemas".to_owned(), json!([BULK_RESPONSE_URN]));
    body.insert("Operations".to_owned(), entries.collect());
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, response::SCIM_JSON);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok((headers, response::json_body(&body)).into_response())
}

/// The message, its operations not yet looked at.
struct Request {
    operations: Vec<Value>,
    /// After how many failed operations the rest is left.
    fail_on_errors: Option<usize>,
}

impl Request {
    fn read(mut body: Map, dialect: Dialect) -> Result<Request, Fault> {
        let stated = match take(&mut body, "schemas") {
            Some(Value::Array(urns)) => urns.iter().any(|urn| {
                urn.as_str()
                    .is_some_and(|urn| urn.eq_ignore_ascii_case(BULK_REQUEST_URN))
            }),
            _ => false,
        };
        if !stated {
            return Err(syntax(format!("schemas must hold {BULK_REQUEST_URN}")));
        }
        let fail_on_errors = match take(&mut body, "failOnErrors") {
            None => None,
            Some(Value::Number(number)) => fail_on_errors(&number)?,
            Some(_) => return Err(not_an_integer()),
        };
        let Some(Value::Array(operations)) = take(&mut body, "Operations") else {
            return Err(syntax("Operations must be an array".to_owned()));
        };
        if operations.is_empty() && dialect == Dialect::Strict {
            return Err(syntax("Operations must hold at least one".to_owned()));
        }
        Ok(Request {
            operations,
            fail_on_errors,
        })
    }
}

/// Less than one means nothing and is ignored (R-BULK-08); more than there can be is no limit.
fn fail_on_errors(number: &serde_json::Number) -> Result<Option<usize>, Fault> {
    let limit = ::scim::json::integer(number).ok_or_else(not_an_integer)?;
    Ok((limit > 0).then(|| usize::try_from(limit).unwrap_or(usize::MAX)))
}

fn not_an_integer() -> Fault {
    Fault::of(Reason::InvalidValue, "failOnErrors must be an integer")
}

/// With one `bulkId` twice it would not be known what a reference means (R-BULK-03).
fn check_bulk_ids(operations: &[Operation]) -> Result<(), Fault> {
    let mut seen = HashSet::new();
    let ids = operations.iter().filter_map(|it| it.bulk_id.as_deref());
    for id in ids {
        if !seen.insert(id) {
            return Err(syntax(format!(
                "The bulkId {id:?} stands at two operations"
            )));
        }
    }
    Ok(())
}

fn syntax(detail: String) -> Fault {
    Fault::of(Reason::InvalidSyntax, detail)
}

#[cfg(test)]
mod tests;
