//! Rules among the elements of a multi-valued attribute (RFC 7643 §2.4).

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde_json::Value;

use crate::Map;
use crate::error::Error;
use crate::json::MAX_MEMBERS;
use crate::resource::MAX_VALUES;
use crate::schema::{Attribute, Mutability, Type};
use crate::text;

/// What makes two elements the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Identity {
    /// A simple value, or the `value` and the `type` of a complex one.
    Value(String, Option<String>),
    /// A complex element without `value` is only the same as its equal: its canonical text.
    Whole(String),
}

/// The identity of an element (R-MV-04). Where `value` is immutable, as in `members`, it alone identifies.
pub(crate) fn identity(attribute: &Attribute, element: &Value) -> Identity {
    let Value::Object(members) = element else {
        return Identity::Value(comparable(attribute, element), None);
    };
    let part = |name: &str| {
        let sub = attribute.sub_attribute(name)?;
        Some(comparable(sub, members.get(&sub.name)?))
    };
    match part("value") {
        Some(value) if is_fixed(attribute) => Identity::Value(value, None),
        Some(value) => Identity::Value(value, part("type")),
        None => {
            let parts: Vec<_> = attribute
                .sub_attributes
                .iter()
                .map(|sub| part(&sub.name))
                .collect();
            Identity::Whole(format!("{parts:?}"))
        }
    }
}

/// Whether the elements cannot be edited, only added and removed (R-GRP-03).
pub(crate) fn is_fixed(attribute: &Attribute) -> bool {
    attribute
        .sub_attribute("value")
        .is_some_and(|value| value.mutability == Mutability::Immutable)
}

/// A value as text that is equal for values which compare as equal.
fn comparable(attribute: &Attribute, value: &Value) -> String {
    match value {
        Value::String(text) if attribute.r#type == Type::String && !attribute.case_exact => {
            text::fold(text)
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Where the element of each identity stands.
pub(crate) type Positions = HashMap<Identity, usize>;

/// The positions of elements of which no two are the same.
pub(crate) fn positions(attribute: &Attribute, elements: &[Value]) -> Positions {
    let identities = elements.iter().map(|element| identity(attribute, element));
    identities.zip(0..).collect()
}

/// Keeps the first element of each identity, and adds to it what later ones state otherwise.
pub(crate) fn distinct(attribute: &Attribute, elements: Vec<Value>) -> Vec<Value> {
    let mut kept = Vec::with_capacity(elements.len());
    let mut positions = HashMap::with_capacity(elements.len());
    join(attribute, &mut kept, &mut positions, elements);
    kept
}

/// Adds elements to those that are there, as [`distinct`] does.
pub(crate) fn join(
    attribute: &Attribute,
    kept: &mut Vec<Value>,
    positions: &mut Positions,
    later: Vec<Value>,
) {
    for element in later {
        match positions.entry(identity(attribute, &element)) {
            Entry::Vacant(position) => {
                position.insert(kept.len());
                kept.push(element);
            }
            Entry::Occupied(position) => overlay(attribute, &mut kept[*position.get()], element),
        }
    }
}

fn overlay(attribute: &Attribute, kept: &mut Value, later: Value) {
    if is_fixed(attribute) {
        return;
    }
    match (kept, later) {
        (Value::Object(kept), Value::Object(later)) => kept.extend(later),
        (kept, later) => *kept = later,
    }
}

/// Whether an element is marked as the preferred one.
pub(crate) fn is_primary(element: &Value) -> bool {
    element
        .as_object()
        .is_some_and(|members: &Map| members.get("primary") == Some(&Value::Bool(true)))
}

/// At most one element is primary (R-MV-02).
pub(crate) fn check_one_primary(attribute: &Attribute, elements: &[Value]) -> Result<(), Error> {
    if elements
        .iter()
        .filter(|element| is_primary(element))
        .nth(1)
        .is_some()
    {
        return Err(Error::invalid_value(format!(
            "{} has more than one primary value.",
            attribute.name
        )));
    }
    Ok(())
}

/// The most elements that a client may give an attribute.
fn max_count(attribute: &Attribute) -> usize {
    if attribute.name == "members" {
        MAX_MEMBERS
    } else {
        MAX_VALUES
    }
}

/// No attribute gets more elements than one may have (R-PUT-11). One that has more from before may lose some, and
/// may be left as it is.
pub(crate) fn check_count(attribute: &Attribute, before: usize, after: usize) -> Result<(), Error> {
    let max = max_count(attribute);
    if after <= max || after <= before {
        return Ok(());
    }
    Err(Error::invalid_value(format!(
        "{} has too many values: it may have {max}.",
        attribute.name
    )))
}
