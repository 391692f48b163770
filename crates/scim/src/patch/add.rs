//! `add` on one attribute in its container (RFC 7644 §3.5.2.1).

use serde_json::Value;

use super::assign::assign;
use super::element::take;
use super::{replace, value};
use crate::Map;
use crate::dialect::Dialect;
use crate::error::Error;
use crate::resource::elements::{distinct, is_primary};
use crate::resource::value::elements;
use crate::schema::Attribute;

/// Appends to a multi-valued attribute (R-PATCH-24). A single value is overwritten or merged, which is the same as
/// to replace it (R-PATCH-21, R-PATCH-22).
pub(super) fn add(
    part: &mut Map,
    attribute: &Attribute,
    value: &Value,
    dialect: Dialect,
) -> Result<(), Error> {
    if !attribute.multi_valued {
        return replace::single(part, attribute, value, dialect);
    }
    let added = elements(
        attribute,
        value::plain(attribute, value.clone(), dialect),
        dialect,
    )?;
    append(part, attribute, added)
}

/// Appends canonical elements; those there already (by `type` and `value`) take over what is stated anew. A new
/// primary element takes that mark from the others (R-MV-03).
pub(super) fn append(
    part: &mut Map,
    attribute: &Attribute,
    added: Vec<Value>,
) -> Result<(), Error> {
    if added.is_empty() {
        return Ok(());
    }
    let mut all = take(part, attribute);
    if added.iter().any(is_primary) {
        all.iter_mut().for_each(unmark);
    }
    all.extend(added);
    assign(
        part,
        attribute,
        Some(Value::Array(distinct(attribute, all))),
    )
}

/// Takes the primary mark from an element.
pub(super) fn unmark(element: &mut Value) {
    if is_primary(element) {
        element["primary"] = Value::Bool(false);
    }
}
