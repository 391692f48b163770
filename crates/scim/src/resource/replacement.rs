//! What a PUT must not change (RFC 7644 §3.5.1).

use serde_json::Value;

use crate::{
    Map,
    dialect::Dialect,
    error::Error,
    patch::is_same,
    resource::{check_part, value::within},
    schema::{Attribute, Extension, Mutability, ResourceType},
};

/// Checks the `id` of a body that is to replace the resource of this id. The URL decides, so the lenient dialect does
/// not look at it (R-PUT-05).
///
/// # Errors
/// `Mutability`: the body has another `id`.
pub fn check_id(body: &Map, id: &str, dialect: Dialect) -> Result<(), Error> {
    let stated = body
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("id"))
        .map(|(_, value)| value);
    match stated {
        Some(stated) if dialect == Dialect::Strict && !stated.is_null() && stated != id => Err(
            Error::mutability("id cannot be changed: the body has another than the URL."),
        ),
        _ => Ok(()),
    }
}

/// Brings a representation that is to replace a resource, both canonical, in line with it: an immutable attribute
/// must have the value it has and stays where it is left out, and so does a writeOnly one, which the client cannot
/// have read (R-PUT-03, R-PUT-06). An extension or complex attribute that is left out altogether keeps them too; where
/// it would then lack what it requires, that stays with what is immutable, and what is only writeOnly is given up.
///
/// # Errors
/// `Mutability`: an immutable attribute has another value.
pub fn keep_fixed(
    resource_type: &ResourceType,
    before: &Map,
    after: &mut Map,
) -> Result<(), Error> {
    keep_part(&resource_type.schema.attributes, before, after)?;
    for Extension { schema, .. } in &resource_type.extensions {
        let Some(Value::Object(old)) = before.get(&schema.id) else {
            continue;
        };
        let new = match after.get_mut(&schema.id).map(Value::take) {
            Some(Value::Object(mut new)) => {
                keep_part(&schema.attributes, old, &mut new)?;
                new
            }
            _ => left_out(&schema.attributes, old)?,
        };
        if new.is_empty() {
            after.shift_remove(&schema.id);
        } else {
            after.insert(schema.id.clone(), Value::Object(new));
        }
    }
    Ok(())
}

fn keep_part(attributes: &[Attribute], before: &Map, after: &mut Map) -> Result<(), Error> {
    for attribute in attributes {
        let Some(old) = before.get(&attribute.name) else {
            continue;
        };
        match (attribute.mutability, after.get_mut(&attribute.name)) {
            (Mutability::Immutable | Mutability::WriteOnly, None) => {
                after.insert(attribute.name.clone(), old.clone());
            }
            (Mutability::Immutable, Some(new)) => {
                if !is_same(attribute, old, new) {
                    return Err(Error::mutability(format!(
                        "{} cannot be changed.",
                        attribute.name
                    )));
                }
                // Equal but for its case, it is no change.
                *new = old.clone();
            }
            // The elements of a multi-valued attribute are not the same as before, so nothing in them is fixed.
            (_, Some(Value::Object(new))) => {
                if let Value::Object(old) = old {
                    keep_part(&attribute.sub_attributes, old, new)
                        .map_err(|error| within(attribute, &error))?;
                }
            }
            (_, None) => {
                if let Value::Object(old) = old {
                    let kept = left_out(&attribute.sub_attributes, old)?;
                    if !kept.is_empty() {
                        after.insert(attribute.name.clone(), Value::Object(kept));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// What stays of an extension or of a complex attribute that is left out.
fn left_out(attributes: &[Attribute], old: &Map) -> Result<Map, Error> {
    let mut kept = Map::new();
    keep_part(attributes, old, &mut kept)?;
    if kept.is_empty() || check_part(attributes, &kept).is_ok() {
        return Ok(kept);
    }
    if !has_fixed(attributes, old) {
        return Ok(Map::new());
    }
    for attribute in attributes.iter().filter(|attribute| attribute.required) {
        if let Some(value) = old.get(&attribute.name) {
            let name = attribute.name.clone();
            kept.entry(name).or_insert_with(|| value.clone());
        }
    }
    Ok(kept)
}

/// Whether something immutable has a value.
fn has_fixed(attributes: &[Attribute], part: &Map) -> bool {
    attributes
        .iter()
        .any(|attribute| match part.get(&attribute.name) {
            None => false,
            Some(_) if attribute.mutability == Mutability::Immutable => true,
            Some(Value::Object(members)) => has_fixed(&attribute.sub_attributes, members),
            Some(_) => false,
        })
}
