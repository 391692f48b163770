//! Where the tables of this service keep what of a resource.

mod emails;

use directory::{Columns, Condition, Place};
use scim::{
    definitions::ENTERPRISE_URN,
    error::Error,
    filter::{Field, Predicate},
    schema::ResourceType,
};

use crate::managers;

/// The table `users`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Users<'a> {
    pub(crate) user_type: &'a ResourceType,
    /// The URN of the licence extension, which everybody has.
    pub(crate) license_urn: &'a str,
}

/// The rows of one type in `resources`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resources<'a>(pub(crate) &'a ResourceType);

impl Columns for Users<'_> {
    fn table(&self) -> &'static str {
        "users"
    }

    fn id(&self) -> &'static str {
        "users.id"
    }

    fn search(&self) -> &'static str {
        "users.search"
    }

    fn scope(&self, sql: &mut Condition, account_id: i64) {
        sql.raw("users.account_id = ").bind_number(account_id);
    }

    fn resource_type(&self) -> &ResourceType {
        self.user_type
    }

    fn always_has(&self, urn: &str) -> bool {
        urn == self.license_urn || urn == self.user_type.schema.id
    }

    fn place(&self, field: &Field) -> Place {
        let sub = field.sub.as_deref();
        if let Some(urn) = &field.extension {
            return match (urn.as_str(), field.name.as_str(), sub) {
                (urn, "licenseType", _) if urn == self.license_urn => {
                    Place::Text("users.license_type")
                }
                (ENTERPRISE_URN, "manager", Some("displayName")) => Place::Text(managers::NAME),
                _ => Place::Search,
            };
        }
        match (field.name.as_str(), sub) {
            ("schemas", _) => Place::Schemas,
            // The group service keeps them.
            ("groups", _) => Place::Elsewhere,
            ("id", _) => Place::Id("users.id"),
            ("externalId", _) => Place::Text("users.external_id"),
            ("userName", _) => Place::IndexedText("users.user_name_key"),
            ("active", _) => Place::Boolean("users.active"),
            ("displayName", _) => Place::IndexedText("users.display_name_key"),
            ("name", Some("familyName")) => Place::Text("users.family_name_key"),
            ("emails", Some("value")) => Place::Own,
            ("meta", Some("created")) => Place::Instant("users.created_at"),
            ("meta", Some("lastModified")) => Place::Instant("users.updated_at"),
            ("meta", Some("version")) => Place::Version("users.version"),
            ("meta", Some("location")) => Place::Location,
            ("meta", _) => Place::ResourceType,
            _ => Place::Search,
        }
    }

    fn compile(&self, sql: &mut Condition, predicate: &Predicate) -> Result<(), Error> {
        let name = match predicate {
            Predicate::Present(field)
            | Predicate::Test { field, .. }
            | Predicate::Element { field, .. } => field.name.as_str(),
            _ => "",
        };
        if name == "groups" {
            return Err(Error::invalid_filter(
                "groups is read-only and cannot be filtered on users; filter groups by members.value instead",
            ));
        }
        emails::compile(sql, self, predicate)
    }
}

impl Columns for Resources<'_> {
    fn table(&self) -> &'static str {
        "resources"
    }

    fn id(&self) -> &'static str {
        "resources.id"
    }

    fn search(&self) -> &'static str {
        "resources.search"
    }

    fn scope(&self, sql: &mut Condition, account_id: i64) {
        sql.raw("resources.account_id = ").bind_number(account_id);
        sql.raw(" AND resources.resource_type = ");
        sql.bind_text(self.0.name.as_str());
    }

    fn resource_type(&self) -> &ResourceType {
        self.0
    }

    fn place(&self, field: &Field) -> Place {
        if field.extension.is_some() {
            return Place::Search;
        }
        match (field.name.as_str(), field.sub.as_deref()) {
            ("schemas", _) => Place::Schemas,
            ("id", _) => Place::Id("resources.id"),
            ("externalId", _) => Place::Text("resources.external_id"),
            ("meta", Some("created")) => Place::Instant("resources.created_at"),
            ("meta", Some("lastModified")) => Place::Instant("resources.updated_at"),
            ("meta", Some("version")) => Place::Version("resources.version"),
            ("meta", Some("location")) => Place::Location,
            ("meta", _) => Place::ResourceType,
            _ => Place::Search,
        }
    }

    fn compile(&self, _: &mut Condition, _: &Predicate) -> Result<(), Error> {
        Err(Error::invalid_filter(
            "such an attribute cannot be filtered by",
        ))
    }
}
