//! What a write names of the attributes that are returned on request only (RFC 7643 §7).

use serde_json::Value;

use crate::{
    Map,
    dialect::Dialect,
    patch::{
        Operation,
        target::{self, Target},
        whole,
    },
    schema::{Attribute, ResourceType, Returned, Schema, Target as Place},
};

/// The attributes with `returned: request`, and those with such sub-attributes, that a client's write names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written(Vec<Name>);

/// An attribute, and which of its sub-attributes that are returned on request.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    extension: Option<String>,
    attribute: String,
    subs: Vec<String>,
}

impl Written {
    /// Those in a canonical resource, the body of a POST or PUT.
    #[must_use]
    pub fn in_body(resource_type: &ResourceType, resource: &Map) -> Written {
        let mut written = Written::default();
        written.note_all(None, resource_type.attributes(), resource);
        for extension in &resource_type.extensions {
            let schema = &extension.schema;
            if let Some(Value::Object(part)) = resource.get(&schema.id) {
                written.note_all(Some(schema), schema.attributes.iter(), part);
            }
        }
        written
    }

    /// Those that the operations of a PATCH name; what cannot be read names nothing.
    #[must_use]
    pub fn in_operations(
        resource_type: &ResourceType,
        operations: &[Operation],
        dialect: Dialect,
    ) -> Written {
        let mut written = Written::default();
        for operation in operations {
            let value = operation.value.as_ref().unwrap_or(&Value::Null);
            match target::locate(operation.path.as_deref(), resource_type, dialect) {
                Ok(Target::Whole) => {
                    let members = whole::members(resource_type, value.clone(), dialect);
                    for (name, value) in members.unwrap_or_default() {
                        written.note_member(resource_type, None, (&name, &value), dialect);
                    }
                }
                Ok(target) => written.note_target(resource_type, &target, value, dialect),
                Err(_) => {}
            }
        }
        written
    }

    /// Which sub-attributes of an attribute are named; none: the attribute is not named either.
    pub(super) fn of(
        &self,
        extension: Option<&Schema>,
        attribute: &Attribute,
    ) -> Option<Vec<&str>> {
        let urn = extension.map(|schema| schema.id.as_str());
        let mut named = self
            .0
            .iter()
            .filter(|name| name.extension.as_deref() == urn && name.attribute == attribute.name)
            .peekable();
        named.peek()?;
        Some(
            named
                .flat_map(|name| name.subs.iter().map(String::as_str))
                .collect(),
        )
    }

    fn note_all<'a>(
        &mut self,
        extension: Option<&Schema>,
        attributes: impl Iterator<Item = &'a Attribute>,
        part: &Map,
    ) {
        for attribute in attributes {
            if let Some(value) = part.get(&attribute.name) {
                self.note(extension, attribute, &|sub| states(value, sub));
            }
        }
    }

    fn note_target(
        &mut self,
        resource_type: &ResourceType,
        target: &Target<'_>,
        value: &Value,
        dialect: Dialect,
    ) {
        match target {
            Target::Attribute(Place {
                extension,
                attribute,
                sub_attribute,
            })
            | Target::Element(
                Place {
                    extension,
                    attribute,
                    sub_attribute,
                },
                _,
            ) => self.note(*extension, attribute, &|sub| match sub_attribute {
                Some(named) => named.name == sub,
                None => states(value, sub),
            }),
            Target::Extension(extension) => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    let schema = Some(&extension.schema);
                    self.note_member(resource_type, schema, (name, value), dialect);
                }
            }
            Target::Whole | Target::Schemas => {}
        }
    }

    fn note_member(
        &mut self,
        resource_type: &ResourceType,
        within: Option<&Schema>,
        (name, value): (&str, &Value),
        dialect: Dialect,
    ) {
        if let Ok(Some(target)) = whole::locate(resource_type, within, name, dialect) {
            self.note_target(resource_type, &target, value, dialect);
        }
    }

    fn note(
        &mut self,
        extension: Option<&Schema>,
        attribute: &Attribute,
        is_stated: &dyn Fn(&str) -> bool,
    ) {
        let on_request = |one: &Attribute| one.returned == Returned::Request;
        let subs: Vec<String> = attribute
            .sub_attributes
            .iter()
            .filter(|sub| on_request(sub) && is_stated(&sub.name))
            .map(|sub| sub.name.clone())
            .collect();
        if on_request(attribute) || !subs.is_empty() {
            self.0.push(Name {
                extension: extension.map(|schema| schema.id.clone()),
                attribute: attribute.name.clone(),
                subs,
            });
        }
    }
}

/// Whether an object, or one of several, has a member of that name, in any case.
fn states(value: &Value, sub: &str) -> bool {
    match value {
        Value::Array(elements) => elements.iter().any(|element| states(element, sub)),
        Value::Object(members) => members.keys().any(|name| name.eq_ignore_ascii_case(sub)),
        _ => false,
    }
}
