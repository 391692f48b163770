//! What an operation addresses.

use super::{Change, attribute, draft::Draft, element, extension, schemas, whole};
use crate::dialect::Dialect;
use crate::error::Error;
use crate::filter::{self, Filter, Predicate};
use crate::path::{self, AttributePath, Path};
use crate::schema::{Attribute, Extension, Mutability, ResourceType, Target as Place};

/// The target of an operation, found in the schemas.
pub(crate) enum Target<'a> {
    /// No path: the value names the attributes.
    Whole,
    /// The list of the resource's schemas.
    Schemas,
    /// All attributes of an extension.
    Extension(&'a Extension),
    /// An attribute or sub-attribute.
    Attribute(Place<'a>),
    /// Elements of an attribute, or a sub-attribute of them.
    Element(Place<'a>, Box<Selection>),
}

/// Which elements a value path selects.
pub(crate) struct Selection {
    pub(crate) filter: Filter,
    pub(crate) predicate: Predicate,
}

/// Finds the target of a path.
///
/// # Errors
/// `InvalidPath`, `InvalidFilter`; `Mutability` for what only the server changes (R-PATCH-31).
pub(crate) fn locate<'a>(
    path: Option<&str>,
    resource_type: &'a ResourceType,
    dialect: Dialect,
) -> Result<Target<'a>, Error> {
    let text = match path {
        None => return Ok(Target::Whole),
        Some(path) if dialect == Dialect::Lenient && path.trim().is_empty() => {
            return Ok(Target::Whole);
        }
        Some(path) if dialect == Dialect::Lenient => path.trim(),
        Some(path) => path,
    };
    if dialect == Dialect::Lenient && text.eq_ignore_ascii_case(&resource_type.schema.id) {
        return Ok(Target::Whole);
    }
    let parsed = path::parse(text, resource_type, dialect)?;
    let target = resolve(parsed, resource_type, dialect)?.ok_or_else(|| {
        Error::invalid_path(format!("{} has no attribute {text}.", resource_type.name))
    })?;
    if target.is_read_only() {
        return Err(Error::mutability(format!("{text} is read-only.")));
    }
    Ok(target)
}

/// Finds the target of a parsed path; none: the resource type has no such attribute.
pub(crate) fn resolve(
    path: Path,
    resource_type: &ResourceType,
    dialect: Dialect,
) -> Result<Option<Target<'_>>, Error> {
    let find = |path: &AttributePath| resource_type.resolve_in(path, dialect);
    Ok(match path {
        Path::Extension(urn) => resource_type.extension(&urn).map(Target::Extension),
        Path::Attribute(path) => find(&path).map(|place| match is_schemas(&place) {
            true => Target::Schemas,
            false => Target::Attribute(place),
        }),
        Path::Element {
            mut attribute,
            filter,
            sub,
        } => {
            attribute.sub = sub;
            match find(&attribute) {
                Some(place) if is_schemas(&place) => Some(Target::Schemas),
                Some(place) => {
                    let predicate = filter::bind_element(&filter, place.attribute, dialect)?;
                    Some(Target::Element(
                        place,
                        Box::new(Selection { filter, predicate }),
                    ))
                }
                None => None,
            }
        }
    })
}

fn is_schemas(place: &Place<'_>) -> bool {
    place.extension.is_none() && place.attribute.name == "schemas"
}

impl Target<'_> {
    pub(crate) fn is_read_only(&self) -> bool {
        let (Target::Attribute(place) | Target::Element(place, _)) = self else {
            return false;
        };
        let read_only = |attribute: &Attribute| attribute.mutability == Mutability::ReadOnly;
        read_only(place.attribute) || place.sub_attribute.is_some_and(read_only)
    }

    /// Applies one change to this target.
    pub(crate) fn apply(
        &self,
        resource_type: &ResourceType,
        draft: &mut Draft<'_>,
        change: Change<'_>,
        dialect: Dialect,
    ) -> Result<(), Error> {
        match self {
            Target::Whole => whole::apply(resource_type, draft, change, dialect),
            Target::Schemas => schemas::apply(resource_type, draft, change, dialect),
            Target::Extension(extension) => {
                extension::apply(resource_type, extension, draft, change, dialect)
            }
            Target::Attribute(place) => attribute::apply(place, draft, change, dialect),
            Target::Element(place, selection) => {
                element::apply(place, selection, draft, change, dialect)
            }
        }
    }
}
