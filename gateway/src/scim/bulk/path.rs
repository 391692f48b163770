//! The path of an operation.

use ::scim::schema::ResourceType;
use http::StatusCode;
use percent_encoding::percent_decode_str;

use super::references::BULK_ID;
use crate::{
    error::Fault,
    request::unsupported_version,
    scim::{VERSION, kind::Kind, response::BaseUrl},
};

/// What a path names, where `others` are the types that the operator defined. It is relative to the base URL, with or without a slash before, the version of the
/// protocol or the base URL itself (R-BULK-04).
pub(super) fn locate(
    path: &str,
    base: &BaseUrl,
    others: &[ResourceType],
) -> Result<(Kind, String), Fault> {
    let path = path.trim();
    let path = path.strip_prefix(base.as_str()).unwrap_or(path);
    let path = path.split('?').next().unwrap_or_default();
    let mut rest = path.trim_matches('/');
    let version = rest.split('/').next().unwrap_or_default();
    if let Some(fault) = unsupported_version(version) {
        return Err(fault);
    }
    if version.eq_ignore_ascii_case(VERSION) {
        rest = rest[version.len()..].trim_start_matches('/');
    }
    let (endpoint, target) = rest.split_once('/').unwrap_or((rest, ""));
    let kind = match endpoint {
        "Me" => {
            return Err(Fault::new(
                StatusCode::NOT_IMPLEMENTED,
                "There is no /Me here.",
            ));
        }
        "Bulk" | ".search" | "Schemas" | "ResourceTypes" | "ServiceProviderConfig" => {
            let detail = "A bulk request only writes resources.";
            return Err(Fault::new(StatusCode::METHOD_NOT_ALLOWED, detail));
        }
        other => Kind::at(other, others).ok_or_else(Fault::not_found)?,
    };
    let target = target.trim_start_matches('/');
    let decoded = percent_decode_str(target).decode_utf8();
    let decoded = decoded.map_err(|_| Fault::not_found())?;
    let is_reference = decoded
        .get(..BULK_ID.len())
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case(BULK_ID));
    if target.contains('/') && !is_reference {
        return Err(Fault::not_found());
    }
    Ok((kind, decoded.into_owned()))
}
