//! One operation of a bulk request, as the client wrote it.

use ::scim::{Map, dialect::Dialect, schema::ResourceType};
use http::StatusCode;
use proto::protocol::v1::ErrorReason as Reason;
use serde_json::Value;

use super::{
    path::locate,
    syntax,
    task::{Method, Task, patch_message},
};
use crate::{
    error::Fault,
    scim::{query::take, response::BaseUrl},
};

/// An operation, and what its entry in the answer repeats of it.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    /// As it is repeated; none: there was none.
    pub(super) method: Option<String>,
    pub(super) bulk_id: Option<String>,
    /// What to do; a fault where that cannot be understood.
    pub(super) task: Result<Task, Fault>,
}

impl Operation {
    /// `others` are the types that the operator defined.
    pub(super) fn read(
        value: Value,
        base: &BaseUrl,
        others: &[ResourceType],
        dialect: Dialect,
    ) -> Operation {
        let mut operation = Operation {
            method: None,
            bulk_id: None,
            task: Err(syntax("An operation must be an object".to_owned())),
        };
        if let Value::Object(mut members) = value {
            let text = |value: Option<Value>| match value {
                Some(Value::String(text)) => Some(text),
                _ => None,
            };
            let bulk_id = take(&mut members, "bulkId");
            let is_text = bulk_id.as_ref().is_none_or(Value::is_string);
            operation.bulk_id = text(bulk_id).filter(|id| !id.is_empty());
            operation.method = text(take(&mut members, "method"));
            operation.task = if is_text {
                operation.task(members, base, others, dialect)
            } else {
                Err(syntax("bulkId must be a string".to_owned()))
            };
        }
        operation
    }

    fn task(
        &mut self,
        mut members: Map,
        base: &BaseUrl,
        others: &[ResourceType],
        dialect: Dialect,
    ) -> Result<Task, Fault> {
        let name = self.method.as_mut();
        let name = name.ok_or_else(|| syntax("An operation needs a method".to_owned()))?;
        let method = method(name)?;
        *name = name.to_ascii_uppercase();
        if method == Method::Post && self.bulk_id.is_none() {
            return Err(syntax("A POST needs a bulkId".to_owned()));
        }
        let Some(Value::String(path)) = take(&mut members, "path") else {
            return Err(syntax("An operation needs a path, a string".to_owned()));
        };
        let (kind, target) = locate(&path, base, others)?;
        if (method == Method::Post) != target.is_empty() {
            let detail = "The method is not allowed at this path.";
            return Err(Fault::new(StatusCode::METHOD_NOT_ALLOWED, detail));
        }
        let version = match take(&mut members, "version") {
            None => None,
            Some(Value::String(version)) => Some(version),
            Some(_) => return Err(syntax("version must be a string".to_owned())),
        };
        let data = data(method, take(&mut members, "data"), dialect)?;
        Ok(Task {
            method,
            kind,
            target,
            version,
            data,
        })
    }
}

fn method(name: &str) -> Result<Method, Fault> {
    let known = [
        ("POST", Method::Post),
        ("PUT", Method::Put),
        ("PATCH", Method::Patch),
        ("DELETE", Method::Delete),
    ];
    let mut known = known.into_iter();
    let found = known.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, method)| method).ok_or_else(|| {
        let detail = "The method of an operation is POST, PUT, PATCH or DELETE";
        Fault::of(Reason::InvalidValue, detail)
    })
}

/// The body of the request. That of a PATCH may lack the message around its operations, as in the examples
/// of RFC 7644 before erratum 5050.
fn data(method: Method, data: Option<Value>, dialect: Dialect) -> Result<Map, Fault> {
    let is_bare_patch = method == Method::Patch && dialect == Dialect::Lenient;
    match data {
        _ if method == Method::Delete => Ok(Map::new()),
        Some(Value::Array(operations)) if is_bare_patch => Ok(patch_message(operations)),
        Some(Value::Object(data)) if is_bare_patch && is_single(&data) => {
            Ok(patch_message(vec![Value::Object(data)]))
        }
        Some(Value::Object(data)) => Ok(data),
        _ => Err(syntax("The operation needs data, an object".to_owned())),
    }
}

fn is_single(data: &Map) -> bool {
    let has = |name: &str| data.keys().any(|key| key.eq_ignore_ascii_case(name));
    has("op") && !has("Operations")
}

#[cfg(test)]
mod tests;
