//! The walk through an operation, by the schema.

use ::scim::{
    Map,
    dialect::Dialect,
    filter::{Filter, Literal},
    path::{self, Path},
    schema::{Attribute, Mutability, ResourceType, Schema, Target},
};
use serde_json::Value;

use super::{Form, form, names_resources, refers};

/// Shows what names a resource to its visitor.
pub(super) struct Walk<'a, 'v> {
    pub(super) resource_type: &'a ResourceType,
    pub(super) dialect: Dialect,
    pub(super) visitor: &'v mut dyn FnMut(&mut String, Form),
}

enum Place<'a> {
    Attribute(Target<'a>),
    Extension(&'a Schema),
}

impl<'a> Walk<'a, '_> {
    pub(super) fn patch(&mut self, message: &mut Map) {
        let operations = message
            .iter_mut()
            .filter(|(name, _)| name.eq_ignore_ascii_case("Operations"))
            .filter_map(|(_, value)| value.as_array_mut())
            .flatten()
            .filter_map(Value::as_object_mut);
        for operation in operations {
            let (mut path, mut value) = (None, None);
            for (name, member) in operation.iter_mut() {
                if name.eq_ignore_ascii_case("value") {
                    value = Some(member);
                } else if name.eq_ignore_ascii_case("path")
                    && let Value::String(text) = member
                    && !text.trim().is_empty()
                {
                    path = Some(text);
                }
            }
            let place = path.map(|path| self.locate(path));
            match (place, value) {
                (Some(Some(place)), Some(value)) => self.place(&place, value),
                (None, Some(Value::Object(resource))) => self.resource(resource),
                _ => {}
            }
        }
    }

    /// Attributes by their names, which in a PATCH without path may be whole paths (R-PATCH-41).
    pub(super) fn resource(&mut self, resource: &mut Map) {
        for (mut name, mut value) in std::mem::take(resource) {
            if name.eq_ignore_ascii_case(&self.resource_type.schema.id) {
                if let Value::Object(core) = &mut value {
                    self.resource(core);
                }
            } else if let Some(place) = self.locate(&mut name) {
                self.place(&place, &mut value);
            }
            resource.insert(name, value);
        }
    }

    /// What a path leads to; references in its filter are shown, and the path is written anew if they change.
    fn locate(&mut self, text: &mut String) -> Option<Place<'a>> {
        let resource_type = self.resource_type;
        match path::parse(text, resource_type, self.dialect).ok()? {
            Path::Extension(urn) => {
                let extension = resource_type.extension(&urn)?;
                Some(Place::Extension(&extension.schema))
            }
            Path::Attribute(path) => {
                let target = resource_type.resolve_in(&path, self.dialect)?;
                Some(Place::Attribute(target))
            }
            Path::Element {
                attribute,
                mut filter,
                sub,
            } => {
                let mut target = resource_type.resolve_in(&attribute, self.dialect)?;
                let before = filter.clone();
                self.filter(target.attribute, &mut filter);
                if filter != before {
                    let tail = sub.as_ref().map(|sub| format!(".{sub}"));
                    *text = format!("{attribute}[{filter}]{}", tail.unwrap_or_default());
                }
                target.sub_attribute = sub.and_then(|sub| target.attribute.sub_attribute(&sub));
                Some(Place::Attribute(target))
            }
        }
    }

    fn place(&mut self, place: &Place<'_>, value: &mut Value) {
        match (place, value) {
            (Place::Extension(schema), Value::Object(members)) => {
                for (name, value) in members {
                    let (name, sub) = name.split_once('.').unwrap_or((name, ""));
                    let Some(attribute) = schema.attribute(name) else {
                        continue;
                    };
                    match attribute.sub_attribute(sub) {
                        Some(sub) => self.sub_attribute(attribute, sub, value),
                        None => self.attribute(attribute, value),
                    }
                }
            }
            (Place::Extension(_), _) => {}
            (Place::Attribute(target), value) => match target.sub_attribute {
                Some(sub) => self.sub_attribute(target.attribute, sub, value),
                None => self.attribute(target.attribute, value),
            },
        }
    }

    fn attribute(&mut self, attribute: &Attribute, value: &mut Value) {
        // What the client sends there does not count.
        if attribute.mutability == Mutability::ReadOnly {
            return;
        }
        match value {
            Value::Array(elements) => {
                for element in elements {
                    self.attribute(attribute, element);
                }
            }
            Value::String(text) if names_resources(attribute) => {
                (self.visitor)(text, Form::Location);
            }
            // Some clients send the id alone for the object (R-ENTRA-18).
            Value::String(text) if refers(attribute) => (self.visitor)(text, Form::Id),
            Value::Object(members) => {
                for (name, value) in members {
                    if let Some(sub) = attribute.sub_attribute(name) {
                        self.sub_attribute(attribute, sub, value);
                    }
                }
            }
            _ => {}
        }
    }

    fn sub_attribute(&mut self, attribute: &Attribute, sub: &Attribute, value: &mut Value) {
        let read_only = attribute.mutability == Mutability::ReadOnly;
        match value {
            Value::String(text) if !read_only => {
                if let Some(form) = form(attribute, sub) {
                    (self.visitor)(text, form);
                }
            }
            Value::Array(values) => {
                for value in values {
                    self.sub_attribute(attribute, sub, value);
                }
            }
            _ => {}
        }
    }

    fn filter(&mut self, attribute: &Attribute, filter: &mut Filter) {
        match filter {
            Filter::And(parts) | Filter::Or(parts) => {
                for part in parts {
                    self.filter(attribute, part);
                }
            }
            Filter::Not(inner) => self.filter(attribute, inner),
            Filter::Compare(path, _, Literal::Text(text)) => {
                let sub = attribute.sub_attribute(&path.name);
                if let Some(form) = sub.and_then(|sub| form(attribute, sub)) {
                    (self.visitor)(text, form);
                }
            }
            Filter::Compare(..) | Filter::Present(_) | Filter::Element(..) => {}
        }
    }
}
