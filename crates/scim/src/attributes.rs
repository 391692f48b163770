//! Projection: the parameters `attributes` and `excludedAttributes` (RFC 7644 §3.4.2.5, §3.9).

use std::collections::HashSet;

use crate::{
    Map,
    dialect::Dialect,
    error::Error,
    path::AttributePath,
    schema::{Attribute, ResourceType, Returned, Schema},
};

use self::compiled::keep_sub;

mod compiled;
#[cfg(test)]
mod tests;
mod written;

pub use compiled::Compiled;
pub use written::Written;

/// The most names that each of the two parameters may have.
pub const MAX_NAMES: usize = 200;

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
#[derive(PartialEq, Eq)]
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
    /// `InvalidValue` if both are given (R-PROJ-02); lenient, `attributes` wins. Also if one has more than
    /// [`MAX_NAMES`] different names.
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
        let selection = match (names(attributes)?, names(excluded)?) {
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

    /// Makes the projection ready for the resources of a type.
    #[must_use]
    pub fn compile<'a>(&'a self, resource_type: &'a ResourceType) -> Compiled<'a> {
        let selected = self.selected(resource_type);
        let keep = |extension, attribute| {
            let keep = self.keep(&selected, resource_type, extension, attribute);
            (attribute, keep)
        };
        let core = resource_type.attributes();
        let core = core.filter(|attribute| attribute.name != "schemas");
        let extensions = resource_type.extensions.iter().map(|it| &it.schema);
        Compiled {
            resource_type,
            core: core.map(|attribute| keep(None, attribute)).collect(),
            extensions: extensions
                .map(|schema| {
                    let attributes = schema.attributes.iter();
                    let kept = attributes.map(|attribute| keep(Some(schema), attribute));
                    (schema, kept.collect())
                })
                .collect(),
        }
    }

    /// Applies the projection to one resource; for several, [`Projection::compile`] it.
    #[must_use]
    pub fn apply(&self, resource_type: &ResourceType, resource: Map) -> Map {
        self.compile(resource_type).apply(resource)
    }

    fn selected<'r>(&self, resource_type: &'r ResourceType) -> Vec<Selected<'r>> {
        let names = match &self.selection {
            Selection::All => return Vec::new(),
            Selection::Only(names) | Selection::Except(names) => names,
        };
        let mut selected = Vec::new();
        for name in names {
            // Several names may mean the same.
            if let Some(one) = select(name, resource_type, self.dialect)
                && !selected.contains(&one)
            {
                selected.push(one);
            }
        }
        selected
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

/// The names of a list, each once in any case; none: it has none.
fn names(list: Option<Vec<String>>) -> Result<Option<Vec<String>>, Error> {
    let mut seen = HashSet::new();
    let names: Vec<String> = list
        .unwrap_or_default()
        .iter()
        .map(|name| name.trim())
        .filter(|name| !name.is_empty() && seen.insert(name.to_ascii_lowercase()))
        .map(str::to_owned)
        .collect();
    if names.len() > MAX_NAMES {
        return Err(Error::invalid_value(format!(
            "attributes and excludedAttributes may each have {MAX_NAMES} names."
        )));
    }
    Ok((!names.is_empty()).then_some(names))
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
