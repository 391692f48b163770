//! SCIM 2.0 (RFC 7643, RFC 7644) as pure code: schemas, filters, PATCH, projection; no I/O.

pub mod attributes;
pub mod configuration;
pub mod date_time;
pub mod definitions;
pub mod dialect;
pub mod discovery;
pub mod error;
pub mod etag;
pub mod filter;
pub mod format;
pub mod json;
pub mod list;
pub mod members;
pub mod patch;
pub mod path;
pub mod resource;
pub mod schema;
pub mod search;
pub mod text;
pub mod unique;

/// A JSON object, in the order it was written.
pub type Map = serde_json::Map<String, serde_json::Value>;
