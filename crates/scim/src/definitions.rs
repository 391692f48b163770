//! The schemas of this server (RFC 7643 §3.1, §4, §8.7), as JSON in the form of §8.7; their names and descriptions, and
//! those of the resource types, are the ones of §8.6 and §8.7, which validators compare.

use std::sync::LazyLock;

use crate::{
    configuration::own,
    schema::{Attribute, Extension, Mutability, ResourceType, Returned, Schema, Type, Uniqueness},
};

mod license;
#[cfg(test)]
mod tests;
mod user;

pub use license::LicenseExtension;

/// The core schema of users (RFC 7643 §4.1).
pub const USER_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The core schema of groups (RFC 7643 §4.2).
pub const GROUP_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The enterprise extension of users (RFC 7643 §4.3).
pub const ENTERPRISE_URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The schema of `ServiceProviderConfig` (RFC 7643 §5).
pub(crate) const SERVICE_PROVIDER_CONFIG_URN: &str =
    "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
/// The schema of a resource type (RFC 7643 §6).
pub(crate) const RESOURCE_TYPE_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
/// The schema of a schema (RFC 7643 §7).
pub(crate) const SCHEMA_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";

static USER: LazyLock<Schema> = LazyLock::new(user::schema);
static ENTERPRISE_USER: LazyLock<Schema> =
    LazyLock::new(|| own(include_str!("definitions/enterprise_user.json")));
/// As RFC 7643 §8.7.1 has it, but: `displayName` is required, as the text of §4.2 says, and unique; ids of
/// members compare with regard to case; members have a `display`, given by the server.
static GROUP: LazyLock<Schema> = LazyLock::new(|| own(include_str!("definitions/group.json")));
/// Those of the discovery documents themselves (RFC 7643 §8.7.2); everything in them is readOnly. That of schemas has the
/// one attribute that holds complex attributes within a complex one (R-ATTR-08).
static META: LazyLock<[Schema; 3]> = LazyLock::new(|| {
    [
        include_str!("definitions/service_provider_config.json"),
        include_str!("definitions/resource_type.json"),
        include_str!("definitions/schema.json"),
    ]
    .map(own)
});

/// The resource type `User`: the core schema, the enterprise extension and that of licences.
#[must_use]
pub fn user(license: &LicenseExtension) -> ResourceType {
    ResourceType {
        name: "User".to_owned(),
        endpoint: "/Users".to_owned(),
        description: "User Account".to_owned(),
        schema: USER.clone(),
        extensions: [ENTERPRISE_USER.clone(), license::schema(license)]
            .map(|schema| Extension {
                schema,
                required: false,
            })
            .into(),
    }
}

/// The resource type `Group`.
#[must_use]
pub fn group() -> ResourceType {
    ResourceType {
        name: "Group".to_owned(),
        endpoint: "/Groups".to_owned(),
        description: "Group".to_owned(),
        schema: GROUP.clone(),
        extensions: Vec::new(),
    }
}

/// The schemas of the three discovery documents.
pub(crate) fn meta_schemas() -> &'static [Schema] {
    &*META
}

/// The attributes that every resource has without their being listed in its schema (RFC 7643 §3.1).
pub(crate) fn common() -> &'static [Attribute] {
    static COMMON: LazyLock<Vec<Attribute>> = LazyLock::new(|| {
        vec![
            Attribute::new(
                "schemas",
                Type::String,
                "The URNs of the schemas that the resource follows.",
            )
            .multi_valued()
            .required()
            .returned(Returned::Always),
            Attribute::new(
                "id",
                Type::String,
                "The identifier, given by the server for good.",
            )
            .case_exact()
            .mutability(Mutability::ReadOnly)
            .returned(Returned::Always)
            .unique(Uniqueness::Global),
            Attribute::new(
                "externalId",
                Type::String,
                "The identifier that the client uses.",
            )
            .case_exact(),
            Attribute::complex(
                "meta",
                "What the server knows about the resource itself.",
                meta_attributes(),
            )
            .mutability(Mutability::ReadOnly),
        ]
    });
    &COMMON
}

fn meta_attributes() -> Vec<Attribute> {
    [
        Attribute::new(
            "resourceType",
            Type::String,
            "The name of the resource type.",
        )
        .case_exact(),
        Attribute::new("created", Type::DateTime, "When the resource was created."),
        Attribute::new(
            "lastModified",
            Type::DateTime,
            "When the resource last changed.",
        ),
        Attribute::reference("location", "The URI of the resource.", &["uri"]).case_exact(),
        Attribute::new("version", Type::String, "The entity tag of the resource.").case_exact(),
    ]
    .map(|attribute| attribute.mutability(Mutability::ReadOnly))
    .into()
}
