//! What a client sets of a group beside its members.

use scim::{Map, resource::check, schema::ResourceType, search::search_form, text::fold};
use serde_json::Value;
use storage::changes;

use crate::error::Error;

/// The longest name and external id in bytes, so that an index can hold each.
const MAX_LENGTH: usize = 2_000;

/// The attributes of a group, checked and in the forms that are stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Attributes {
    pub display_name: String,
    /// The name as it is compared.
    pub display_name_key: String,
    pub external_id: Option<String>,
    /// Every other attribute but the members.
    pub resource: Map,
    /// The same in the form that filters compare.
    pub search: Map,
}

impl Attributes {
    /// From a canonical resource (as `scim::resource::read` gives it), whose members are left out.
    pub(crate) fn new(
        resource_type: &ResourceType,
        mut resource: Map,
    ) -> Result<Attributes, Error> {
        resource.shift_remove("members");
        check(resource_type, &resource)?;
        let display_name = text(&mut resource, "displayName")?
            .filter(|name| !name.trim().is_empty())
            .ok_or_else(|| Error::InvalidValue("displayName must not be empty".to_owned()))?;
        let display_name_key = fold(&display_name);
        if display_name_key.len() > MAX_LENGTH {
            return Err(too_long("displayName"));
        }
        Ok(Attributes {
            external_id: text(&mut resource, "externalId")?,
            search: search_form(resource_type, &resource),
            display_name,
            display_name_key,
            resource,
        })
    }

    /// The canonical resource.
    pub(crate) fn resource(&self) -> Map {
        let mut resource = Map::new();
        resource.insert("displayName".to_owned(), self.display_name.clone().into());
        if let Some(external_id) = &self.external_id {
            resource.insert("externalId".to_owned(), external_id.clone().into());
        }
        resource.extend(self.resource.clone());
        resource
    }

    /// These, and of the others what these do not set.
    pub(crate) fn over(mut self, others: Attributes) -> Attributes {
        let (mut resource, mut search) = (others.resource, others.search);
        resource.extend(self.resource);
        search.extend(self.search);
        self.external_id = self.external_id.or(others.external_id);
        Attributes {
            resource,
            search,
            ..self
        }
    }

    /// The values of names that have changed, for the change log.
    pub(crate) fn values_since(&self, before: &Attributes) -> Vec<changes::Value> {
        let mut values = Vec::new();
        if self.display_name != before.display_name {
            let (old, new) = (&before.display_name, &self.display_name);
            values.push(changes::Value::of("displayName", old, new));
        }
        if self.external_id != before.external_id {
            let (old, new) = (before.external_id.clone(), self.external_id.clone());
            values.push(changes::Value::new("externalId", old, new));
        }
        values
    }

    /// The names of the attributes that differ.
    pub(crate) fn changed(&self, before: &Attributes) -> Vec<String> {
        let (old, new) = (before.resource(), self.resource());
        let gone = old.keys().filter(|name| !new.contains_key(*name));
        let other = new
            .iter()
            .filter(|(name, value)| old.get(*name) != Some(value));
        other.map(|(name, _)| name).chain(gone).cloned().collect()
    }
}

/// Takes a text out of the resource; one that Postgres or an index could not hold is refused.
fn text(resource: &mut Map, name: &str) -> Result<Option<String>, Error> {
    match resource.shift_remove(name) {
        Some(Value::String(text)) if text.contains('\0') => Err(Error::InvalidValue(format!(
            "{name} must not contain a null character"
        ))),
        Some(Value::String(text)) if text.len() > MAX_LENGTH => Err(too_long(name)),
        Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
        Some(_) => Err(Error::InvalidValue(format!("{name} must be a string"))),
        None => Ok(None),
    }
}

fn too_long(name: &str) -> Error {
    Error::InvalidValue(format!("{name} is longer than {MAX_LENGTH} bytes"))
}
