//! Resources of configured types on the wire and as SCIM resources (RFC 7643 section 3).

use scim::{Map, error::Error};

use crate::{attributes, identity::v1 as pb};

#[cfg(test)]
mod tests;

/// The canonical resource, as `scim::resource::read` gives it: no `id`, `meta`, `schemas`.
///
/// # Errors
/// `attributes_json` is not a JSON object.
pub fn to_scim(resource: &pb::Resource) -> Result<Map, Error> {
    let mut map = Map::new();
    attributes::put_text(&mut map, "externalId", &resource.external_id);
    for (attribute, value) in attributes::read(&resource.attributes_json)? {
        map.entry(attribute).or_insert(value);
    }
    Ok(map)
}

/// A resource from a canonical one; what that does not hold (id, type, etag, times) stays empty.
pub fn from_scim(mut resource: Map) -> pb::Resource {
    pb::Resource {
        external_id: attributes::take_text(&mut resource, "externalId"),
        attributes_json: attributes::write(&resource),
        ..pb::Resource::default()
    }
}
