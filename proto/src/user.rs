//! Users on the wire and as SCIM resources (RFC 7643 section 4.1).

use scim::{Map, error::Error};
use serde_json::Value;

use crate::{attributes, identity::v1 as pb};

#[cfg(test)]
mod tests;

/// The canonical resource of a user, as `scim::resource::read` gives it: no `id`, `meta`, `schemas`,
/// `groups`. The licence stands in the licence extension, whose URN is `license_urn`.
///
/// # Errors
/// `attributes_json` is not a JSON object.
pub fn to_scim(user: &pb::User, license_urn: &str) -> Result<Map, Error> {
    let mut resource = Map::new();
    attributes::put_text(&mut resource, "externalId", &user.external_id);
    attributes::put_text(&mut resource, "userName", &user.user_name);
    let name = user.name.as_ref().map(name_to_scim).unwrap_or_default();
    if !name.is_empty() {
        resource.insert("name".to_owned(), name.into());
    }
    attributes::put_text(&mut resource, "displayName", &user.display_name);
    if let Some(active) = user.active {
        resource.insert("active".to_owned(), active.into());
    }
    let emails: Vec<Value> = user.emails.iter().map(email_to_scim).collect();
    if !emails.is_empty() {
        resource.insert("emails".to_owned(), emails.into());
    }
    for (attribute, value) in attributes::read(&user.attributes_json)? {
        // The typed fields win: they are what the service decides by.
        resource.entry(attribute).or_insert(value);
    }
    if !user.license_type.is_empty() && !user.license_hidden {
        let mut extension = Map::new();
        attributes::put_text(&mut extension, "licenseType", &user.license_type);
        resource.insert(license_urn.to_owned(), extension.into());
    }
    Ok(resource)
}

/// A user from a canonical resource; what a resource does not hold (id, etag, times) stays empty.
pub fn from_scim(mut resource: Map, license_urn: &str) -> pb::User {
    let emails = attributes::take_elements(&mut resource, "emails");
    let mut extension = attributes::take_object(&mut resource, license_urn);
    pb::User {
        external_id: attributes::take_text(&mut resource, "externalId"),
        user_name: attributes::take_text(&mut resource, "userName"),
        name: resource
            .contains_key("name")
            .then(|| name_from_scim(attributes::take_object(&mut resource, "name"))),
        display_name: attributes::take_text(&mut resource, "displayName"),
        active: attributes::take_boolean(&mut resource, "active"),
        emails: emails.into_iter().map(email_from_scim).collect(),
        license_type: attributes::take_text(&mut extension, "licenseType"),
        attributes_json: attributes::write(&resource),
        ..pb::User::default()
    }
}

fn name_to_scim(name: &pb::Name) -> Map {
    let mut object = Map::new();
    for (part, text) in [
        ("formatted", &name.formatted),
        ("familyName", &name.family_name),
        ("givenName", &name.given_name),
        ("middleName", &name.middle_name),
        ("honorificPrefix", &name.honorific_prefix),
        ("honorificSuffix", &name.honorific_suffix),
    ] {
        attributes::put_text(&mut object, part, text);
    }
    object
}

fn name_from_scim(mut object: Map) -> pb::Name {
    pb::Name {
        formatted: attributes::take_text(&mut object, "formatted"),
        family_name: attributes::take_text(&mut object, "familyName"),
        given_name: attributes::take_text(&mut object, "givenName"),
        middle_name: attributes::take_text(&mut object, "middleName"),
        honorific_prefix: attributes::take_text(&mut object, "honorificPrefix"),
        honorific_suffix: attributes::take_text(&mut object, "honorificSuffix"),
    }
}

fn email_to_scim(email: &pb::Email) -> Value {
    let mut object = Map::new();
    attributes::put_text(&mut object, "value", &email.value);
    attributes::put_text(&mut object, "display", &email.display);
    attributes::put_text(&mut object, "type", &email.r#type);
    if let Some(primary) = email.primary {
        object.insert("primary".to_owned(), primary.into());
    }
    object.into()
}

fn email_from_scim(mut object: Map) -> pb::Email {
    pb::Email {
        value: attributes::take_text(&mut object, "value"),
        r#type: attributes::take_text(&mut object, "type"),
        primary: attributes::take_boolean(&mut object, "primary"),
        display: attributes::take_text(&mut object, "display"),
    }
}
