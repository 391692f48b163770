//! Operations on `schemas` (R-PATCH-36). The list follows from the attributes there are, so it cannot be set: leaving
//! an extension out of it drops the attributes of the extension.

use serde_json::Value;

use super::{Change, draft::Draft, extension};
use crate::dialect::Dialect;
use crate::error::Error;
use crate::schema::ResourceType;

/// `add` of a known schema changes nothing; `replace` drops the extensions that are not listed, `remove` those that
/// are. The core schema stays: to drop it is refused, but a lenient client may leave it out of a `replace`, which
/// then means nothing.
pub(super) fn apply(
    resource_type: &ResourceType,
    draft: &mut Draft<'_>,
    change: Change<'_>,
    dialect: Dialect,
) -> Result<(), Error> {
    let base = resource_type.schema.id.as_str();
    let fixed = Err(Error::mutability(format!(
        "{base} cannot be removed from schemas."
    )));
    let (listed, drops_listed) = match change {
        Change::Add(value) => return check_known(resource_type, &read(value)?, dialect),
        Change::Replace(value) => (read(value)?, false),
        Change::Remove(None | Some(Value::Null)) => return fixed,
        Change::Remove(Some(value)) => (read(value)?, true),
    };
    if is_listed(&listed, base) == drops_listed {
        return if drops_listed || dialect == Dialect::Strict {
            fixed
        } else {
            Ok(())
        };
    }
    for extension in &resource_type.extensions {
        if is_listed(&listed, &extension.schema.id) == drops_listed {
            extension::drop(extension, draft)?;
        }
    }
    Ok(())
}

fn check_known(resource_type: &ResourceType, urns: &[&str], dialect: Dialect) -> Result<(), Error> {
    let base = &resource_type.schema.id;
    let is_known =
        |urn: &str| urn.eq_ignore_ascii_case(base) || resource_type.extension(urn).is_some();
    if dialect == Dialect::Lenient || urns.iter().all(|urn| is_known(urn)) {
        return Ok(());
    }
    Err(Error::invalid_value(format!(
        "schemas can hold {base} and its extensions only."
    )))
}

fn is_listed(urns: &[&str], urn: &str) -> bool {
    urns.iter().any(|listed| listed.eq_ignore_ascii_case(urn))
}

fn read(value: &Value) -> Result<Vec<&str>, Error> {
    let values = match value {
        Value::Null => &[],
        Value::Array(values) => values.as_slice(),
        single => std::slice::from_ref(single),
    };
    values
        .iter()
        .map(|value| {
            value
                .as_str()
                .ok_or_else(|| Error::invalid_value("schemas must be an array of URIs."))
        })
        .collect()
}
