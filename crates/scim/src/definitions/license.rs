//! The extension that holds a user's licence.

use crate::schema::{Attribute, Schema, Type};

/// The extension that holds a user's licence; its URN and types are configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LicenseExtension {
    /// The URN of the schema.
    pub urn: String,
    /// The licence types there are.
    pub types: Vec<String>,
}

impl Default for LicenseExtension {
    fn default() -> Self {
        LicenseExtension {
            urn: "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User".to_owned(),
            types: ["developer", "read_only", "analyst", "it"]
                .map(str::to_owned)
                .into(),
        }
    }
}

pub(super) fn schema(license: &LicenseExtension) -> Schema {
    let types: Vec<&str> = license.types.iter().map(String::as_str).collect();
    let license_type = Attribute::new(
        "licenseType",
        Type::String,
        "The type of licence that the user holds; where none is given, the account's default.",
    )
    .case_exact()
    .canonical(&types);
    Schema {
        id: license.urn.clone(),
        name: "License".to_owned(),
        description: "The licence of a user.".to_owned(),
        attributes: vec![license_type],
    }
}
