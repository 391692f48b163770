//! What storage compares against, and sorts by.

use serde_json::Value;

use crate::{
    Map, date_time,
    dialect::Dialect,
    error::Error,
    filter::{self, Field},
    path::{AttributePath, shortened},
    resource,
    schema::{Attribute, ResourceType, Returned, Type},
    text,
};

#[cfg(test)]
mod tests;

/// A canonical resource in the form that filters compare: the same members, with text
/// [folded](text::fold) unless the attribute is case-exact and dateTimes written
/// [sortably](date_time::sortable). Extensions stand under their canonical URNs. `schemas` is filled in if it
/// is not there; `id` and `meta` are kept if they are. Attributes that the type does not define are left out,
/// as are those that are never returned.
///
/// A [`Predicate`](crate::filter::Predicate) is true of a resource exactly if it is true of its search form.
#[must_use]
pub fn search_form(resource_type: &ResourceType, resource: &Map) -> Map {
    let mut form = members(resource_type.attributes(), resource);
    for extension in &resource_type.extensions {
        let schema = &extension.schema;
        if let Some(Value::Object(object)) = resource.get(&schema.id) {
            let object = members(schema.attributes.iter(), object);
            form.insert(schema.id.clone(), Value::Object(object));
        }
    }
    if !form.contains_key("schemas") {
        let schemas = resource::schemas(resource_type, resource);
        form.insert(
            "schemas".to_owned(),
            schemas.iter().map(|urn| text::fold(urn)).collect(),
        );
    }
    form
}

/// The field that `sortBy` names (R-SORT-03): a complex attribute is sorted by its `value`, a multi-valued one
/// by its primary element, else by its first. Text sorts as in filters: folded unless case-exact, by code
/// points; resources without a value come last, first if descending.
///
/// # Errors
///
/// `InvalidValue` if the type has no such attribute, nobody may see it, or it is complex without `value`
/// (R-SORT-04).
pub fn sort_field(
    text: &str,
    resource_type: &ResourceType,
    dialect: Dialect,
) -> Result<Field, Error> {
    AttributePath::parse(text.trim())
        .and_then(|path| resource_type.resolve_in(&path, dialect))
        .and_then(|target| filter::leaf_field(&target))
        .ok_or_else(|| {
            Error::invalid_value(format!("sortBy: {} cannot be sorted by.", shortened(text)))
        })
}

fn members<'a>(attributes: impl Iterator<Item = &'a Attribute>, object: &Map) -> Map {
    attributes
        .filter(|attribute| attribute.returned != Returned::Never)
        .filter_map(|attribute| {
            let value = object.get(&attribute.name)?;
            Some((attribute.name.clone(), value_form(attribute, value)))
        })
        .collect()
}

fn value_form(attribute: &Attribute, value: &Value) -> Value {
    match value {
        Value::Array(elements) => elements
            .iter()
            .map(|element| value_form(attribute, element))
            .collect(),
        Value::Object(object) => Value::Object(members(attribute.sub_attributes.iter(), object)),
        Value::String(text) if attribute.r#type == Type::DateTime => match date_time::parse(text) {
            Some(instant) => Value::String(date_time::sortable(instant)),
            None => value.clone(),
        },
        Value::String(text) if !attribute.case_exact => Value::String(text::fold(text)),
        other => other.clone(),
    }
}
