//! Which names, URNs and endpoints may be used.

use super::{Error, fault};
use crate::{
    definitions::{
        ENTERPRISE_URN, GROUP_URN, RESOURCE_TYPE_URN, SCHEMA_URN, SERVICE_PROVIDER_CONFIG_URN,
        USER_URN,
    },
    schema::ResourceType,
};

const MAX_LENGTH: usize = 255;

/// The URNs that mean something already.
const URNS: &[&str] = &[
    USER_URN,
    GROUP_URN,
    ENTERPRISE_URN,
    SCHEMA_URN,
    RESOURCE_TYPE_URN,
    SERVICE_PROVIDER_CONFIG_URN,
];

/// Those of messages (RFC 7644 §8.2), which are no resources.
const MESSAGES: &str = "urn:ietf:params:scim:api:";

/// What `meta.resourceType` says of the server's own resources.
const TYPES: &[&str] = &["Schema", "ResourceType", "ServiceProviderConfig"];

/// The endpoints of the server's own (RFC 7644 §3.2).
const ENDPOINTS: &[&str] = &[
    "/Users",
    "/Groups",
    "/Me",
    "/Bulk",
    "/Schemas",
    "/ResourceTypes",
    "/ServiceProviderConfig",
];

/// The grammar of RFC 7643 §2.1, and `$ref`.
pub(super) fn check_attribute(name: &str) -> Result<(), Error> {
    let is_usable = name == "$ref" || is_word(name);
    if is_usable {
        return Ok(());
    }
    fault(format!(
        "{name:?} is no attribute name: a letter, then letters, digits, - and _"
    ))
}

/// A schema must have a URN that is not taken by one of the server's own.
pub(super) fn check_urn(urn: &str) -> Result<(), Error> {
    let is_visible = |byte: u8| byte.is_ascii_graphic() && !br#"",;[]()\"#.contains(&byte);
    let lower = urn.to_ascii_lowercase();
    let namespace = lower.strip_prefix("urn:").and_then(|it| it.split_once(':'));
    let is_urn = namespace.is_some_and(|(id, name)| !id.is_empty() && !name.is_empty());
    if !is_urn || urn.len() > MAX_LENGTH || !urn.bytes().all(is_visible) {
        return fault(format!("{urn:?} is no URN to name a schema by"));
    }
    if lower.starts_with(MESSAGES) || URNS.iter().any(|own| own.eq_ignore_ascii_case(urn)) {
        return fault(format!("the schema {urn} is the server's own, or reserved"));
    }
    Ok(())
}

/// The names of the resource types, each once.
pub(super) fn check_types<'a>(names: impl Iterator<Item = &'a String>) -> Result<(), Error> {
    let mut seen: Vec<&str> = Vec::new();
    for name in names {
        if !is_word(name) {
            return fault(format!(
                "{name:?} is no name of a resource type: a letter, then letters, digits, - and _"
            ));
        }
        if is_any(TYPES, name) {
            return fault(format!("the resource type {name} is the server's own"));
        }
        // `USER` beside `User` would be a trap.
        let is_cased = |own: &&str| own.eq_ignore_ascii_case(name) && *own != name;
        if is_any(&seen, name) || ["User", "Group"].iter().any(is_cased) {
            return fault(format!("the resource type {name} is there twice"));
        }
        seen.push(name);
    }
    Ok(())
}

/// Endpoints are one segment of a path, each once.
pub(super) fn check_endpoints(resource_types: &[ResourceType]) -> Result<(), Error> {
    let mut seen: Vec<&str> = Vec::new();
    for ResourceType { name, endpoint, .. } in resource_types {
        if !endpoint.strip_prefix('/').is_some_and(is_word) {
            return fault(format!(
                "{name}: {endpoint:?} is no endpoint: a slash, a letter, then letters, digits, - and _"
            ));
        }
        if is_any(ENDPOINTS, endpoint) {
            return fault(format!("{name}: the endpoint {endpoint} is reserved"));
        }
        if is_any(&seen, endpoint) {
            return fault(format!("{name}: the endpoint {endpoint} is there twice"));
        }
        seen.push(endpoint);
    }
    Ok(())
}

fn is_word(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.len() <= MAX_LENGTH
        && text.bytes().all(is_part)
}

fn is_any(names: &[&str], name: &str) -> bool {
    names.iter().any(|one| one.eq_ignore_ascii_case(name))
}
