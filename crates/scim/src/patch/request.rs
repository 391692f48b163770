//! The message of a PATCH request.

use serde_json::Value;

use super::{Op, Operation};
use crate::Map;
use crate::dialect::Dialect;
use crate::error::Error;
use crate::list::PATCH_OP_URN;

/// The most operations in one request.
pub const MAX_OPERATIONS: usize = 1000;

/// Reads the body of a PATCH request (RFC 7644 §3.5.2). Names and the words for `op` are matched in any case. In the
/// lenient dialect `schemas` may be missing, there may be no operation at all (R-PATCH-02), and an empty path is none.
///
/// # Errors
/// `InvalidSyntax` if it is no such message or has more than [`MAX_OPERATIONS`]; `InvalidValue` for an `add` or
/// `replace` without value; `NoTarget` for a `remove` without path; `InvalidPath` if the path is no text.
pub fn read_request(mut body: Map, dialect: Dialect) -> Result<Vec<Operation>, Error> {
    check_schemas(take(&mut body, "schemas").as_ref(), dialect)?;
    let Some(Value::Array(operations)) = take(&mut body, "Operations") else {
        return Err(Error::invalid_syntax(
            "Operations must be an array of operations.",
        ));
    };
    if operations.is_empty() && dialect == Dialect::Strict {
        return Err(Error::invalid_syntax(
            "Operations must hold at least one operation.",
        ));
    }
    if operations.len() > MAX_OPERATIONS {
        return Err(Error::invalid_syntax(format!(
            "A request may hold at most {MAX_OPERATIONS} operations."
        )));
    }
    operations
        .into_iter()
        .map(|operation| read_operation(operation, dialect))
        .collect()
}

fn check_schemas(schemas: Option<&Value>, dialect: Dialect) -> Result<(), Error> {
    let is_patch = |urn: &Value| {
        urn.as_str()
            .is_some_and(|urn| urn.eq_ignore_ascii_case(PATCH_OP_URN))
    };
    let accepted = match schemas {
        None | Some(Value::Null) => dialect == Dialect::Lenient,
        Some(Value::Array(urns)) => {
            urns.iter().any(is_patch) || (urns.is_empty() && dialect == Dialect::Lenient)
        }
        Some(urn) => dialect == Dialect::Lenient && is_patch(urn),
    };
    if accepted {
        Ok(())
    } else {
        Err(Error::invalid_syntax(format!(
            "schemas must be [\"{PATCH_OP_URN}\"]."
        )))
    }
}

fn read_operation(operation: Value, dialect: Dialect) -> Result<Operation, Error> {
    let Value::Object(mut members) = operation else {
        return Err(Error::invalid_syntax("An operation must be an object."));
    };
    let op = read_op(take(&mut members, "op").as_ref())?;
    let path = match take(&mut members, "path") {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) if dialect == Dialect::Lenient && path.trim().is_empty() => None,
        Some(Value::String(path)) => Some(path),
        Some(_) => return Err(Error::invalid_path("path must be a string.")),
    };
    let value = take(&mut members, "value");
    match (op, &path, &value) {
        (Op::Add | Op::Replace, _, None) => Err(Error::invalid_value(
            "An add or replace operation needs a value.",
        )),
        (Op::Remove, None, _) => Err(Error::no_target("A remove operation needs a path.")),
        _ => Ok(Operation { op, path, value }),
    }
}

fn read_op(op: Option<&Value>) -> Result<Op, Error> {
    let known = [
        ("add", Op::Add),
        ("remove", Op::Remove),
        ("replace", Op::Replace),
    ];
    let text = op.and_then(Value::as_str).unwrap_or_default();
    known
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(text))
        .map(|(_, op)| op)
        .ok_or_else(|| Error::invalid_syntax("op must be add, remove or replace."))
}

fn take(members: &mut Map, name: &str) -> Option<Value> {
    let key = members
        .keys()
        .find(|key| key.eq_ignore_ascii_case(name))?
        .clone();
    members.shift_remove(&key)
}
