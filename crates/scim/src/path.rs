//! Attribute paths (RFC 7644 §3.10) and PATCH paths (RFC 7644 §3.5.2).

use std::fmt;

use crate::{
    dialect::Dialect,
    error::Error,
    filter::{self, Filter},
    schema::{Attribute, ResourceType, Target},
};

#[cfg(test)]
mod tests;

/// A path to an attribute, as written: `[URN ":"] name ["." name]`.
///
/// Where there is a URN, its end is known only together with a resource type, for URNs hold colons, dots and
/// digits themselves. Until then the last colon splits; so in `urn:…:2.0:User.manager` (a form of old Microsoft
/// samples) the name is `User`, and `sub` may hold dots. [`ResourceType::resolve`] matches the whole text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AttributePath {
    /// What stands before the last colon.
    pub urn: Option<String>,
    /// The attribute.
    pub name: String,
    /// The sub-attribute.
    pub sub: Option<String>,
}

/// What a PATCH operation addresses. The paths are canonical: names in the spelling of the schema, and the URN
/// that of the extension that defines the attribute, or none for core and common attributes.
#[derive(Clone, Debug, PartialEq)]
pub enum Path {
    /// An attribute or sub-attribute.
    Attribute(AttributePath),
    /// Those elements of a multi-valued attribute that match, or a sub-attribute of them.
    Element {
        /// The attribute; its `sub` is none.
        attribute: AttributePath,
        /// What the elements must match, as written; it is known to bind to the attribute.
        filter: Filter,
        /// The sub-attribute, in the spelling of the schema.
        sub: Option<String>,
    },
    /// A whole extension, by its canonical URN (R-PATCH-14).
    Extension(String),
}

/// Reads a PATCH path. Spaces around it do not count (R-PATCH-16).
///
/// # Errors
///
/// `InvalidPath` if it is malformed, names an unknown attribute or an array index, or filters what is not
/// multi-valued; `InvalidFilter` if what stands in the brackets is no filter of that attribute.
pub fn parse(text: &str, resource_type: &ResourceType, dialect: Dialect) -> Result<Path, Error> {
    let text = text.trim();
    if text.len() > filter::MAX_LENGTH {
        return Err(Error::invalid_path(format!(
            "A path has at most {} bytes.",
            filter::MAX_LENGTH
        )));
    }
    let Some((head, rest)) = text.split_once('[') else {
        if let Some(extension) = resource_type.extension(text) {
            return Ok(Path::Extension(extension.schema.id.clone()));
        }
        return resolve(text, resource_type, dialect)
            .map(|target| Path::Attribute(canonical(&target)));
    };
    let (inner, tail) = split_at_bracket(rest).ok_or_else(|| malformed(text))?;
    let target = resolve(head.trim_end(), resource_type, dialect)?;
    let attribute = target.attribute;
    if target.sub_attribute.is_some() || !attribute.multi_valued {
        return Err(Error::invalid_path(format!(
            "{} is not multi-valued, so it has no elements.",
            canonical(&target)
        )));
    }
    let index = inner.trim();
    if index.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::invalid_path(
            "The brackets of a path hold a filter, not an index.",
        ));
    }
    let filter = filter::parse_value_path(inner, dialect)?;
    filter::bind_element(&filter, attribute, dialect)?;
    let sub = sub_after(tail, attribute).ok_or_else(|| malformed(text))?;
    Ok(Path::Element {
        attribute: canonical(&target),
        filter,
        sub,
    })
}

/// Whether a text is a value path, faulty or not, of an attribute that the resource type has, and of a sub-attribute
/// that this has.
pub(crate) fn selects_known(text: &str, resource_type: &ResourceType, dialect: Dialect) -> bool {
    let Some((head, rest)) = text.split_once('[') else {
        return false;
    };
    let Ok(target) = resolve(head.trim(), resource_type, dialect) else {
        return false;
    };
    let tail = split_at_bracket(rest).and_then(|(_, tail)| tail.strip_prefix('.'));
    let sub = tail.and_then(|tail| tail.split('.').next());
    sub.is_none_or(|sub| !is_name(sub) || target.attribute.sub_attribute(sub).is_some())
}

/// Splits behind the filter of a value path; a bracket within a string does not end it.
fn split_at_bracket(text: &str) -> Option<(&str, &str)> {
    let (mut quoted, mut escaped) = (false, false);
    let end = text.find(|c| {
        let ends = c == ']' && !quoted;
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && quoted && !escaped;
        ends
    })?;
    Some((&text[..end], &text[end + 1..]))
}

fn sub_after(tail: &str, attribute: &Attribute) -> Option<Option<String>> {
    if tail.is_empty() {
        return Some(None);
    }
    let sub = attribute.sub_attribute(tail.strip_prefix('.')?)?;
    Some(Some(sub.name.clone()))
}

fn resolve<'r>(
    text: &str,
    resource_type: &'r ResourceType,
    dialect: Dialect,
) -> Result<Target<'r>, Error> {
    let path = AttributePath::parse(text).ok_or_else(|| malformed(text))?;
    resource_type.resolve_in(&path, dialect).ok_or_else(|| {
        Error::invalid_path(format!(
            "{} has no attribute {}.",
            resource_type.name,
            shortened(text)
        ))
    })
}

fn canonical(target: &Target<'_>) -> AttributePath {
    AttributePath {
        urn: target.extension.map(|schema| schema.id.clone()),
        name: target.attribute.name.clone(),
        sub: target.sub_attribute.map(|sub| sub.name.clone()),
    }
}

fn malformed(text: &str) -> Error {
    Error::invalid_path(format!("{} is not a path.", shortened(text)))
}

/// Enough of a client's text to recognise it by.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(100) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}…", &text[..end]),
    }
}

impl AttributePath {
    /// Reads an attribute path; none if it is malformed. Names begin with a letter or `$` and go on with
    /// letters, digits, `$`, `-` and `_` (R-ATTR-01).
    #[must_use]
    pub fn parse(text: &str) -> Option<AttributePath> {
        let (urn, names) = match text.rsplit_once(':') {
            None => (None, text),
            Some((urn, names)) => (Some(urn), names),
        };
        let (name, sub) = match names.split_once('.') {
            None => (names, None),
            Some((name, sub)) => (name, Some(sub)),
        };
        let valid = match urn {
            None => is_name(name) && sub.is_none_or(is_name),
            Some(urn) => is_urn(urn) && names.split('.').all(is_word),
        };
        valid.then(|| AttributePath {
            urn: urn.map(str::to_owned),
            name: name.to_owned(),
            sub: sub.map(str::to_owned),
        })
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(urn) = &self.urn {
            write!(f, "{urn}:")?;
        }
        f.write_str(&self.name)?;
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

fn is_name(text: &str) -> bool {
    is_word(text) && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$')
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"$-_".contains(&byte))
}

fn is_urn(text: &str) -> bool {
    text.get(..4)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn:"))
        && text.len() > 4
        && text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\"()[]".contains(&byte))
}
