//! What is wrong with a client's message: the `scimType` keywords of RFC 7644 §3.12 that pure code can find.

use serde_json::{Value, json};

use crate::Map;

#[cfg(test)]
mod tests;

/// The schema of an error message (RFC 7644 §3.12).
pub const ERROR_URN: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The kind of mistake; each is an HTTP 400 with the `scimType` of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The filter does not parse, or uses an attribute or operator that cannot be compared so.
    InvalidFilter,
    /// The PATCH path is malformed or names an unknown attribute.
    InvalidPath,
    /// The body is not the message that the endpoint expects.
    InvalidSyntax,
    /// A required value is missing, or a value does not fit its attribute.
    InvalidValue,
    /// The PATCH path selects nothing that could be changed.
    NoTarget,
    /// The attribute must not be changed (so).
    Mutability,
    /// The request asks for more work than one may.
    TooMany,
}

impl Kind {
    /// The keyword for the `scimType` member (RFC 7644 §3.12, table 9).
    #[must_use]
    pub fn scim_type(self) -> &'static str {
        match self {
            Kind::InvalidFilter => "invalidFilter",
            Kind::InvalidPath => "invalidPath",
            Kind::InvalidSyntax => "invalidSyntax",
            Kind::InvalidValue => "invalidValue",
            Kind::NoTarget => "noTarget",
            Kind::Mutability => "mutability",
            Kind::TooMany => "tooMany",
        }
    }
}

/// A mistake of the client, with a text for the client. The text may name attributes and limits; it never
/// holds a password. It is not meant for logs, since it may echo a part of the request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Error {
    /// The kind of mistake.
    pub kind: Kind,
    /// What is wrong, for the client's reader.
    pub detail: String,
}

impl Error {
    /// An error of a given kind.
    #[must_use]
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Error {
            kind,
            detail: detail.into(),
        }
    }

    /// [`Kind::InvalidFilter`].
    #[must_use]
    pub fn invalid_filter(detail: impl Into<String>) -> Self {
        Error::new(Kind::InvalidFilter, detail)
    }

    /// [`Kind::InvalidPath`].
    #[must_use]
    pub fn invalid_path(detail: impl Into<String>) -> Self {
        Error::new(Kind::InvalidPath, detail)
    }

    /// [`Kind::InvalidSyntax`].
    #[must_use]
    pub fn invalid_syntax(detail: impl Into<String>) -> Self {
        Error::new(Kind::InvalidSyntax, detail)
    }

    /// [`Kind::InvalidValue`].
    #[must_use]
    pub fn invalid_value(detail: impl Into<String>) -> Self {
        Error::new(Kind::InvalidValue, detail)
    }

    /// [`Kind::NoTarget`].
    #[must_use]
    pub fn no_target(detail: impl Into<String>) -> Self {
        Error::new(Kind::NoTarget, detail)
    }

    /// [`Kind::Mutability`].
    #[must_use]
    pub fn mutability(detail: impl Into<String>) -> Self {
        Error::new(Kind::Mutability, detail)
    }

    /// [`Kind::TooMany`].
    #[must_use]
    pub fn too_many(detail: impl Into<String>) -> Self {
        Error::new(Kind::TooMany, detail)
    }
}

/// The body of an error reply (RFC 7644 §3.12): `status` is a string, `scimType` is left out where none applies.
#[must_use]
pub fn message(status: u16, scim_type: Option<&str>, detail: &str) -> Map {
    let mut body = Map::new();
    body.insert("schemas".to_owned(), json!([ERROR_URN]));
    body.insert("status".to_owned(), Value::String(status.to_string()));
    if let Some(scim_type) = scim_type {
        body.insert("scimType".to_owned(), Value::String(scim_type.to_owned()));
    }
    body.insert("detail".to_owned(), Value::String(detail.to_owned()));
    body
}
