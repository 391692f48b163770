//! Operations on a whole extension by its URN (R-PATCH-30).

use serde_json::Value;

use super::{Change, value, whole};
use crate::Map;
use crate::dialect::Dialect;
use crate::error::Error;
use crate::schema::{Extension, ResourceType};

/// `add` and `replace` merge the attributes of the value by their own rules; `remove`, and `null`, drop them all.
pub(super) fn apply(
    resource_type: &ResourceType,
    extension: &Extension,
    resource: &mut Map,
    change: Change<'_>,
    dialect: Dialect,
) -> Result<(), Error> {
    let stated = match change {
        Change::Remove(_) | Change::Replace(Value::Null) => {
            return drop(extension, resource, dialect);
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
            resource,
            (&name, change.with(&value)),
            dialect,
        )?;
    }
    Ok(())
}

/// Drops an extension whole (R-PATCH-30). One that the resource type requires cannot be removed: strict, that is an error;
/// lenient, what is required in it stays while the rest goes.
pub(super) fn drop(
    extension: &Extension,
    resource: &mut Map,
    dialect: Dialect,
) -> Result<(), Error> {
    let urn = &extension.schema.id;
    let Some(Value::Object(members)) = resource.get_mut(urn).filter(|_| extension.required) else {
        resource.shift_remove(urn);
        return Ok(());
    };
    let is_required = |name: &str| {
        extension
            .schema
            .attribute(name)
            .is_some_and(|attribute| attribute.required)
    };
    if dialect == Dialect::Strict
        && let Some(name) = members.keys().find(|name| is_required(name))
    {
        return Err(Error::mutability(format!("{urn}:{name} is required.")));
    }
    members.retain(|name, _| is_required(name));
    if members.is_empty() {
        resource.shift_remove(urn);
    }
    Ok(())
}
