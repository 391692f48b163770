//! Attribute definitions, and a short way to write them.

use serde::Serialize;

use super::{Mutability, Returned, Type, Uniqueness};
use crate::format::Format;

/// An attribute or sub-attribute and its characteristics (RFC 7643 §7). As JSON every characteristic is stated, defaults
/// too: clients read them (R-DISC-11).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    /// The name, in the spelling of replies.
    pub name: String,
    /// The data type.
    pub r#type: Type,
    /// Whether it is an array of values.
    pub multi_valued: bool,
    /// What it means, for readers of the schema.
    pub description: String,
    /// Whether a resource must have it.
    pub required: bool,
    /// Whether text is compared with regard to case.
    pub case_exact: bool,
    /// Who may change it.
    pub mutability: Mutability,
    /// When it is returned.
    pub returned: Returned,
    /// Whether values must differ.
    pub uniqueness: Uniqueness,
    /// Suggested values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub canonical_values: Vec<String>,
    /// What a reference may point to: resource types, `external` or `uri`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reference_types: Vec<String>,
    /// The form that text must have beyond its type.
    #[serde(skip)]
    pub format: Option<Format>,
    /// Whether a value is checked and then dropped: what clients may send and nobody here has a use for. Discovery
    /// does not offer it.
    #[serde(skip)]
    pub discarded: bool,
    /// The parts of a complex attribute; none of them is complex.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sub_attributes: Vec<Attribute>,
}

impl Attribute {
    /// An attribute with the defaults of RFC 7643 §2.2: single-valued, optional, not case-exact, readWrite,
    /// returned by default, not unique. The methods below change one characteristic each.
    #[must_use]
    pub fn new(name: &str, r#type: Type, description: &str) -> Self {
        Attribute {
            name: name.to_owned(),
            r#type,
            multi_valued: false,
            description: description.to_owned(),
            required: false,
            case_exact: false,
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            uniqueness: Uniqueness::None,
            canonical_values: Vec::new(),
            reference_types: Vec::new(),
            format: None,
            discarded: false,
            sub_attributes: Vec::new(),
        }
    }

    /// A complex attribute with these sub-attributes.
    #[must_use]
    pub fn complex(name: &str, description: &str, sub_attributes: Vec<Attribute>) -> Self {
        Attribute {
            sub_attributes,
            ..Attribute::new(name, Type::Complex, description)
        }
    }

    /// A reference to resources of these types; `external` and `uri` stand for URIs of other kinds.
    #[must_use]
    pub fn reference(name: &str, description: &str, to: &[&str]) -> Self {
        Attribute {
            reference_types: owned(to),
            ..Attribute::new(name, Type::Reference, description)
        }
    }

    /// With several values.
    #[must_use]
    pub fn multi_valued(self) -> Self {
        Attribute {
            multi_valued: true,
            ..self
        }
    }

    /// Required.
    #[must_use]
    pub fn required(self) -> Self {
        Attribute {
            required: true,
            ..self
        }
    }

    /// Compared with regard to case.
    #[must_use]
    pub fn case_exact(self) -> Self {
        Attribute {
            case_exact: true,
            ..self
        }
    }

    /// Changed by whom.
    #[must_use]
    pub fn mutability(self, mutability: Mutability) -> Self {
        Attribute { mutability, ..self }
    }

    /// Returned when.
    #[must_use]
    pub fn returned(self, returned: Returned) -> Self {
        Attribute { returned, ..self }
    }

    /// Unique among what.
    #[must_use]
    pub fn unique(self, uniqueness: Uniqueness) -> Self {
        Attribute { uniqueness, ..self }
    }

    /// With suggested values.
    #[must_use]
    pub fn canonical(self, values: &[&str]) -> Self {
        Attribute {
            canonical_values: owned(values),
            ..self
        }
    }

    /// The sub-attribute of that name, in any case.
    #[must_use]
    pub fn sub_attribute(&self, name: &str) -> Option<&Attribute> {
        self.sub_attributes
            .iter()
            .find(|sub| sub.name.eq_ignore_ascii_case(name))
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
