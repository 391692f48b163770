//! `add` on one attribute in its container (RFC 7644 §3.5.2.1).

use serde_json::Value;

use super::assign::assign;
use super::draft::Draft;
use super::element::take;
use super::{replace, value};
use crate::Map;
use crate::dialect::Dialect;
use crate::error::Error;
use crate::resource::elements::{Positions, check_count, distinct, is_primary, join, positions};
use crate::resource::value::elements;
use crate::schema::{Attribute, Target};

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

/// As [`add`], to a multi-valued attribute of the resource: costs what is added, and not what is there.
pub(super) fn to_attribute(
    place: &Target<'_>,
    draft: &mut Draft<'_>,
    value: &Value,
    dialect: Dialect,
) -> Result<(), Error> {
    let attribute = place.attribute;
    let value = value::plain(attribute, value.clone(), dialect);
    let added = elements(attribute, value, dialect)?;
    if added.is_empty() {
        return Ok(());
    }
    if added.iter().any(is_primary) {
        // The others lose the mark, which may be part of what they are known by.
        draft.forget(place);
        draft.charge_all(place, 1, 0)?;
        return append(draft.part(place.extension), attribute, added);
    }
    let mut positions = draft.positions(place)?;
    let part = draft.part(place.extension);
    let present = take(part, attribute);
    append_at(part, attribute, present, &mut positions, added)?;
    draft.keep(place, positions);
    Ok(())
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
    let mut present = take(part, attribute);
    if added.iter().any(is_primary) {
        present.iter_mut().for_each(unmark);
        // Without the mark, two may be the same.
        present = distinct(attribute, present);
    }
    let mut positions = positions(attribute, &present);
    append_at(part, attribute, present, &mut positions, added)
}

fn append_at(
    part: &mut Map,
    attribute: &Attribute,
    mut elements: Vec<Value>,
    positions: &mut Positions,
    added: Vec<Value>,
) -> Result<(), Error> {
    let before = elements.len();
    join(attribute, &mut elements, positions, added);
    check_count(attribute, before, elements.len())?;
    assign(part, attribute, Some(Value::Array(elements)))
}

/// Takes the primary mark from an element.
pub(super) fn unmark(element: &mut Value) {
    if is_primary(element) {
        element["primary"] = Value::Bool(false);
    }
}
