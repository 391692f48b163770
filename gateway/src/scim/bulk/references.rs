//! Where the id of a resource may stand in an operation (R-BULK-06), found by the schema: text that only looks
//! like a reference, such as a display name, is left alone.

use ::scim::{
    Map,
    dialect::Dialect,
    schema::{Attribute, ResourceType, Type},
};

use super::task::{Method, Task};
use walk::Walk;

mod walk;

/// What a reference to another operation begins with.
pub(super) const BULK_ID: &str = "bulkId:";

/// How a text names a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// By its id.
    Id,
    /// By its URL, which may be relative or, in a reference to another operation, the reference alone.
    Location,
}

impl Form {
    /// The `bulkId` that a text refers to.
    pub(super) fn bulk_id(self, text: &str) -> Option<&str> {
        let at = match self {
            Form::Id => 0,
            Form::Location => reference_at(text)?,
        };
        let (prefix, id) = text.get(at..)?.split_at_checked(BULK_ID.len())?;
        (prefix.eq_ignore_ascii_case(BULK_ID) && !id.is_empty()).then_some(id)
    }

    /// The id of an existing resource that a text names.
    pub(super) fn id(self, text: &str) -> &str {
        match self {
            Form::Id => text,
            Form::Location => text.rsplit('/').next().unwrap_or(text),
        }
    }

    /// Puts what a reference stands for in its place.
    pub(super) fn resolve(self, text: &mut String, id: &str, location: &str) {
        match (self, reference_at(text)) {
            (Form::Location, Some(0)) => location.clone_into(text),
            (Form::Location, Some(at)) => text.replace_range(at.., id),
            _ => id.clone_into(text),
        }
    }
}

/// Where in a URL a reference begins: at its start or after a slash.
fn reference_at(text: &str) -> Option<usize> {
    let begins = |at: usize| {
        text.get(at..at + BULK_ID.len())
            .is_some_and(|prefix| prefix.eq_ignore_ascii_case(BULK_ID))
    };
    let slashes = text.match_indices('/').map(|(at, _)| at + 1);
    std::iter::once(0).chain(slashes).find(|at| begins(*at))
}

/// Shows every text of a task that names a resource, its target included.
pub(super) fn visit(
    task: &mut Task,
    resource_type: &ResourceType,
    dialect: Dialect,
    visitor: &mut dyn FnMut(&mut String, Form),
) {
    if !task.target.is_empty() {
        visitor(&mut task.target, Form::Id);
    }
    let mut walk = Walk {
        resource_type,
        dialect,
        visitor,
    };
    match task.method {
        Method::Patch => walk.patch(&mut task.data),
        _ => walk.resource(&mut task.data),
    }
}

/// As [`visit`], in a representation.
pub(super) fn visit_resource(
    resource: &mut Map,
    resource_type: &ResourceType,
    dialect: Dialect,
    visitor: &mut dyn FnMut(&mut String, Form),
) {
    let mut walk = Walk {
        resource_type,
        dialect,
        visitor,
    };
    walk.resource(resource);
}

/// How a sub-attribute names a resource, if it does.
fn form(attribute: &Attribute, sub: &Attribute) -> Option<Form> {
    if names_resources(sub) {
        Some(Form::Location)
    } else {
        (sub.name == "value" && refers(attribute)).then_some(Form::Id)
    }
}

/// Whether the `value` of an attribute is the id of a resource: it has the resource's URL beside it.
fn refers(attribute: &Attribute) -> bool {
    attribute.sub_attribute("$ref").is_some()
}

/// Whether an attribute is the URL of a resource and not of something elsewhere.
fn names_resources(attribute: &Attribute) -> bool {
    let is_elsewhere = |name: &String| matches!(name.as_str(), "external" | "uri");
    attribute.r#type == Type::Reference && !attribute.reference_types.iter().all(is_elsewhere)
}

#[cfg(test)]
mod tests;
