//! Values that no two resources of a type may share (RFC 7643 §7, `uniqueness`), as keys for storage to guard.
//! `global` is guarded like `server`: within an account, for accounts must not learn of each other (R-POST-13).

use std::collections::BTreeSet;

use serde_json::{Number, Value};

use crate::{
    Map,
    schema::{Attribute, ResourceType, Schema, Type, Uniqueness},
    text,
};

#[cfg(test)]
mod tests;

/// A value that must be unique. Keys order by attribute, then by text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The path of the attribute; after the URN of its extension and a colon, if it has one.
    pub attribute: String,
    /// The value in the form of comparison: equal for values that filters call equal.
    pub text: String,
}

/// The keys of a canonical resource, each once, in order.
#[must_use]
pub fn keys(resource_type: &ResourceType, resource: &Map) -> Vec<Key> {
    let mut keys = BTreeSet::new();
    add(&mut keys, &resource_type.schema, "", resource);
    add_extensions(&mut keys, resource_type, resource);
    keys.into_iter().collect()
}

/// Those of them that extensions define.
#[must_use]
pub fn extension_keys(resource_type: &ResourceType, resource: &Map) -> Vec<Key> {
    let mut keys = BTreeSet::new();
    add_extensions(&mut keys, resource_type, resource);
    keys.into_iter().collect()
}

/// Whether an extension of the type has attributes whose values must be unique.
#[must_use]
pub fn in_extensions(resource_type: &ResourceType) -> bool {
    let mut extensions = resource_type.extensions.iter();
    extensions.any(|extension| any_path(&extension.schema).is_some())
}

/// The path of an attribute whose values must be unique, if the schema has any.
pub(crate) fn any_path(schema: &Schema) -> Option<String> {
    unique(schema)
        .next()
        .map(|(attribute, sub)| path(attribute, sub))
}

fn add_extensions(keys: &mut BTreeSet<Key>, resource_type: &ResourceType, resource: &Map) {
    for extension in &resource_type.extensions {
        let schema = &extension.schema;
        if let Some(Value::Object(part)) = resource.get(&schema.id) {
            add(keys, schema, &format!("{}:", schema.id), part);
        }
    }
}

fn add(keys: &mut BTreeSet<Key>, schema: &Schema, prefix: &str, part: &Map) {
    for (attribute, sub) in unique(schema) {
        let Some(value) = part.get(&attribute.name) else {
            continue;
        };
        let values = elements(value).filter_map(|value| match sub {
            None => Some(value),
            Some(sub) => value.get(&sub.name),
        });
        for value in values.flat_map(elements) {
            keys.insert(Key {
                attribute: format!("{prefix}{}", path(attribute, sub)),
                text: comparable(sub.unwrap_or(attribute), value),
            });
        }
    }
}

/// The attributes and sub-attributes of a schema that are unique.
fn unique(schema: &Schema) -> impl Iterator<Item = (&Attribute, Option<&Attribute>)> {
    let all = schema.attributes.iter().flat_map(|attribute| {
        let subs = attribute.sub_attributes.iter();
        std::iter::once((attribute, None)).chain(subs.map(move |sub| (attribute, Some(sub))))
    });
    all.filter(|(attribute, sub)| sub.unwrap_or(attribute).uniqueness != Uniqueness::None)
}

fn path(attribute: &Attribute, sub: Option<&Attribute>) -> String {
    match sub {
        None => attribute.name.clone(),
        Some(sub) => format!("{}.{}", attribute.name, sub.name),
    }
}

fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(elements) => elements.as_slice(),
        single => std::slice::from_ref(single),
    }
    .iter()
}

fn comparable(attribute: &Attribute, value: &Value) -> String {
    match value {
        Value::String(text) if attribute.r#type == Type::DateTime => {
            let instant = crate::date_time::parse(text);
            instant.map_or_else(|| text.clone(), crate::date_time::sortable)
        }
        Value::String(text) if !attribute.case_exact => text::fold(text),
        Value::String(text) => text.clone(),
        Value::Number(number) => comparable_number(number),
        other => other.to_string(),
    }
}

/// Equal for numbers that are: 1 and 1.0, 0 and -0.0, but not two integers that no float tells apart.
fn comparable_number(number: &Number) -> String {
    /// All floats below it that have no fraction are `i128`s.
    const END: f64 = 1e38;
    match (number.as_i128(), number.as_f64()) {
        (Some(integer), _) => integer.to_string(),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it has no fraction and is in range"
        )]
        (None, Some(float)) if float.fract() == 0.0 && float.abs() < END => {
            (float as i128).to_string()
        }
        (None, _) => number.to_string(),
    }
}
