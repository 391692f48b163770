//! Projection: the parameters `attributes` and `excludedAttributes` (RFC 7644 §3.4.2.5, §3.9).

use serde_json::Value;

use crate::{
    Map,
    dialect::Dialect,
    error::Error,
    path::AttributePath,
    schema::{Attribute, ResourceType, Returned, Schema},
};

#[cfg(test)]
mod tests;
mod written;

pub use written::Written;

/// Which attributes a reply holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Projection {
    selection: Selection,
    dialect: Dialect,
    written: Written,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Selection {
    All,
    Only(Vec<String>),
    Except(Vec<String>),
}

/// What becomes of one attribute.
enum Keep<'a> {
    Nothing,
    /// The default sub-attributes, and those named.
    Whole(Vec<&'a str>),
    /// Those sub-attributes that are always returned, and those named.
    Only(Vec<&'a str>),
    /// The default sub-attributes but for those named first, and those named last.
    Without(Vec<&'a str>, Vec<&'a str>),
}

/// What one name of a list selects in a resource type.
enum Selected<'a> {
    Schema(&'a str),
    Attribute {
        extension: Option<&'a str>,
        name: &'a str,
        sub: Option<&'a str>,
    },
}

impl Projection {
    /// Reads the two query parameters: names separated by commas, spaces around them do not count
    /// (R-PROJ-01). Unknown names select nothing (R-PROJ-07); a parameter without any name counts as absent.
    ///
    /// # Errors
    ///
    /// `InvalidValue` if both are given (R-PROJ-02); lenient, `attributes` wins.
    pub fn parse(
        attributes: Option<&str>,
        excluded: Option<&str>,
        dialect: Dialect,
    ) -> Result<Projection, Error> {
        let split = |names: &str| names.split(',').map(str::to_owned).collect();
        Projection::from_lists(attributes.map(split), excluded.map(split), dialect)
    }

    /// The same from the lists of a `.search` body.
    ///
    /// # Errors
    ///
    /// As [`Projection::parse`].
    pub fn from_lists(
        attributes: Option<Vec<String>>,
        excluded: Option<Vec<String>>,
        dialect: Dialect,
    ) -> Result<Projection, Error> {
        let selection = match (names(attributes), names(excluded)) {
            (None, None) => Selection::All,
            (Some(_), Some(_)) if dialect == Dialect::Strict => {
                return Err(Error::invalid_value(
                    "attributes and excludedAttributes exclude each other.",
                ));
            }
            (Some(names), _) => Selection::Only(names),
            (None, Some(names)) => Selection::Except(names),
        };
        Ok(Projection {
            selection,
            dialect,
            written: Written::default(),
        })
    }

    /// The same for the reply to a write: unless the client chose attributes, what is returned on request is there
    /// if the client set it (RFC 7643 §7, R-ATTR-11).
    #[must_use]
    pub fn after(self, written: Written) -> Projection {
        match self.selection {
            Selection::Only(_) => self,
            Selection::All | Selection::Except(_) => Projection { written, ..self },
        }
    }

    /// Whether any part of a top-level attribute (core or common, in any case) would be returned, so that what
    /// is not wanted need not be read (R-PROJ-10).
    #[must_use]
    pub fn wants(&self, resource_type: &ResourceType, name: &str) -> bool {
        let selected = self.selected(resource_type);
        let attribute = resource_type
            .attributes()
            .find(|attribute| attribute.name.eq_ignore_ascii_case(name));
        attribute.is_some_and(|attribute| {
            !matches!(
                self.keep(&selected, resource_type, None, attribute),
                Keep::Nothing
            )
        })
    }

    /// The same of a sub-attribute of an extension's attribute.
    #[must_use]
    pub fn wants_in(&self, resource_type: &ResourceType, urn: &str, name: &str, sub: &str) -> bool {
        let selected = self.selected(resource_type);
        let extension = resource_type.extension(urn).map(|it| &it.schema);
        let attribute = extension.and_then(|schema| schema.attribute(name));
        attribute.is_some_and(|attribute| {
            let keep = self.keep(&selected, resource_type, extension, attribute);
            let sub = attribute.sub_attribute(sub);
            !matches!(keep, Keep::Nothing) && sub.is_some_and(|sub| keep_sub(sub, &keep))
        })
    }

    /// Applies the projection to a full representation, with `schemas`, `id` and `meta`. What is never
    /// returned is dropped in any case, what is always returned is kept in any case (R-PROJ-03, R-PROJ-08), and
    /// `schemas` then names the extensions that are left (R-PROJ-11).
    #[must_use]
    pub fn apply(&self, resource_type: &ResourceType, mut resource: Map) -> Map {
        let selected = self.selected(resource_type);
        let mut projected = Map::new();
        let mut schemas = vec![Value::from(resource_type.schema.id.as_str())];
        projected.insert("schemas".to_owned(), Value::Null);
        for attribute in resource_type
            .attributes()
            .filter(|attribute| attribute.name != "schemas")
        {
            let keep = self.keep(&selected, resource_type, None, attribute);
            move_attribute(attribute, &keep, &mut resource, &mut projected);
        }
        for extension in &resource_type.extensions {
            let schema = &extension.schema;
            let Some(Value::Object(mut object)) = resource.remove(&schema.id) else {
                continue;
            };
            let mut kept = Map::new();
            for attribute in &schema.attributes {
                let keep = self.keep(&selected, resource_type, Some(schema), attribute);
                move_attribute(attribute, &keep, &mut object, &mut kept);
            }
            if !kept.is_empty() {
                schemas.push(Value::from(schema.id.as_str()));
                projected.insert(schema.id.clone(), Value::Object(kept));
            }
        }
        projected.insert("schemas".to_owned(), Value::Array(schemas));
        projected
    }

    fn selected<'r>(&self, resource_type: &'r ResourceType) -> Vec<Selected<'r>> {
        match &self.selection {
            Selection::All => Vec::new(),
            Selection::Only(names) | Selection::Except(names) => names
                .iter()
                .filter_map(|name| select(name, resource_type, self.dialect))
                .collect(),
        }
    }

    fn keep<'a>(
        &'a self,
        selected: &[Selected<'a>],
        resource_type: &ResourceType,
        extension: Option<&Schema>,
        attribute: &Attribute,
    ) -> Keep<'a> {
        let (whole, subs) = hits(selected, resource_type, extension, attribute);
        let written = self.written.of(extension, attribute);
        match (&self.selection, attribute.returned, written) {
            (_, Returned::Never, _) => Keep::Nothing,
            (Selection::Only(_), Returned::Always, _) => Keep::Whole(subs),
            (Selection::Only(_), ..) if whole => Keep::Whole(subs),
            (Selection::Only(_), ..) if !subs.is_empty() => Keep::Only(subs),
            (Selection::Only(_), ..) | (_, Returned::Request, None) => Keep::Nothing,
            (Selection::All, _, written) => Keep::Whole(written.unwrap_or_default()),
            (Selection::Except(_), Returned::Always, written) => {
                Keep::Without(Vec::new(), written.unwrap_or_default())
            }
            (Selection::Except(_), ..) if whole => Keep::Nothing,
            (Selection::Except(_), _, written) => Keep::Without(subs, written.unwrap_or_default()),
        }
    }
}

fn names(list: Option<Vec<String>>) -> Option<Vec<String>> {
    let names: Vec<String> = list?
        .iter()
        .map(|name| name.trim())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    (!names.is_empty()).then_some(names)
}

fn select<'r>(
    name: &str,
    resource_type: &'r ResourceType,
    dialect: Dialect,
) -> Option<Selected<'r>> {
    let mut schemas = std::iter::once(&resource_type.schema)
        .chain(resource_type.extensions.iter().map(|it| &it.schema));
    if let Some(schema) = schemas.find(|schema| schema.id.eq_ignore_ascii_case(name)) {
        return Some(Selected::Schema(&schema.id));
    }
    let target = resource_type.resolve_in(&AttributePath::parse(name)?, dialect)?;
    Some(Selected::Attribute {
        extension: target.extension.map(|schema| schema.id.as_str()),
        name: &target.attribute.name,
        sub: target.sub_attribute.map(|sub| sub.name.as_str()),
    })
}

/// Whether the whole attribute is selected, and which sub-attributes are. A selected schema counts for the
/// attributes that it returns by default.
fn hits<'a>(
    selected: &[Selected<'a>],
    resource_type: &ResourceType,
    extension: Option<&Schema>,
    attribute: &Attribute,
) -> (bool, Vec<&'a str>) {
    let mut whole = false;
    let mut subs = Vec::new();
    for one in selected {
        match one {
            Selected::Schema(id) => {
                let schema = extension.unwrap_or(&resource_type.schema);
                let defined = schema
                    .attributes
                    .iter()
                    .any(|other| std::ptr::eq(other, attribute));
                whole |= schema.id == *id && defined && attribute.returned == Returned::Default;
            }
            Selected::Attribute {
                extension: in_extension,
                name,
                sub,
            } => {
                if *in_extension == extension.map(|schema| schema.id.as_str())
                    && *name == attribute.name
                {
                    whole |= sub.is_none();
                    subs.extend(sub);
                }
            }
        }
    }
    (whole, subs)
}

fn move_attribute(attribute: &Attribute, keep: &Keep<'_>, from: &mut Map, to: &mut Map) {
    if matches!(keep, Keep::Nothing) {
        return;
    }
    if let Some(value) = from
        .remove(&attribute.name)
        .and_then(|value| prune(attribute, keep, value))
    {
        to.insert(attribute.name.clone(), value);
    }
}

/// What is left of a value; none: nothing. An empty array says that nothing is assigned (RFC 7643 section 2.5): one
/// that is there is meant, one that is left over is not.
fn prune(attribute: &Attribute, keep: &Keep<'_>, value: Value) -> Option<Value> {
    match value {
        Value::Array(elements) if elements.is_empty() => Some(Value::Array(elements)),
        Value::Array(elements) => {
            let left: Vec<Value> = elements
                .into_iter()
                .filter_map(|element| prune(attribute, keep, element))
                .collect();
            (!left.is_empty()).then_some(Value::Array(left))
        }
        Value::Object(members) => {
            let keeps = |name: &str| {
                attribute
                    .sub_attribute(name)
                    .is_some_and(|sub| keep_sub(sub, keep))
            };
            let left: Map = members
                .into_iter()
                .filter(|(name, _)| keeps(name))
                .collect();
            (!left.is_empty()).then_some(Value::Object(left))
        }
        Value::Null => None,
        scalar => Some(scalar),
    }
}

fn keep_sub(sub: &Attribute, keep: &Keep<'_>) -> bool {
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
