//! The schemas of this server (RFC 7643 §3.1, §4, §8.7); their names and descriptions, and those of the resource types,
//! are the ones of §8.6 and §8.7, which validators compare.

use std::sync::LazyLock;

use crate::schema::{
    Attribute, Extension, Mutability, ResourceType, Returned, Schema, Type, Uniqueness,
};

mod enterprise;
mod group;
mod license;
mod meta;
#[cfg(test)]
mod tests;
mod user;

pub use license::LicenseExtension;
pub(crate) use meta::{RESOURCE_TYPE_URN, SCHEMA_URN, SERVICE_PROVIDER_CONFIG_URN, meta_schemas};

/// The core schema of users (RFC 7643 §4.1).
pub const USER_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The core schema of groups (RFC 7643 §4.2).
pub const GROUP_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The enterprise extension of users (RFC 7643 §4.3).
pub const ENTERPRISE_URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// The resource type `User`: the core schema, the enterprise extension and that of licences.
#[must_use]
pub fn user(license: &LicenseExtension) -> ResourceType {
    ResourceType {
        name: "User".to_owned(),
        endpoint: "/Users".to_owned(),
        description: "User Account".to_owned(),
        schema: user::schema(),
        extensions: [enterprise::schema(), license::schema(license)]
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
        schema: group::schema(),
        extensions: Vec::new(),
    }
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

fn schema(id: &str, name: &str, description: &str, attributes: Vec<Attribute>) -> Schema {
    Schema {
        id: id.to_owned(),
        name: name.to_owned(),
        description: description.to_owned(),
        attributes,
    }
}
