//! The shapes in which clients wrap the value of an operation (R-PATCH-42), all lenient.

use serde_json::Value;

use crate::Map;
use crate::dialect::Dialect;
use crate::json;
use crate::schema::{Attribute, Type};

/// Unwraps a value into the plain shape of its attribute; what is not wrapped stays as it is.
pub(crate) fn plain(attribute: &Attribute, value: Value, dialect: Dialect) -> Value {
    if dialect == Dialect::Strict {
        return value;
    }
    match (attribute.multi_valued, attribute.r#type == Type::Complex) {
        (false, false) => plain_simple(value),
        (false, true) => plain_complex(value),
        (true, false) => match value {
            Value::Array(values) => Value::Array(values.into_iter().map(unwrap_value).collect()),
            value => unwrap_value(value),
        },
        (true, true) => match from_text(value) {
            Value::Array(values) => Value::Array(
                values
                    .into_iter()
                    .map(|value| plain_element(attribute, value))
                    .collect(),
            ),
            value => plain_element(attribute, value),
        },
    }
}

/// `[x]`, `{"value": x}` and `[{"value": x}]` for `x`; `[]` for nothing.
fn plain_simple(value: Value) -> Value {
    match value {
        Value::Array(mut values) if values.len() <= 1 => {
            unwrap_value(values.pop().unwrap_or(Value::Null))
        }
        value => unwrap_value(value),
    }
}

fn plain_complex(value: Value) -> Value {
    match value {
        Value::Array(mut values) if values.len() == 1 => {
            from_text(values.pop().unwrap_or(Value::Null))
        }
        value => from_text(value),
    }
}

/// An element may be its `value` alone, or a JSON object in a string, or hold one in its `value` (Entra's app
/// roles, R-ENTRA-22).
pub(crate) fn plain_element(attribute: &Attribute, element: Value) -> Value {
    if attribute.sub_attribute("value").is_none() {
        return element;
    }
    match from_text(element) {
        Value::String(text) if !text.is_empty() => {
            Value::Object(Map::from_iter([("value".to_owned(), text.into())]))
        }
        Value::Object(mut members) => {
            let inner = member(&members, "value").cloned().map(from_text);
            if let Some(Value::Object(inner)) = inner
                && member(&inner, "value").is_some()
            {
                members.retain(|name, _| !name.eq_ignore_ascii_case("value"));
                members.extend(inner);
            }
            Value::Object(members)
        }
        element => element,
    }
}

/// `{"value": x}` for `x`, if nothing else is stated.
fn unwrap_value(value: Value) -> Value {
    match value {
        Value::Object(mut members)
            if member(&members, "value").is_some()
                && members
                    .iter()
                    .all(|(name, value)| value.is_null() || name.eq_ignore_ascii_case("value")) =>
        {
            members.retain(|name, _| name.eq_ignore_ascii_case("value"));
            members
                .into_iter()
                .next()
                .map_or(Value::Null, |(_, value)| value)
        }
        value => value,
    }
}

/// The object or array that a string holds as JSON text; any other value as it is.
pub(crate) fn from_text(value: Value) -> Value {
    let Value::String(text) = &value else {
        return value;
    };
    if !text.trim_start().starts_with(['{', '[']) {
        return value;
    }
    json::parse_value(text).unwrap_or(value)
}

pub(crate) fn member<'a>(members: &'a Map, name: &str) -> Option<&'a Value> {
    members
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}
