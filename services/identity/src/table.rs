//! The tables that filters and orders are written for, and where each keeps what of a resource.

use scim::{definitions::ENTERPRISE_URN, filter::Field, schema::ResourceType};

use crate::managers;

/// A table of resources.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Table<'a> {
    pub(crate) resource_type: &'a ResourceType,
    kind: Kind<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Kind<'a> {
    Users { license_urn: &'a str },
    Resources,
}

/// Where a field is kept, as SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Id(&'static str),
    Text(&'static str),
    Boolean(&'static str),
    Instant(&'static str),
    /// The addresses of users.
    Emails,
    /// The groups of users, which are not kept here.
    Groups,
    /// The URN of the type and those of the extensions a resource has.
    Schemas,
    /// The same in all rows.
    ResourceType,
    /// Made of the id by whoever knows the base URL.
    Location,
    /// In `search` alone.
    Search,
}

impl<'a> Table<'a> {
    /// `users`; the licence extension has this URN.
    pub(crate) fn users(user_type: &'a ResourceType, license_urn: &'a str) -> Table<'a> {
        Table {
            resource_type: user_type,
            kind: Kind::Users { license_urn },
        }
    }

    /// The rows of one type in `resources`.
    pub(crate) fn resources(resource_type: &'a ResourceType) -> Table<'a> {
        Table {
            resource_type,
            kind: Kind::Resources,
        }
    }

    /// The column of the id.
    pub(crate) fn id(self) -> &'static str {
        match self.kind {
            Kind::Users { .. } => "users.id",
            Kind::Resources => "resources.id",
        }
    }

    /// The column of the resource in the form of comparison.
    pub(crate) fn search(self) -> &'static str {
        match self.kind {
            Kind::Users { .. } => "users.search",
            Kind::Resources => "resources.search",
        }
    }

    /// Whether every row has a schema: that of the type, and users the licence.
    pub(crate) fn always_has(self, urn: &str) -> bool {
        let of_license = matches!(self.kind, Kind::Users { license_urn } if license_urn == urn);
        of_license || self.resource_type.schema.id == urn
    }

    pub(crate) fn place(self, field: &Field) -> Place {
        match self.kind {
            Kind::Users { license_urn } => in_users(field, license_urn),
            Kind::Resources => in_resources(field),
        }
    }
}

fn in_users(field: &Field, license_urn: &str) -> Place {
    if let Some(urn) = &field.extension {
        if urn == license_urn && field.name == "licenseType" {
            return Place::Text("users.license_type");
        }
        let sub = field.sub.as_deref();
        if (urn.as_str(), field.name.as_str(), sub)
            == (ENTERPRISE_URN, "manager", Some("displayName"))
        {
            return Place::Text(managers::NAME);
        }
        return Place::Search;
    }
    match (field.name.as_str(), field.sub.as_deref()) {
        ("schemas", _) => Place::Schemas,
        ("groups", _) => Place::Groups,
        ("id", _) => Place::Id("users.id"),
        ("externalId", _) => Place::Text("users.external_id"),
        ("userName", _) => Place::Text("users.user_name_key"),
        ("active", _) => Place::Boolean("users.active"),
        ("displayName", _) => Place::Text("users.display_name_key"),
        ("name", Some("familyName")) => Place::Text("users.family_name_key"),
        ("emails", Some("value")) => Place::Emails,
        ("meta", Some("created")) => Place::Instant("users.created_at"),
        ("meta", Some("lastModified")) => Place::Instant("users.updated_at"),
        ("meta", Some("version")) => {
            Place::Text("(('W/\"' || users.version || '\"') COLLATE \"C\")")
        }
        ("meta", Some("location")) => Place::Location,
        ("meta", _) => Place::ResourceType,
        _ => Place::Search,
    }
}

fn in_resources(field: &Field) -> Place {
    if field.extension.is_some() {
        return Place::Search;
    }
    match (field.name.as_str(), field.sub.as_deref()) {
        ("schemas", _) => Place::Schemas,
        ("id", _) => Place::Id("resources.id"),
        ("externalId", _) => Place::Text("resources.external_id"),
        ("meta", Some("created")) => Place::Instant("resources.created_at"),
        ("meta", Some("lastModified")) => Place::Instant("resources.updated_at"),
        ("meta", Some("version")) => {
            Place::Text("(('W/\"' || resources.version || '\"') COLLATE \"C\")")
        }
        ("meta", Some("location")) => Place::Location,
        ("meta", _) => Place::ResourceType,
        _ => Place::Search,
    }
}
