//! `replace` on one attribute in its container (RFC 7644 §3.5.2.3).

use serde_json::Value;

use super::assign::{assign, merge};
use super::value;
use crate::Map;
use crate::dialect::Dialect;
use crate::error::Error;
use crate::resource::value::{canonical, entries, object};
use crate::schema::{Attribute, Type};

/// Replaces every element of a multi-valued attribute (R-PATCH-24), and a single value as [`single`].
pub(super) fn replace(
    part: &mut Map,
    attribute: &Attribute,
    value: &Value,
    dialect: Dialect,
) -> Result<(), Error> {
    if !attribute.multi_valued {
        return single(part, attribute, value, dialect);
    }
    let elements = canonical(
        attribute,
        value::plain(attribute, value.clone(), dialect),
        dialect,
    )?;
    assign(part, attribute, elements)
}

/// Sets a simple value; merges into a complex one (R-PATCH-22). `null` unassigns.
pub(super) fn single(
    part: &mut Map,
    attribute: &Attribute,
    value: &Value,
    dialect: Dialect,
) -> Result<(), Error> {
    let value = value::plain(attribute, value.clone(), dialect);
    if attribute.r#type != Type::Complex {
        let value = canonical(attribute, value, dialect)?;
        return assign(part, attribute, value);
    }
    let Some(members) = object(attribute, value, dialect)? else {
        return assign(part, attribute, None);
    };
    // A reference without `value` refers to nothing: `{}` and `{"value": ""}` clear a manager (R-ENT-03).
    let says_nothing = members.is_empty() && attribute.sub_attribute("value").is_some();
    let stated = entries(attribute, members, dialect)?;
    if says_nothing
        || stated
            .iter()
            .any(|(sub, value)| sub.name == "value" && value.is_none())
    {
        return assign(part, attribute, None);
    }
    let mut merged = match part.get(&attribute.name) {
        Some(Value::Object(members)) => members.clone(),
        _ => Map::new(),
    };
    merge(&mut merged, attribute, stated)?;
    assign(
        part,
        attribute,
        (!merged.is_empty()).then_some(Value::Object(merged)),
    )
}
