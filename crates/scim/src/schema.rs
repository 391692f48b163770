//! Schemas and resource types (RFC 7643 §2, §6, §7).

use serde::{Deserialize, Serialize};

use crate::{definitions, dialect::Dialect, path::AttributePath};

mod attribute;
#[cfg(test)]
mod tests;

pub use attribute::Attribute;

/// The data type of an attribute (RFC 7643 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Type {
    /// Unicode text.
    String,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Decimal,
    /// A number without fraction.
    Integer,
    /// A moment, written as xsd:dateTime.
    DateTime,
    /// Bytes, written in base64.
    Binary,
    /// A URI, or the id of another resource.
    Reference,
    /// An object with sub-attributes.
    Complex,
}

/// Who may change an attribute, and when (RFC 7643 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Mutability {
    /// Only the server.
    ReadOnly,
    /// The client, at any time.
    ReadWrite,
    /// The client, once.
    Immutable,
    /// The client, but nobody reads it.
    WriteOnly,
}

/// When an attribute is part of a reply (RFC 7643 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Returned {
    /// In every reply.
    Always,
    /// In no reply.
    Never,
    /// Unless the projection says otherwise.
    Default,
    /// Only if the projection names it.
    Request,
}

/// Among which resources a value must be unique (RFC 7643 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Uniqueness {
    /// It need not be.
    None,
    /// Those of the account.
    Server,
    /// All there are.
    Global,
}

/// A schema: a URN and the attributes defined under it (RFC 7643 §7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// The URN.
    pub id: String,
    /// The name, for readers.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The attributes, without the common ones.
    pub attributes: Vec<Attribute>,
}

/// A schema that extends a resource type (RFC 7643 §3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// The schema.
    pub schema: Schema,
    /// Whether every resource must have it.
    pub required: bool,
}

/// A kind of resource (RFC 7643 §6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceType {
    /// The name, also the `meta.resourceType` of its resources.
    pub name: String,
    /// The path under the base URL, such as `/Users`.
    pub endpoint: String,
    /// What it is.
    pub description: String,
    /// The core schema.
    pub schema: Schema,
    /// The extensions.
    pub extensions: Vec<Extension>,
}

/// What an attribute path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// The extension that defines the attribute; none: core or common.
    pub extension: Option<&'a Schema>,
    /// The attribute.
    pub attribute: &'a Attribute,
    /// The sub-attribute, if the path names one.
    pub sub_attribute: Option<&'a Attribute>,
}

impl Schema {
    /// The attribute of that name, in any case.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
    }
}

impl ResourceType {
    /// Finds what a path leads to; the same as [`ResourceType::resolve_in`] with [`Dialect::Lenient`].
    #[must_use]
    pub fn resolve(&self, path: &AttributePath) -> Option<Target<'_>> {
        self.resolve_in(path, Dialect::Lenient)
    }

    /// Finds what a path leads to; none: nothing known. Names and URNs match in any case. The URN may be that
    /// of the core schema or of an extension; the common attributes are found with and without it.
    ///
    /// Lenient besides: a dot after the URN (`urn:…:User.manager`, R-FILTER-14), and an unqualified name that
    /// the core does not know and just one extension does (R-EXT-06).
    #[must_use]
    pub fn resolve_in(&self, path: &AttributePath, dialect: Dialect) -> Option<Target<'_>> {
        if path.urn.is_some() {
            return self.resolve_qualified(&path.to_string(), dialect);
        }
        let sub = path.sub.as_deref();
        if self
            .attributes()
            .any(|attribute| attribute.name.eq_ignore_ascii_case(&path.name))
        {
            return target(None, self.attributes(), &path.name, sub);
        }
        if dialect == Dialect::Strict {
            return None;
        }
        let mut found = self
            .extensions
            .iter()
            .filter(|it| it.schema.attribute(&path.name).is_some());
        match (found.next(), found.next()) {
            (Some(one), None) => target(
                Some(&one.schema),
                one.schema.attributes.iter(),
                &path.name,
                sub,
            ),
            _ => None,
        }
    }

    /// Finds a multi-valued attribute of simple values whose path ends in `value`, as if they were complex (§2.4).
    pub(crate) fn resolve_simple_value(
        &self,
        path: &AttributePath,
        dialect: Dialect,
    ) -> Option<Target<'_>> {
        let sub = path.sub.as_deref()?;
        let path = AttributePath {
            sub: None,
            ..path.clone()
        };
        let target = self.resolve_in(&path, dialect)?;
        let is_simple = target.attribute.multi_valued && target.attribute.r#type != Type::Complex;
        (is_simple && sub.eq_ignore_ascii_case("value")).then_some(target)
    }

    /// The extension of that URN, in any case.
    #[must_use]
    pub fn extension(&self, urn: &str) -> Option<&Extension> {
        self.extensions
            .iter()
            .find(|extension| extension.schema.id.eq_ignore_ascii_case(urn))
    }

    /// The common attributes (RFC 7643 §3.1: `schemas`, `id`, `externalId`, `meta`), then those of the core schema.
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        definitions::common().iter().chain(&self.schema.attributes)
    }

    /// A URN ends where the schemas say, not at a certain colon or dot: it holds dots and digits itself (R-EXT-01).
    fn resolve_qualified(&self, text: &str, dialect: Dialect) -> Option<Target<'_>> {
        let extensions = self.extensions.iter().map(|extension| &extension.schema);
        std::iter::once((&self.schema, None))
            .chain(extensions.map(|schema| (schema, Some(schema))))
            .filter_map(|(schema, extension)| {
                let (name, sub) = names_after(text, &schema.id, dialect)?;
                let found = match extension {
                    None => target(None, self.attributes(), name, sub)?,
                    Some(schema) => target(Some(schema), schema.attributes.iter(), name, sub)?,
                };
                Some((schema.id.len(), found))
            })
            .max_by_key(|(length, _)| *length)
            .map(|(_, found)| found)
    }
}

fn target<'a>(
    extension: Option<&'a Schema>,
    mut attributes: impl Iterator<Item = &'a Attribute>,
    name: &str,
    sub: Option<&str>,
) -> Option<Target<'a>> {
    let attribute = attributes.find(|attribute| attribute.name.eq_ignore_ascii_case(name))?;
    let sub_attribute = match sub {
        None => None,
        Some(sub) => Some(attribute.sub_attribute(sub)?),
    };
    Some(Target {
        extension,
        attribute,
        sub_attribute,
    })
}

fn names_after<'t>(
    text: &'t str,
    urn: &str,
    dialect: Dialect,
) -> Option<(&'t str, Option<&'t str>)> {
    let (head, rest) = text.split_at_checked(urn.len())?;
    if !head.eq_ignore_ascii_case(urn) {
        return None;
    }
    let names = rest.strip_prefix(':').or_else(|| {
        if dialect == Dialect::Lenient {
            rest.strip_prefix('.')
        } else {
            None
        }
    })?;
    Some(match names.split_once('.') {
        None => (names, None),
        Some((name, sub)) => (name, Some(sub)),
    })
}
