//! The entry of an operation in the answer (RFC 7644 section 3.7.3).

use ::scim::{Map, etag};
use axum::response::Response;
use http::{
    HeaderMap, StatusCode,
    header::{ETAG, HeaderName, LOCATION},
};
use serde_json::{Value, json};

use super::operation::Operation;
use crate::{error::Fault, request::RequestContext};

/// What became of an operation.
#[derive(Debug)]
pub(super) struct Entry {
    method: Option<String>,
    bulk_id: Option<String>,
    location: Option<String>,
    outcome: Result<Done, Fault>,
}

impl Entry {
    /// `location` is that of what the operation was to change; what it created has its own.
    pub(super) fn new(
        operation: Operation,
        location: Option<String>,
        outcome: Result<Done, Fault>,
    ) -> Entry {
        let created = || outcome.as_ref().ok().map(|done| done.location.clone());
        Entry {
            method: operation.method,
            bulk_id: operation.bulk_id,
            location: location.or_else(created),
            outcome,
        }
    }

    pub(super) fn into_json(self, context: &RequestContext) -> Value {
        let mut entry = Map::new();
        let mut set = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                entry.insert(name.to_owned(), Value::String(value));
            }
        };
        set("location", self.location);
        set("method", self.method);
        set("bulkId", self.bulk_id);
        match self.outcome {
            Ok(done) => {
                set("version", done.version);
                set("status", Some(done.status.as_str().to_owned()));
            }
            Err(fault) => {
                set("status", Some(fault.status.as_str().to_owned()));
                entry.insert("response".to_owned(), json!(fault.message(context)));
            }
        }
        Value::Object(entry)
    }
}

/// An operation that was done.
#[derive(Debug, Clone)]
pub(super) struct Done {
    pub(super) status: StatusCode,
    pub(super) id: String,
    pub(super) location: String,
    pub(super) version: Option<String>,
    /// Whether it created the resource, rather than linked one that was there.
    pub(super) is_new: bool,
}

impl Done {
    /// What the answer to the request says, as far as it does.
    pub(super) fn of(response: &Response) -> Done {
        let location = header(response.headers(), LOCATION).unwrap_or_default();
        let version = header(response.headers(), ETAG);
        let is_first = version.as_ref() == Some(&etag::format(1));
        Done {
            status: response.status(),
            id: location.rsplit('/').next().unwrap_or_default().to_owned(),
            is_new: response.status() == StatusCode::CREATED && is_first,
            version,
            location,
        }
    }
}

fn header(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
