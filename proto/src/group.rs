//! The group service, and groups on the wire and as SCIM resources (RFC 7643 section 4.2).

use scim::{Map, error::Error};
use serde_json::Value;

use crate::attributes;
use v1 as pb;

/// Version 1, as generated.
#[expect(clippy::allow_attributes, clippy::too_many_lines, reason = "generated")]
pub mod v1 {
    tonic::include_proto!("muster.group.v1");
}

#[cfg(test)]
mod tests;

/// The canonical resource of a group, as `scim::resource::read` gives it: no `id`, `meta`, `schemas`.
/// Members, where there are any, have `value` and, where known, `display` and `type`.
///
/// # Errors
/// `attributes_json` is not a JSON object.
pub fn to_scim(group: &pb::Group) -> Result<Map, Error> {
    let mut resource = Map::new();
    attributes::put_text(&mut resource, "externalId", &group.external_id);
    attributes::put_text(&mut resource, "displayName", &group.display_name);
    let members: Vec<Value> = group.members.iter().map(member_to_scim).collect();
    if !members.is_empty() {
        resource.insert("members".to_owned(), members.into());
    }
    for (attribute, value) in attributes::read(&group.attributes_json)? {
        // The typed fields win: they are what the service decides by.
        resource.entry(attribute).or_insert(value);
    }
    Ok(resource)
}

/// A group from a canonical resource; what a resource does not hold (id, etag, times) stays empty, and of
/// a member only its id is taken.
pub fn from_scim(mut resource: Map) -> pb::Group {
    let members = attributes::take_elements(&mut resource, "members");
    pb::Group {
        external_id: attributes::take_text(&mut resource, "externalId"),
        display_name: attributes::take_text(&mut resource, "displayName"),
        members: members.into_iter().map(member_from_scim).collect(),
        attributes_json: attributes::write(&resource),
        ..pb::Group::default()
    }
}

fn member_to_scim(member: &pb::Member) -> Value {
    let mut object = Map::new();
    attributes::put_text(&mut object, "value", &member.value);
    attributes::put_text(&mut object, "display", &member.display);
    let r#type = match member.r#type() {
        pb::MemberType::Unspecified => "",
        pb::MemberType::User => "User",
        pb::MemberType::Group => "Group",
    };
    attributes::put_text(&mut object, "type", r#type);
    object.into()
}

fn member_from_scim(mut object: Map) -> pb::Member {
    pb::Member {
        value: attributes::take_text(&mut object, "value"),
        ..pb::Member::default()
    }
}
