//! What a PUT must not change (RFC 7644 §3.5.1).

use serde_json::Value;

use crate::{
    Map,
    error::Error,
    patch::is_same,
    resource::check_part,
    schema::{Attribute, Mutability, ResourceType},
};

/// Brings a representation that is to replace a resource, both canonical, in line with it: an immutable attribute
/// must have the value it has and stays where it is left out, and so does a writeOnly one, which the client cannot
/// have read (R-PUT-03, R-PUT-06). An extension that is left out altogether keeps them too, unless it would then lack
/// what it requires: then it is given up whole.
///
/// # Errors
/// `Mutability`: an immutable attribute has another value.
pub fn keep_fixed(
    resource_type: &ResourceType,
    before: &Map,
    after: &mut Map,
) -> Result<(), Error> {
    keep_part(&resource_type.schema.attributes, before, after)?;
    for extension in &resource_type.extensions {
        let schema = &extension.schema;
        let Some(Value::Object(old)) = before.get(&schema.id) else {
            continue;
        };
        let (mut new, left_out) = match after.get_mut(&schema.id).map(Value::take) {
            Some(Value::Object(new)) => (new, false),
            _ => (Map::new(), true),
        };
        keep_part(&schema.attributes, old, &mut new)?;
        if new.is_empty() || (left_out && check_part(&schema.attributes, &new).is_err()) {
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
                    keep_part(&attribute.sub_attributes, old, new)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}
