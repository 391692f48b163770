//! The core schema of users (RFC 7643 §4.1, §8.7.1).

use super::USER_URN;
use crate::format::Format;
use crate::schema::{Attribute, Mutability, Returned, Schema, Type, Uniqueness};

/// As RFC 7643 §8.7.1 has it, but: `addresses` have the `primary` that §4.1.2 shows, certificates compare
/// with regard to case, and `password`, which is dropped, is no part of the published schema (R16).
pub(super) fn schema() -> Schema {
    let mut attributes = single();
    attributes.extend(contacts());
    attributes.extend([
        groups(),
        rights("entitlements", "What the user may use."),
        rights("roles", "What the user is."),
    ]);
    attributes.push(certificates());
    super::schema(USER_URN, "User", "User Account", attributes)
}

fn single() -> Vec<Attribute> {
    vec![
        text(
            "userName",
            "The name by which the user signs in; unique without regard to case.",
        )
        .required()
        .unique(Uniqueness::Server),
        Attribute::complex("name", "The parts of the person's name.", name()),
        text("displayName", "The name to show to others."),
        text("nickName", "The casual name."),
        Attribute::reference(
            "profileUrl",
            "The URL of a page about the person.",
            &["external"],
        ),
        text("title", "The job title, such as Vice President."),
        text(
            "userType",
            "The relation to the organisation, such as Employee or Contractor.",
        ),
        text(
            "preferredLanguage",
            "The preferred languages, written as in the Accept-Language header.",
        )
        .format(Format::Languages),
        text(
            "locale",
            "The place for formats of dates, numbers and money, such as en-GB.",
        )
        .format(Format::LanguageTag),
        text(
            "timezone",
            "The time zone, by its name in the tz database, such as Europe/Paris.",
        )
        .format(Format::TimeZone),
        Attribute::new(
            "active",
            Type::Boolean,
            "Whether the user may use the product.",
        ),
        text("password", "A password; accepted, never returned.")
            .mutability(Mutability::WriteOnly)
            .returned(Returned::Never)
            .discarded(),
    ]
}

fn name() -> Vec<Attribute> {
    vec![
        text("formatted", "The whole name, as it is shown."),
        text("familyName", "The family name."),
        text("givenName", "The given name."),
        text("middleName", "The middle names."),
        text("honorificPrefix", "Titles before the name."),
        text("honorificSuffix", "Suffixes after the name."),
    ]
}

fn contacts() -> Vec<Attribute> {
    let url = Attribute::reference("value", "The URL of the photo.", &["external"]).case_exact();
    vec![
        multi_valued(
            "emails",
            "E-mail addresses.",
            text("value", "The address."),
            &["work", "home", "other"],
        ),
        multi_valued(
            "phoneNumbers",
            "Telephone numbers.",
            text("value", "The number."),
            &["work", "home", "mobile", "fax", "pager", "other"],
        ),
        multi_valued(
            "ims",
            "Addresses for instant messages.",
            text("value", "The address."),
            &["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"],
        ),
        multi_valued(
            "photos",
            "Photos of the person.",
            url,
            &["photo", "thumbnail"],
        ),
        Attribute::complex("addresses", "Postal addresses.", address()).multi_valued(),
    ]
}

fn address() -> Vec<Attribute> {
    vec![
        text("formatted", "The whole address, as it is shown."),
        text("streetAddress", "Street, number and the like."),
        text("locality", "The city."),
        text("region", "The state or region."),
        text("postalCode", "The postal code."),
        text("country", "The country.").format(Format::Country),
        text("type", "What the address is for.").canonical(&["work", "home", "other"]),
        primary(),
    ]
}

fn groups() -> Attribute {
    let sub_attributes = [
        text("value", "The id of the group."),
        Attribute::reference("$ref", "The URI of the group.", &["User", "Group"]),
        text("display", "The name of the group."),
        text(
            "type",
            "Whether the user is a member itself or through another group.",
        )
        .canonical(&["direct", "indirect"]),
    ];
    let sub_attributes = sub_attributes
        .map(|sub| sub.mutability(Mutability::ReadOnly))
        .into();
    Attribute::complex(
        "groups",
        "The groups that the user is in; changed through the groups.",
        sub_attributes,
    )
    .multi_valued()
    .mutability(Mutability::ReadOnly)
}

fn rights(name: &str, description: &str) -> Attribute {
    multi_valued(name, description, text("value", "The value."), &[])
}

fn certificates() -> Attribute {
    let value = Attribute::new("value", Type::Binary, "One certificate in DER form.")
        .case_exact()
        .format(Format::Certificate);
    multi_valued("x509Certificates", "Certificates of the user.", value, &[])
}

/// The usual sub-attributes of RFC 7643 §2.4.
fn multi_valued(name: &str, description: &str, value: Attribute, types: &[&str]) -> Attribute {
    let sub_attributes = vec![
        value,
        text("display", "A name of the value, for display."),
        text("type", "What the value is for.").canonical(types),
        primary(),
    ];
    Attribute::complex(name, description, sub_attributes).multi_valued()
}

fn primary() -> Attribute {
    Attribute::new(
        "primary",
        Type::Boolean,
        "Whether it is the preferred value; true for one at most.",
    )
}

fn text(name: &str, description: &str) -> Attribute {
    Attribute::new(name, Type::String, description)
}
