//! Schemas and resource types of the operator's own (RFC 7643 §3.2, §3.3): extensions of `User` and `Group`,
//! and whole new types, told by a JSON text of the shapes that `/Schemas` and `/ResourceTypes` have
//! (RFC 7643 §6, §7; R-EXT-05).

use std::{collections::HashMap, str::FromStr};

use serde::{Deserialize, de::IgnoredAny};

use crate::{
    definitions::{self, LicenseExtension},
    schema::{Extension, ResourceType, Schema},
    unique,
};

mod attribute;
mod names;
mod schemas;
#[cfg(test)]
mod tests;

pub(crate) use schemas::own;

/// What is wrong with a configuration; for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Error(String);

/// The operator's own schemas and resource types. Every process builds its resource types through this, so that
/// all mean the same; the default adds nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    user: Vec<Extension>,
    group: Vec<Extension>,
    resource_types: Vec<ResourceType>,
}

impl Configuration {
    /// The resource type `User` with the configured extensions.
    ///
    /// # Errors
    /// One of them has the URN of the licence extension.
    pub fn user(&self, license: &LicenseExtension) -> Result<ResourceType, Error> {
        let mut user = definitions::user(license);
        if let Some(double) = self.user.iter().find(|one| is_in(&user, one)) {
            return fault(format!(
                "the extension {} of User is there already, for licences",
                double.schema.id
            ));
        }
        user.extensions.extend(self.user.iter().cloned());
        Ok(user)
    }

    /// The resource type `Group` with the configured extensions.
    #[must_use]
    pub fn group(&self) -> ResourceType {
        let mut group = definitions::group();
        group.extensions.extend(self.group.iter().cloned());
        group
    }

    /// The resource types besides `User` and `Group`.
    #[must_use]
    pub fn resource_types(&self) -> &[ResourceType] {
        &self.resource_types
    }
}

impl FromStr for Configuration {
    type Err = Error;

    /// Reads `{"schemas": […], "resourceTypes": […]}`. A resource type named `User` or `Group` adds its
    /// `schemaExtensions` to that; any other is a new one. A characteristic that an attribute does not state has
    /// the default of RFC 7643 §2.2, except that binary values and references are case-exact.
    ///
    /// # Errors
    /// The text is not JSON or has unknown members; a name, URN or endpoint is malformed, taken or reserved; the
    /// characteristics of an attribute contradict each other; a schema is not defined.
    fn from_str(text: &str) -> Result<Configuration, Error> {
        let file: File = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .or_else(|error| fault(error.to_string()))?;
        let schemas = schemas::read(file.schemas)?;
        let mut configuration = Configuration::default();
        names::check_types(file.resource_types.iter().map(|entry| &entry.name))?;
        for entry in file.resource_types {
            let extensions = extensions(&entry, &schemas)?;
            match entry.name.as_str() {
                "User" => {
                    entry.agrees_with(&definitions::user(&LicenseExtension::default()))?;
                    configuration.user = extensions;
                }
                "Group" => {
                    entry.agrees_with(&definitions::group())?;
                    check_group(&extensions)?;
                    configuration.group = extensions;
                }
                _ => {
                    let own = entry.into_type(&schemas, extensions)?;
                    configuration.resource_types.push(own);
                }
            }
        }
        names::check_endpoints(&configuration.resource_types)?;
        Ok(configuration)
    }
}

/// The file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct File {
    #[serde(default)]
    schemas: Vec<schemas::Entry>,
    #[serde(default)]
    resource_types: Vec<TypeEntry>,
}

/// A resource type as written (RFC 7643 §6). What `/ResourceTypes` says besides may be there and is not looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct TypeEntry {
    name: String,
    description: Option<String>,
    endpoint: Option<String>,
    schema: Option<String>,
    #[serde(default)]
    schema_extensions: Vec<ExtensionEntry>,
    #[serde(rename = "id")]
    _id: Option<IgnoredAny>,
    #[serde(rename = "schemas")]
    _schemas: Option<IgnoredAny>,
    #[serde(rename = "meta")]
    _meta: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExtensionEntry {
    schema: String,
    #[serde(default)]
    required: bool,
}

/// The schemas of the file, by their URN in lower case.
type Schemas = HashMap<String, Schema>;

impl TypeEntry {
    /// An entry that only adds extensions need not repeat what the type is, but must not say otherwise.
    fn agrees_with(&self, known: &ResourceType) -> Result<(), Error> {
        let differs = |stated: &Option<String>, known: &str| {
            stated
                .as_ref()
                .is_some_and(|stated| !stated.eq_ignore_ascii_case(known))
        };
        if differs(&self.endpoint, &known.endpoint) || differs(&self.schema, &known.schema.id) {
            return fault(format!(
                "the endpoint and the schema of {} cannot be changed",
                known.name
            ));
        }
        Ok(())
    }

    fn into_type(
        self,
        schemas: &Schemas,
        extensions: Vec<Extension>,
    ) -> Result<ResourceType, Error> {
        let name = self.name;
        let Some(endpoint) = self.endpoint else {
            return fault(format!("the resource type {name} has no endpoint"));
        };
        let Some(urn) = self.schema else {
            return fault(format!("the resource type {name} has no schema"));
        };
        let schema = find(schemas, &urn, &name)?;
        if extensions.iter().any(|one| one.schema.id == schema.id) {
            return fault(format!("{name} has the schema {urn} twice"));
        }
        Ok(ResourceType {
            description: self
                .description
                .unwrap_or_else(|| schema.description.clone()),
            name,
            endpoint,
            schema,
            extensions,
        })
    }
}

fn extensions(entry: &TypeEntry, schemas: &Schemas) -> Result<Vec<Extension>, Error> {
    let mut extensions: Vec<Extension> = Vec::new();
    for ExtensionEntry { schema, required } in &entry.schema_extensions {
        let schema = find(schemas, schema, &entry.name)?;
        if extensions.iter().any(|one| one.schema.id == schema.id) {
            return fault(format!("{} has the schema {} twice", entry.name, schema.id));
        }
        let required = *required;
        extensions.push(Extension { schema, required });
    }
    Ok(extensions)
}

fn find(schemas: &Schemas, urn: &str, resource_type: &str) -> Result<Schema, Error> {
    match schemas.get(&urn.to_ascii_lowercase()) {
        Some(schema) => Ok(schema.clone()),
        None => fault(format!(
            "{resource_type} has the schema {urn}, which the file does not define"
        )),
    }
}

/// The group service keeps no values apart that must be unique.
fn check_group(extensions: &[Extension]) -> Result<(), Error> {
    for extension in extensions {
        if let Some(path) = unique::any_path(&extension.schema) {
            return fault(format!(
                "{}:{path}: an extension of Group cannot have unique attributes",
                extension.schema.id
            ));
        }
    }
    Ok(())
}

fn is_in(resource_type: &ResourceType, extension: &Extension) -> bool {
    resource_type.extension(&extension.schema.id).is_some()
}

fn fault<T>(text: impl Into<String>) -> Result<T, Error> {
    Err(Error(text.into()))
}
