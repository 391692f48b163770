//! `remove` on one attribute in its container (RFC 7644 §3.5.2.2).

use std::collections::HashSet;

use serde_json::Value;

use super::assign::assign;
use super::value;
use crate::Map;
use crate::dialect::Dialect;
use crate::error::Error;
use crate::resource::elements::{Identity, identity};
use crate::resource::value::elements;
use crate::schema::Attribute;

/// Unassigns an attribute; one that has no value stays so. With a value, only the listed elements of a multi-valued
/// attribute go (R-PATCH-43), so an empty list removes nothing. The value of a single-valued attribute is ignored.
pub(super) fn remove(
    part: &mut Map,
    attribute: &Attribute,
    listed: Option<&Value>,
    dialect: Dialect,
) -> Result<(), Error> {
    match listed {
        Some(listed) if attribute.multi_valued && !listed.is_null() => {
            remove_listed(part, attribute, listed, dialect)
        }
        _ if !part.contains_key(&attribute.name) => Ok(()),
        _ if attribute.required => Err(Error::mutability(format!(
            "{} is required.",
            attribute.name
        ))),
        _ => assign(part, attribute, None),
    }
}

fn remove_listed(
    part: &mut Map,
    attribute: &Attribute,
    listed: &Value,
    dialect: Dialect,
) -> Result<(), Error> {
    let listed = elements(
        attribute,
        value::plain(attribute, listed.clone(), dialect),
        dialect,
    )?;
    let listed: HashSet<Identity> = listed
        .iter()
        .map(|element| identity(attribute, element))
        .collect();
    let Some(Value::Array(present)) = part.get(&attribute.name) else {
        return Ok(());
    };
    let is_listed = |element: &Value| match identity(attribute, element) {
        // Listed without a type, a value is meant in every type.
        Identity::Value(value, Some(r#type)) => {
            listed.contains(&Identity::Value(value.clone(), Some(r#type)))
                || listed.contains(&Identity::Value(value, None))
        }
        other => listed.contains(&other),
    };
    let kept: Vec<Value> = present
        .iter()
        .filter(|element| !is_listed(element))
        .cloned()
        .collect();
    if kept.len() == present.len() {
        return Ok(());
    }
    assign(
        part,
        attribute,
        (!kept.is_empty()).then_some(Value::Array(kept)),
    )
}
