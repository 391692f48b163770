//! Operations on the elements that a value path selects.

use serde_json::Value;

use super::assign::{assign, forget_derived, merge};
use super::draft::Draft;
use super::target::Selection;
use super::{Change, add, attribute, value};
use crate::Map;
use crate::dialect::Dialect;
use crate::error::Error;
use crate::filter::matches_element;
use crate::resource::elements::{distinct, is_fixed, is_primary};
use crate::resource::value::{canonical, check_needs_nothing, entries, object};
use crate::schema::{Attribute, Mutability, Target, Type};

mod create;

/// The most that one value may take, in bytes, after it was written to each selected element.
const MAX_COPIES: usize = 1 << 20;

/// Applies one change to the selected elements, or to a sub-attribute of each.
pub(super) fn apply(
    place: &Target<'_>,
    selection: &Selection,
    draft: &mut Draft<'_>,
    change: Change<'_>,
    dialect: Dialect,
) -> Result<(), Error> {
    if place.attribute.discarded {
        return Ok(());
    }
    draft.forget(place);
    draft.charge_all(place, 1 + selection.predicate.parts(), change.weight())?;
    let part = draft.part(place.extension);
    let attribute = place.attribute;
    let selected: Vec<usize> = match part.get(&attribute.name) {
        Some(Value::Array(elements)) => {
            let is_selected =
                |position: &usize| matches_element(&selection.predicate, &elements[*position]);
            (0..elements.len()).filter(is_selected).collect()
        }
        _ => Vec::new(),
    };
    if selected.is_empty() {
        return create::without_match(place, selection, part, change, dialect);
    }
    let mut elements = take(part, attribute);
    match (place.sub_attribute, change) {
        (Some(sub), change) => edit(attribute, &mut elements, &selected, sub, change, dialect)?,
        (None, Change::Remove(_)) => discard(&mut elements, &selected),
        (None, Change::Add(value)) => overlay(attribute, &mut elements, &selected, value, dialect)?,
        (None, Change::Replace(value)) if is_fixed(attribute) => {
            overlay(attribute, &mut elements, &selected, value, dialect)?;
        }
        (None, Change::Replace(value)) => {
            let terms = create::terms(selection, attribute, dialect)
                .filter(|_| dialect == Dialect::Lenient);
            exchange(
                attribute,
                &mut elements,
                &selected,
                value,
                terms.unwrap_or_default(),
                dialect,
            )?;
            return settle(part, attribute, elements, &selected[..1]);
        }
    }
    settle(part, attribute, elements, &selected)
}

fn no_match(attribute: &Attribute) -> Error {
    Error::no_target(format!(
        "No value of {} matches the filter.",
        attribute.name
    ))
}

/// Takes the elements out of their container, to be put back by [`settle`]; those of an immutable attribute are
/// copied, so that [`assign`] can compare.
pub(super) fn take(part: &mut Map, attribute: &Attribute) -> Vec<Value> {
    match part.get_mut(&attribute.name) {
        Some(Value::Array(elements)) if attribute.mutability == Mutability::Immutable => {
            elements.clone()
        }
        Some(Value::Array(elements)) => std::mem::take(elements),
        _ => Vec::new(),
    }
}

/// Puts changed elements back: those left empty vanish, those that became the same are one, and a primary mark
/// among the touched ones moves over from the others (R-PATCH-27, R-PATCH-40).
pub(super) fn settle(
    part: &mut Map,
    attribute: &Attribute,
    mut elements: Vec<Value>,
    touched: &[usize],
) -> Result<(), Error> {
    let mut marked = touched
        .iter()
        .copied()
        .filter(|&position| elements.get(position).is_some_and(is_primary));
    if let Some(primary) = marked.next() {
        if marked.next().is_some() {
            return Err(Error::invalid_value(format!(
                "{} has more than one primary value.",
                attribute.name
            )));
        }
        for (position, element) in elements.iter_mut().enumerate() {
            if position != primary {
                add::unmark(element);
            }
        }
    }
    elements.retain(|element| {
        element
            .as_object()
            .is_none_or(|members| !members.is_empty())
    });
    let elements = distinct(attribute, elements);
    assign(
        part,
        attribute,
        (!elements.is_empty()).then_some(Value::Array(elements)),
    )
}

/// Applies a change to a sub-attribute of the selected elements.
pub(super) fn edit(
    attribute: &Attribute,
    elements: &mut [Value],
    selected: &[usize],
    sub: &Attribute,
    change: Change<'_>,
    dialect: Dialect,
) -> Result<(), Error> {
    if let Change::Add(value) | Change::Replace(value) = change {
        check_copies(attribute, value, selected.len())?;
    }
    for &position in selected {
        if let Value::Object(members) = &mut elements[position] {
            let before = members.get("value").cloned();
            attribute::value(members, sub, change, dialect)?;
            forget_derived(members, attribute, before.as_ref());
        }
    }
    Ok(())
}

/// One small request must not fill the memory by a value that is written to thousands of elements.
fn check_copies(attribute: &Attribute, value: &Value, copies: usize) -> Result<(), Error> {
    let size = match value {
        Value::String(text) => text.len(),
        Value::Array(_) | Value::Object(_) if copies > 1 => value.to_string().len(),
        _ => 0,
    };
    if copies > 1 && size.saturating_mul(copies) > MAX_COPIES {
        return Err(Error::invalid_value(format!(
            "The value is too long to be written to {copies} values of {}: at most {MAX_COPIES} bytes in all.",
            attribute.name
        )));
    }
    Ok(())
}

fn discard(elements: &mut Vec<Value>, selected: &[usize]) {
    let mut selected = selected.iter().copied().peekable();
    let mut position = 0;
    elements.retain(|_| {
        let goes = selected.next_if_eq(&position).is_some();
        position += 1;
        !goes
    });
}

/// Merges the stated sub-attributes into the selected elements (R-PATCH-26, `add`).
fn overlay(
    attribute: &Attribute,
    elements: &mut [Value],
    selected: &[usize],
    value: &Value,
    dialect: Dialect,
) -> Result<(), Error> {
    check_copies(attribute, value, selected.len())?;
    if attribute.r#type != Type::Complex {
        return set_simple(attribute, elements, selected, value, dialect);
    }
    let Some(members) = stated(attribute, value, dialect)? else {
        return Ok(());
    };
    let entries = entries(attribute, members, dialect)?;
    for &position in selected {
        if let Value::Object(element) = &mut elements[position] {
            merge(element, attribute, entries.clone())?;
        }
    }
    Ok(())
}

fn set_simple(
    attribute: &Attribute,
    elements: &mut [Value],
    selected: &[usize],
    value: &Value,
    dialect: Dialect,
) -> Result<(), Error> {
    let one = Attribute {
        multi_valued: false,
        ..attribute.clone()
    };
    let value = canonical(&one, value::plain(&one, value.clone(), dialect), dialect)?;
    for &position in selected {
        // An empty object is what `settle` takes for a vanished element.
        elements[position] = value.clone().unwrap_or_else(|| Value::Object(Map::new()));
    }
    Ok(())
}

/// Replaces the selected elements (R-PATCH-26). All get the same content, so that one remains: the first. In the
/// lenient dialect what the filter demands stays true of it unless the value says otherwise, else
/// `emails[type eq "work"]` would lose its type.
fn exchange(
    attribute: &Attribute,
    elements: &mut Vec<Value>,
    selected: &[usize],
    value: &Value,
    terms: Map,
    dialect: Dialect,
) -> Result<(), Error> {
    if attribute.r#type != Type::Complex {
        set_simple(attribute, elements, &selected[..1], value, dialect)?;
        discard(elements, &selected[1..]);
        return Ok(());
    }
    let members = stated(attribute, value, dialect)?;
    let unassigns = members.is_none();
    let stated = entries(attribute, members.unwrap_or_default(), dialect)?;
    let mut element = Map::new();
    if stated.iter().any(|(_, value)| value.is_some()) {
        element = terms;
        merge(&mut element, attribute, stated)?;
    } else if !unassigns {
        check_needs_nothing(attribute)?;
    }
    elements[selected[0]] = Value::Object(element);
    discard(elements, &selected[1..]);
    Ok(())
}

/// The members that the value of an operation states of one element; none: it means unassigned.
fn stated(attribute: &Attribute, value: &Value, dialect: Dialect) -> Result<Option<Map>, Error> {
    let value = match value {
        Value::Array(values) if dialect == Dialect::Lenient && values.len() <= 1 => {
            values.first().unwrap_or(&Value::Null)
        }
        value => value,
    };
    let value = match dialect {
        Dialect::Lenient => value::plain_element(attribute, value.clone()),
        Dialect::Strict => value.clone(),
    };
    object(attribute, value, dialect)
}
