//! A projection at work.

use serde_json::Value;

use super::Keep;
use crate::{
    Map,
    schema::{Attribute, ResourceType, Returned, Schema},
};

/// What becomes of each attribute of a type, found out once for all resources.
pub struct Compiled<'a> {
    pub(super) resource_type: &'a ResourceType,
    /// The core and common attributes but `schemas`.
    pub(super) core: Vec<(&'a Attribute, Keep<'a>)>,
    pub(super) extensions: Vec<(&'a Schema, Vec<(&'a Attribute, Keep<'a>)>)>,
}

impl Compiled<'_> {
    /// Applies the projection to a full representation, with `schemas`, `id` and `meta`. What is never
    /// returned is dropped in any case, what is always returned is kept in any case (R-PROJ-03, R-PROJ-08), and
    /// `schemas` then names the extensions that are left (R-PROJ-11).
    #[must_use]
    pub fn apply(&self, mut resource: Map) -> Map {
        let mut projected = Map::new();
        let mut schemas = vec![Value::from(self.resource_type.schema.id.as_str())];
        projected.insert("schemas".to_owned(), Value::Null);
        move_attributes(&self.core, &mut resource, &mut projected);
        for (schema, attributes) in &self.extensions {
            let Some(Value::Object(mut object)) = resource.remove(&schema.id) else {
                continue;
            };
            let mut kept = Map::new();
            move_attributes(attributes, &mut object, &mut kept);
            if !kept.is_empty() {
                schemas.push(Value::from(schema.id.as_str()));
                projected.insert(schema.id.clone(), Value::Object(kept));
            }
        }
        projected.insert("schemas".to_owned(), Value::Array(schemas));
        projected
    }
}

fn move_attributes(attributes: &[(&Attribute, Keep<'_>)], from: &mut Map, to: &mut Map) {
    for (attribute, keep) in attributes {
        move_attribute(attribute, keep, from, to);
    }
}

fn move_attribute(attribute: &Attribute, keep: &Keep<'_>, from: &mut Map, to: &mut Map) {
    if matches!(keep, Keep::Nothing) {
        return;
    }
    if let Some((name, mut value)) = from.remove_entry(&attribute.name)
        && prune(attribute, keep, &mut value)
    {
        to.insert(name, value);
    }
}

/// Takes away what is not shown of a value; false: nothing is left. In place, since most often all of it is shown.
fn prune(attribute: &Attribute, keep: &Keep<'_>, value: &mut Value) -> bool {
    match value {
        Value::Array(elements) if elements.is_empty() => true,
        Value::Array(elements) => {
            elements.retain_mut(|element| prune(attribute, keep, element));
            !elements.is_empty()
        }
        Value::Object(members) => {
            members.retain(|name, _| {
                attribute
                    .sub_attribute(name)
                    .is_some_and(|sub| keep_sub(sub, keep))
            });
            !members.is_empty()
        }
        Value::Null => false,
        _ => true,
    }
}

pub(super) fn keep_sub(sub: &Attribute, keep: &Keep<'_>) -> bool {
    let named = |names: &[&str]| names.contains(&sub.name.as_str());
    match sub.returned {
        Returned::Never => false,
        Returned::Always => true,
        Returned::Default => match keep {
            Keep::Nothing => false,
            Keep::Whole(_) => true,
            Keep::Only(subs) => named(subs),
            Keep::Without(subs, _) => !named(subs),
        },
        Returned::Request => match keep {
            Keep::Nothing => false,
            Keep::Whole(subs) | Keep::Only(subs) => named(subs),
            Keep::Without(subs, written) => named(written) && !named(subs),
        },
    }
}
