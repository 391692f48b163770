//! Operations without a path: the value names the attributes (R-PATCH-20, R-PATCH-41).

use serde_json::Value;

use super::Change;
use super::draft::Draft;
use super::target::{self, Target};
use super::value::from_text;
use crate::dialect::Dialect;
use crate::error::Error;
use crate::path;
use crate::resource::{core_attribute, unknown};
use crate::schema::{ResourceType, Schema, Target as Place};

/// What it costs to find out what a name means.
const NAME: usize = 4;

/// Applies the change to each attribute that the value names, in the order of the value.
pub(super) fn apply(
    resource_type: &ResourceType,
    draft: &mut Draft<'_>,
    change: Change<'_>,
    dialect: Dialect,
) -> Result<(), Error> {
    let value = match change {
        Change::Add(value) | Change::Replace(value) => value.clone(),
        Change::Remove(_) => return Err(Error::no_target("A remove operation needs a path.")),
    };
    for (name, value) in members(resource_type, value, dialect)? {
        apply_member(
            resource_type,
            None,
            draft,
            (&name, change.with(&value)),
            dialect,
        )?;
    }
    Ok(())
}

/// The members of a value without path. Lenient: it may also be a list of objects or JSON text, and the core
/// attributes may stand under the URN of their schema.
pub(crate) fn members(
    resource_type: &ResourceType,
    value: Value,
    dialect: Dialect,
) -> Result<Vec<(String, Value)>, Error> {
    let lenient = dialect == Dialect::Lenient;
    let values = match if lenient { from_text(value) } else { value } {
        Value::Array(values) if lenient && !values.is_empty() => values,
        value => vec![value],
    };
    let mut members = Vec::new();
    for value in values {
        let Value::Object(object) = value else {
            return Err(Error::invalid_value(
                "Without a path, the value must be an object of attributes.",
            ));
        };
        for (name, value) in object {
            match value {
                Value::Object(core)
                    if lenient && name.eq_ignore_ascii_case(&resource_type.schema.id) =>
                {
                    members.extend(core);
                }
                value => members.push((name, value)),
            }
        }
    }
    Ok(members)
}

/// Applies a change to the attribute of that name in a value without path; `within` is the extension whose object
/// the name stands in.
pub(super) fn apply_member(
    resource_type: &ResourceType,
    within: Option<&Schema>,
    draft: &mut Draft<'_>,
    (name, change): (&str, Change<'_>),
    dialect: Dialect,
) -> Result<(), Error> {
    draft.charge(NAME)?;
    match locate(resource_type, within, name, dialect)? {
        Some(target) => target.apply(resource_type, draft, change, dialect),
        None => Ok(()),
    }
}

/// Finds what a name in a value without path means; none: it is to be ignored.
///
/// # Errors
/// Strict: `InvalidSyntax` for an unknown name, `Mutability` for what only the server sets. Lenient: what a value
/// path of a known attribute is refused for.
pub(crate) fn locate<'a>(
    resource_type: &'a ResourceType,
    within: Option<&'a Schema>,
    name: &str,
    dialect: Dialect,
) -> Result<Option<Target<'a>>, Error> {
    let target = match plain(resource_type, within, name) {
        Some(target) => Some(target),
        None if dialect == Dialect::Strict => return Err(unknown(name)),
        None => as_path(resource_type, within, name)?,
    };
    match target {
        Some(target) if target.is_read_only() => match dialect {
            Dialect::Lenient => Ok(None),
            Dialect::Strict => Err(Error::mutability(format!("{name} is read-only."))),
        },
        // What the resource has decides on `schemas`; clients repeat it without meaning.
        Some(Target::Schemas | Target::Whole) => Ok(None),
        Some(Target::Extension(_)) if within.is_some() => Ok(None),
        target => Ok(target),
    }
}

fn plain<'a>(
    resource_type: &'a ResourceType,
    within: Option<&'a Schema>,
    name: &str,
) -> Option<Target<'a>> {
    let attribute = match within {
        Some(schema) => schema.attribute(name),
        None => core_attribute(resource_type, name).filter(|attribute| attribute.name != "schemas"),
    };
    match attribute {
        // A common attribute, so clients put it there too.
        None if name.eq_ignore_ascii_case("schemas") => Some(Target::Schemas),
        Some(attribute) => Some(Target::Attribute(Place {
            extension: within,
            attribute,
            sub_attribute: None,
        })),
        None => resource_type.extension(name).map(Target::Extension),
    }
}

fn as_path<'a>(
    resource_type: &'a ResourceType,
    within: Option<&Schema>,
    name: &str,
) -> Result<Option<Target<'a>>, Error> {
    let text = match within {
        Some(schema) => format!("{}:{name}", schema.id),
        None => name.trim().to_owned(),
    };
    match path::parse(&text, resource_type, Dialect::Lenient) {
        Ok(path) => target::resolve(path, resource_type, Dialect::Lenient),
        // What no schema has is ignored, path or not; a faulty value path of a known attribute meant to select something.
        Err(error) if path::selects_known(&text, resource_type, Dialect::Lenient) => Err(error),
        Err(_) => Ok(None),
    }
}
