//! Operations on a whole extension by its URN (R-PATCH-30).

use serde_json::Value;

use super::draft::Draft;
use super::{Change, assign, value, whole};
use crate::dialect::Dialect;
use crate::error::Error;
use crate::schema::{Extension, ResourceType};

/// `add` and `replace` merge the attributes of the value by their own rules; `remove`, and `null`, drop them all.
pub(super) fn apply(
    resource_type: &ResourceType,
    extension: &Extension,
    draft: &mut Draft<'_>,
    change: Change<'_>,
    dialect: Dialect,
) -> Result<(), Error> {
    let stated = match change {
        Change::Remove(_) | Change::Replace(Value::Null) => {
            return drop(extension, draft);
        }
        Change::Add(Value::Null) => return Ok(()),
        Change::Add(stated) | Change::Replace(stated) => stated.clone(),
    };
    let stated = if dialect == Dialect::Lenient {
        value::from_text(stated)
    } else {
        stated
    };
    let Value::Object(members) = stated else {
        return Err(Error::invalid_value(format!(
            "{} must be an object of attributes.",
            extension.schema.id
        )));
    };
    for (name, value) in members {
        whole::apply_member(
            resource_type,
            Some(&extension.schema),
            draft,
            (&name, change.with(&value)),
            dialect,
        )?;
    }
    Ok(())
}

/// Drops an extension whole, what is required in it too (R-PATCH-30).
///
/// # Errors
/// `Mutability` if resources must have the extension, or something immutable in it has a value (R-PATCH-32): it
/// stays as it was.
pub(super) fn drop(extension: &Extension, draft: &mut Draft<'_>) -> Result<(), Error> {
    let urn = &extension.schema.id;
    let Some(Value::Object(members)) = draft.resource.get(urn) else {
        return Ok(());
    };
    if extension.required && !members.is_empty() {
        return Err(Error::mutability(format!("{urn} is required.")));
    }
    for attribute in &extension.schema.attributes {
        if let Some(old) = members.get(&attribute.name) {
            assign::check_fixed(attribute, old, None)?;
        }
    }
    draft.resource.shift_remove(urn);
    draft.forget_extension(urn);
    Ok(())
}
