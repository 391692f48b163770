//! Resources in canonical form: how a client's representation is read, and the rules a resource must keep.
//!
//! A *canonical* resource has only attributes of its resource type, spelled as in the schema, with values of
//! the right type. Core attributes stand at the top level, those of an extension under its URN. Nothing
//! unassigned is kept (no `null`, `[]`, `{}` or `""`), nothing that only the server sets (`id`, `meta`,
//! `schemas` and every readOnly attribute) and nothing that is discarded (passwords).

use serde_json::Value;

use crate::Map;
use crate::dialect::Dialect;
use crate::error::Error;
use crate::path::{AttributePath, shortened};
use crate::schema::{Attribute, Extension, Mutability, ResourceType, Schema};

pub(crate) mod elements;
mod replacement;
mod scalar;
mod size;
pub(crate) mod value;

#[cfg(test)]
pub(crate) mod tests;

pub use replacement::{check_id, keep_fixed};
pub use size::{MAX_SIZE, check_size, size};

/// The most values of a multi-valued attribute, but for `members`.
pub const MAX_VALUES: usize = 1_000;
/// The most characters of a text that is neither binary nor a reference.
pub const MAX_CHARACTERS: usize = 4_096;

/// Reads a client's representation of a resource, the body of a POST or PUT (RFC 7644 §3.3, §3.5.1), into
/// canonical form. This and the values of a PATCH are the only places where client data becomes canonical; both
/// make each attribute canonical by the same function.
///
/// * Names are matched in any case; values are kept as sent, apart from coerced types.
/// * `null`, `[]`, `{}` and `""` mean unassigned. ReadOnly and discarded attributes are dropped.
/// * Elements with the same `type` and `value` become one (RFC 7643 §2.4). One that says nothing is dropped where its
///   attribute requires nothing of it.
/// * Lenient: `schemas` may be missing, unknown attributes and schema URIs are dropped, booleans may be strings, a
///   single value may stand for an array, the URN of an extension may be part of a name or left out, and the core
///   attributes may stand under the URN of their schema.
///
/// # Errors
/// `InvalidSyntax`: `schemas` belongs to another resource type; in the strict dialect also anything unknown.
/// `InvalidValue`: a value does not fit, a required attribute is missing (it is named), or two are primary.
pub fn read(resource_type: &ResourceType, body: Map, dialect: Dialect) -> Result<Map, Error> {
    let named = body
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("schemas"));
    check_schemas(resource_type, named.map(|(_, value)| value), dialect)?;
    let mut resource = Map::new();
    read_members(resource_type, &mut resource, body, dialect)?;
    check(resource_type, &resource)?;
    Ok(resource)
}

fn read_members(
    resource_type: &ResourceType,
    resource: &mut Map,
    members: Map,
    dialect: Dialect,
) -> Result<(), Error> {
    for (name, value) in members {
        if !name.eq_ignore_ascii_case("schemas") {
            read_member(resource_type, resource, &name, value, dialect)?;
        }
    }
    Ok(())
}

fn read_member(
    resource_type: &ResourceType,
    resource: &mut Map,
    name: &str,
    value: Value,
    dialect: Dialect,
) -> Result<(), Error> {
    if let Some(attribute) = core_attribute(resource_type, name) {
        return keep(resource, attribute, value, dialect);
    }
    if let Some(extension) = resource_type.extension(name) {
        return read_extension(resource, &extension.schema, value, dialect);
    }
    if dialect == Dialect::Lenient {
        let value = match value {
            Value::Object(core) if name.eq_ignore_ascii_case(&resource_type.schema.id) => {
                return read_members(resource_type, resource, core, dialect);
            }
            value => value,
        };
        let target = AttributePath::parse(name)
            .filter(|path| path.sub.is_none())
            .and_then(|path| resource_type.resolve_in(&path, dialect));
        return match target.map(|target| (target.extension, target.attribute)) {
            Some((Some(schema), attribute)) => {
                let mut part = Map::new();
                part.insert(attribute.name.clone(), value);
                read_extension(resource, schema, Value::Object(part), dialect)
            }
            Some((None, attribute)) => keep(resource, attribute, value, dialect),
            None => Ok(()),
        };
    }
    Err(unknown(name))
}

fn read_extension(
    resource: &mut Map,
    schema: &Schema,
    value: Value,
    dialect: Dialect,
) -> Result<(), Error> {
    let object = match value {
        Value::Null => return Ok(()),
        Value::Object(object) => object,
        _ => {
            return Err(Error::invalid_value(format!(
                "{} must be an object.",
                schema.id
            )));
        }
    };
    let mut part = match resource.shift_remove(&schema.id) {
        Some(Value::Object(part)) => part,
        _ => Map::new(),
    };
    for (name, value) in object {
        match schema.attribute(&name) {
            Some(attribute) => keep(&mut part, attribute, value, dialect)?,
            // A common attribute, so clients put it there too.
            None if name.eq_ignore_ascii_case("schemas") => {}
            None if dialect == Dialect::Strict => return Err(unknown(&name)),
            None => {}
        }
    }
    if !part.is_empty() {
        resource.insert(schema.id.clone(), Value::Object(part));
    }
    Ok(())
}

/// Puts an attribute of the body into its canonical container; checked even where it is then dropped.
fn keep(
    part: &mut Map,
    attribute: &Attribute,
    value: Value,
    dialect: Dialect,
) -> Result<(), Error> {
    if attribute.mutability == Mutability::ReadOnly {
        return Ok(());
    }
    let value = value::canonical(attribute, value, dialect)?;
    if let Some(value) = value.filter(|_| !attribute.discarded) {
        part.insert(attribute.name.clone(), value);
    }
    Ok(())
}

/// The core attributes that a client's representation leaves without a value on purpose, by `null` or `[]`: they are
/// to get no default (RFC 7644 §3.3; R-POST-03).
#[must_use]
pub fn unassigned(resource_type: &ResourceType, body: &Map) -> Vec<String> {
    let is_none = |value: &Value| match value {
        Value::Null => true,
        Value::Array(elements) => elements.is_empty(),
        _ => false,
    };
    body.iter()
        .filter(|(_, value)| is_none(value))
        .filter_map(|(name, _)| resource_type.schema.attribute(name))
        .filter(|attribute| attribute.mutability != Mutability::ReadOnly)
        .map(|attribute| attribute.name.clone())
        .collect()
}

/// The core or common attribute of that plain name, in any case.
pub(crate) fn core_attribute<'a>(
    resource_type: &'a ResourceType,
    name: &str,
) -> Option<&'a Attribute> {
    resource_type
        .attributes()
        .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

pub(crate) fn unknown(name: &str) -> Error {
    Error::invalid_syntax(format!("There is no attribute {}.", shortened(name)))
}

/// R-POST-06, R-ATTR-19: the body must be of this type; in the lenient dialect it may leave that open, and may name
/// further schemas.
fn check_schemas(
    resource_type: &ResourceType,
    named: Option<&Value>,
    dialect: Dialect,
) -> Result<(), Error> {
    let base = &resource_type.schema.id;
    let urns = match named {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(urn)) if dialect == Dialect::Lenient => vec![urn.as_str()],
        Some(Value::Array(urns)) => urns
            .iter()
            .map(|urn| {
                urn.as_str()
                    .ok_or_else(|| Error::invalid_syntax("schemas must hold URIs."))
            })
            .collect::<Result<_, _>>()?,
        Some(_) => return Err(Error::invalid_syntax("schemas must be an array of URIs.")),
    };
    let has_base = urns.iter().any(|urn| urn.eq_ignore_ascii_case(base));
    let foreign =
        |urn: &&str| !urn.eq_ignore_ascii_case(base) && resource_type.extension(urn).is_none();
    let accepted = match dialect {
        Dialect::Strict => has_base && !urns.iter().any(foreign),
        Dialect::Lenient => has_base || !urns.iter().any(foreign),
    };
    if accepted {
        Ok(())
    } else {
        Err(Error::invalid_syntax(format!(
            "schemas must name {base} and its extensions."
        )))
    }
}

/// The `schemas` of a canonical resource: the core schema and each extension it has attributes of (R-COMMON-02).
#[must_use]
pub fn schemas(resource_type: &ResourceType, resource: &Map) -> Vec<String> {
    let extensions = resource_type
        .extensions
        .iter()
        .map(|extension| &extension.schema.id);
    let used = extensions.filter(|urn| extension_part(resource, urn).is_some());
    std::iter::once(&resource_type.schema.id)
        .chain(used)
        .cloned()
        .collect()
}

/// What a resource has of an extension, if anything.
fn extension_part<'a>(resource: &'a Map, urn: &str) -> Option<&'a Map> {
    resource
        .get(urn)?
        .as_object()
        .filter(|part| !part.is_empty())
}

/// Checks a canonical resource as a whole: what is required is there (RFC 7643 §7), and at most one element of each
/// attribute is primary (RFC 7643 §2.4). The required attributes of an extension count only where the resource has
/// it, unless the extension is required itself.
///
/// # Errors
/// `InvalidValue`, naming the attribute.
pub fn check(resource_type: &ResourceType, resource: &Map) -> Result<(), Error> {
    check_part(&resource_type.schema.attributes, resource)?;
    for Extension { schema, required } in &resource_type.extensions {
        match extension_part(resource, &schema.id) {
            Some(part) => check_part(&schema.attributes, part)?,
            None if *required => {
                return Err(Error::invalid_value(format!("{} is required.", schema.id)));
            }
            None => {}
        }
    }
    Ok(())
}

fn check_part(attributes: &[Attribute], part: &Map) -> Result<(), Error> {
    for attribute in attributes {
        let value = part.get(&attribute.name);
        if is_required(attribute) && value.is_none_or(is_blank) {
            return Err(missing(&attribute.name));
        }
        let objects: &[Value] = match value {
            Some(Value::Array(elements)) => elements,
            Some(object @ Value::Object(_)) => std::slice::from_ref(object),
            _ => continue,
        };
        elements::check_one_primary(attribute, objects)?;
        for sub in needed_parts(attribute) {
            if objects
                .iter()
                .any(|object| object.get(&sub.name).is_none_or(is_blank))
            {
                return Err(missing(&format!("{}.{}", attribute.name, sub.name)));
            }
        }
    }
    Ok(())
}

/// The sub-attributes that each value of a complex attribute must have: those required, and the `value` by which
/// alone an element is known.
fn needed_parts(attribute: &Attribute) -> impl Iterator<Item = &Attribute> {
    let fixed = elements::is_fixed(attribute);
    let needed = move |sub: &&Attribute| is_required(sub) || (fixed && sub.name == "value");
    attribute.sub_attributes.iter().filter(needed)
}

fn missing(name: &str) -> Error {
    Error::invalid_value(format!("{name} is required."))
}

/// Whether a canonical resource must have it: what only the server sets, or is dropped, is not kept.
fn is_required(attribute: &Attribute) -> bool {
    attribute.required && attribute.mutability != Mutability::ReadOnly && !attribute.discarded
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
