//! The one place where a value is written into a resource.

use serde_json::Value;

use crate::Map;
use crate::date_time;
use crate::error::Error;
use crate::resource::value::within;
use crate::schema::{Attribute, Mutability, Type};
use crate::text;

/// Sets or (none) unassigns an attribute in its container. An immutable attribute may only be set while it has no
/// value; stating the value it has is no change (R-PATCH-32, R-PATCH-33).
///
/// # Errors
/// `Mutability` for an immutable attribute, `InvalidValue` if a required one would be unassigned (R-PATCH-34).
pub(super) fn assign(
    part: &mut Map,
    attribute: &Attribute,
    value: Option<Value>,
) -> Result<(), Error> {
    let old = part.get(&attribute.name);
    if let Some(old) = old {
        check_fixed(attribute, old, value.as_ref())?;
        if attribute.mutability == Mutability::Immutable {
            return Ok(());
        }
    }
    match value {
        Some(value) => {
            part.insert(attribute.name.clone(), value);
        }
        None if attribute.required && old.is_some() => {
            return Err(Error::invalid_value(format!(
                "{} is required.",
                attribute.name
            )));
        }
        None => {
            part.shift_remove(&attribute.name);
        }
    }
    Ok(())
}

/// Checks that a new value, or none, leaves alone what is immutable: the attribute, or parts of a single complex value
/// (R-ATTR-12). The elements of a multi-valued attribute come and go whole.
///
/// # Errors
/// `Mutability`, naming what would change.
pub(super) fn check_fixed(
    attribute: &Attribute,
    old: &Value,
    new: Option<&Value>,
) -> Result<(), Error> {
    if attribute.mutability == Mutability::Immutable {
        return match new {
            Some(new) if is_same(attribute, old, new) => Ok(()),
            _ => Err(Error::mutability(format!(
                "{} cannot be changed.",
                attribute.name
            ))),
        };
    }
    let Value::Object(old) = old else {
        return Ok(());
    };
    for sub in &attribute.sub_attributes {
        if let Some(old) = old.get(&sub.name) {
            check_fixed(sub, old, new.and_then(|new| new.get(&sub.name)))
                .map_err(|error| within(attribute, &error))?;
        }
    }
    Ok(())
}

/// Whether a value states what is there already.
pub(crate) fn is_same(attribute: &Attribute, old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::String(old), Value::String(new))
            if attribute.r#type == Type::String && !attribute.case_exact =>
        {
            text::fold(old) == text::fold(new)
        }
        (Value::String(old), Value::String(new)) if attribute.r#type == Type::DateTime => {
            old == new || date_time::parse(old) == date_time::parse(new)
        }
        _ => old == new,
    }
}

/// Writes the stated sub-attributes into one object of a complex attribute; others stay (R-PATCH-22).
pub(super) fn merge(
    members: &mut Map,
    attribute: &Attribute,
    entries: Vec<(&Attribute, Option<Value>)>,
) -> Result<(), Error> {
    let before = members.get("value").cloned();
    let states_reference = entries.iter().any(|(sub, _)| sub.name == "$ref");
    for (sub, value) in entries {
        assign(members, sub, value)?;
    }
    if !states_reference {
        forget_derived(members, attribute, before.as_ref());
    }
    Ok(())
}

/// When the `value` of a reference has changed, what was said of the old one no longer holds: its `$ref`, and what
/// the server derived.
pub(super) fn forget_derived(members: &mut Map, attribute: &Attribute, before: Option<&Value>) {
    if attribute.sub_attribute("$ref").is_none() || members.get("value") == before {
        return;
    }
    members.shift_remove("$ref");
    for sub in attribute
        .sub_attributes
        .iter()
        .filter(|sub| sub.mutability == Mutability::ReadOnly)
    {
        members.shift_remove(&sub.name);
    }
}
