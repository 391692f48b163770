//! Attributes as written (RFC 7643 §7), and which characteristics go together.

use serde::Deserialize;

use super::{Error, fault, names};
use crate::schema::{Attribute, Mutability, Returned, Type, Uniqueness};

/// An attribute or sub-attribute; what it does not state has the default of RFC 7643 §2.2.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Entry {
    name: String,
    r#type: Option<Type>,
    multi_valued: Option<bool>,
    description: Option<String>,
    required: Option<bool>,
    case_exact: Option<bool>,
    mutability: Option<Mutability>,
    returned: Option<Returned>,
    uniqueness: Option<Uniqueness>,
    canonical_values: Option<Vec<String>>,
    reference_types: Option<Vec<String>>,
    sub_attributes: Option<Vec<Entry>>,
}

impl From<Entry> for Attribute {
    fn from(entry: Entry) -> Attribute {
        let r#type = entry.r#type.unwrap_or(Type::String);
        let mutability = entry.mutability.unwrap_or(Mutability::ReadWrite);
        let sub_attributes = entry.sub_attributes.unwrap_or_default().into_iter();
        Attribute {
            r#type,
            multi_valued: entry.multi_valued.unwrap_or(false),
            description: entry.description.unwrap_or_default(),
            required: entry.required.unwrap_or(false),
            case_exact: match r#type {
                // RFC 7643 §2.3.6 leaves no choice, though schemas in the wild state otherwise.
                Type::Binary => true,
                Type::Reference => entry.case_exact.unwrap_or(true),
                _ => entry.case_exact.unwrap_or(false),
            },
            mutability,
            returned: entry.returned.unwrap_or(match mutability {
                Mutability::WriteOnly => Returned::Never,
                _ => Returned::Default,
            }),
            uniqueness: entry.uniqueness.unwrap_or(Uniqueness::None),
            canonical_values: entry.canonical_values.unwrap_or_default(),
            reference_types: entry.reference_types.unwrap_or_default(),
            sub_attributes: sub_attributes.map(Attribute::from).collect(),
            ..Attribute::new(&entry.name, r#type, "")
        }
    }
}

/// Whether the attributes of a schema, or the sub-attributes of an attribute, can be.
pub(super) fn check_all(attributes: &[Attribute]) -> Result<(), Error> {
    for (place, attribute) in attributes.iter().enumerate() {
        let name = &attribute.name;
        names::check_attribute(name)?;
        check_all(&attribute.sub_attributes)
            .map_err(|Error(text)| Error(format!("{name}.{text}")))?;
        if let Some(text) = contradiction(attribute) {
            return fault(format!("{name}: {text}"));
        }
        let mut before = attributes[..place].iter();
        if before.any(|one| one.name.eq_ignore_ascii_case(name)) {
            return fault(format!("the attribute {name} is there twice"));
        }
    }
    Ok(())
}

/// What of the characteristics does not go together.
fn contradiction(attribute: &Attribute) -> Option<&'static str> {
    let is_complex = attribute.r#type == Type::Complex;
    let subs = &attribute.sub_attributes;
    let rules = [
        (
            is_complex && subs.is_empty(),
            "a complex attribute needs subAttributes",
        ),
        (
            !is_complex && !subs.is_empty(),
            "only a complex attribute has subAttributes",
        ),
        (
            subs.iter().any(|sub| sub.r#type == Type::Complex),
            "a complex attribute cannot hold a complex one (RFC 7643 section 2.3.8)",
        ),
        (
            attribute.multi_valued
                && attribute
                    .sub_attribute("primary")
                    .is_some_and(|sub| sub.r#type != Type::Boolean || sub.multi_valued),
            "primary must be a single boolean (RFC 7643 section 2.4)",
        ),
        (
            attribute.mutability == Mutability::WriteOnly && attribute.returned != Returned::Never,
            "what is writeOnly is returned never",
        ),
        (
            attribute.uniqueness != Uniqueness::None
                && matches!(attribute.r#type, Type::Complex | Type::Boolean),
            "a complex or boolean attribute cannot be unique",
        ),
        (
            attribute.r#type != Type::Reference && !attribute.reference_types.is_empty(),
            "only a reference has referenceTypes",
        ),
    ];
    let broken = rules.into_iter().find(|(is_broken, _)| *is_broken);
    broken.map(|(_, text)| text)
}
