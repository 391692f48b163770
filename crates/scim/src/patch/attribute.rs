//! Operations on an attribute or a sub-attribute, without a filter.

use serde_json::Value;

use super::draft::Draft;
use super::{Change, add, assign, element, remove, replace};
use crate::Map;
use crate::dialect::Dialect;
use crate::error::Error;
use crate::schema::{Attribute, Mutability, Schema, Target};

/// Applies one change to what a path without filter addresses.
pub(super) fn apply(
    place: &Target<'_>,
    draft: &mut Draft<'_>,
    change: Change<'_>,
    dialect: Dialect,
) -> Result<(), Error> {
    if place.attribute.discarded {
        // Accepted and checked as any other, then dropped (R-PATCH-35, R-USER-03).
        return in_container(place, &mut Map::new(), change, dialect);
    }
    if let Change::Add(value) = change
        && place.sub_attribute.is_none()
        && place.attribute.multi_valued
        && place.attribute.mutability != Mutability::Immutable
    {
        return add::to_attribute(place, draft, value, dialect);
    }
    draft.forget(place);
    let copies = place.sub_attribute.map_or(0, |_| change.weight());
    draft.charge_all(place, 1, copies)?;
    let part = draft.part(place.extension);
    in_container(place, part, change, dialect)
}

fn in_container(
    place: &Target<'_>,
    part: &mut Map,
    change: Change<'_>,
    dialect: Dialect,
) -> Result<(), Error> {
    let Some(sub) = place.sub_attribute else {
        return value(part, place.attribute, change, dialect);
    };
    if place.attribute.multi_valued {
        return across_elements(part, place.attribute, sub, change, dialect);
    }
    let mut parent = match part.get(&place.attribute.name) {
        Some(Value::Object(members)) => members.clone(),
        _ => Map::new(),
    };
    let before = parent.get("value").cloned();
    value(&mut parent, sub, change, dialect)?;
    assign::forget_derived(&mut parent, place.attribute, before.as_ref());
    assign::assign(
        part,
        place.attribute,
        (!parent.is_empty()).then_some(Value::Object(parent)),
    )
}

/// Changes one attribute in its container: the resource, an extension, or one object of a complex attribute.
pub(super) fn value(
    part: &mut Map,
    attribute: &Attribute,
    change: Change<'_>,
    dialect: Dialect,
) -> Result<(), Error> {
    match change {
        Change::Add(value) => add::add(part, attribute, value, dialect),
        Change::Replace(value) => replace::replace(part, attribute, value, dialect),
        Change::Remove(listed) => remove::remove(part, attribute, listed, dialect),
    }
}

/// R-PATCH-25: a sub-attribute of every element.
fn across_elements(
    part: &mut Map,
    attribute: &Attribute,
    sub: &Attribute,
    change: Change<'_>,
    dialect: Dialect,
) -> Result<(), Error> {
    let mut elements = element::take(part, attribute);
    match change {
        Change::Add(_) => {
            return Err(Error::invalid_path(format!(
                "{0}.{1} is in every value of {0}: select some with a filter.",
                attribute.name, sub.name
            )));
        }
        Change::Replace(_) if elements.is_empty() => {
            return Err(Error::no_target(format!(
                "{} has no values.",
                attribute.name
            )));
        }
        Change::Replace(_) | Change::Remove(_) => {}
    }
    let all: Vec<usize> = (0..elements.len()).collect();
    element::edit(attribute, &mut elements, &all, sub, change, dialect)?;
    element::settle(part, attribute, elements, &all)
}

/// The part of a resource that holds the attributes of a schema: the resource, or an extension.
pub(super) fn container<'m>(resource: &'m mut Map, extension: Option<&Schema>) -> &'m mut Map {
    let Some(schema) = extension else {
        return resource;
    };
    let part = resource.entry(schema.id.clone()).or_insert(Value::Null);
    if !part.is_object() {
        *part = Value::Object(Map::new());
    }
    part.as_object_mut().expect("it was just made an object")
}
