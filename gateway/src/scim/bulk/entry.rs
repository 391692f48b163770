//! The entry of an operation in the answer (RFC 7644 section 3.7.3).

use ::scim::Map;
use serde_json::{Value, json};

use super::{operation::Operation, run::Done};
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
