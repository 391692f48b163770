//! Schemas as written (RFC 7643 §7).

use serde::{Deserialize, de::IgnoredAny};

use super::{Error, Schemas, attribute, fault, names};
use crate::{
    definitions,
    schema::{Attribute, Schema},
};

/// A schema; what `/Schemas` says besides may be there and is not looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    id: String,
    name: Option<String>,
    description: Option<String>,
    attributes: Vec<attribute::Entry>,
    #[serde(rename = "schemas")]
    _schemas: Option<IgnoredAny>,
    #[serde(rename = "meta")]
    _meta: Option<IgnoredAny>,
}

/// The schemas of the file, checked each by itself.
pub(super) fn read(entries: Vec<Entry>) -> Result<Schemas, Error> {
    let mut schemas = Schemas::new();
    for entry in entries {
        names::check_urn(&entry.id)?;
        let key = entry.id.to_ascii_lowercase();
        if schemas.contains_key(&key) {
            return fault(format!("the schema {} is there twice", entry.id));
        }
        let schema = entry.into_schema();
        check(&schema)?;
        schemas.insert(key, schema);
    }
    Ok(schemas)
}

/// A schema of this crate, which its tests check.
pub(crate) fn own(text: &str) -> Schema {
    let entry: Entry = serde_json::from_str(text).expect("a schema of this crate is well formed");
    entry.into_schema()
}

impl Entry {
    fn into_schema(self) -> Schema {
        let last = self.id.rsplit(':').next().unwrap_or_default().to_owned();
        Schema {
            name: self.name.unwrap_or(last),
            description: self.description.unwrap_or_default(),
            attributes: self.attributes.into_iter().map(Attribute::from).collect(),
            id: self.id,
        }
    }
}

fn check(schema: &Schema) -> Result<(), Error> {
    let (id, attributes) = (&schema.id, &schema.attributes);
    attribute::check_all(attributes).map_err(|Error(text)| Error(format!("{id}: {text}")))?;
    if attributes.is_empty() {
        return fault(format!("{id}: the schema has no attributes"));
    }
    let is_common = |name: &str| {
        let mut common = definitions::common().iter();
        common.any(|one| one.name.eq_ignore_ascii_case(name))
    };
    if let Some(one) = attributes.iter().find(|one| is_common(&one.name)) {
        return fault(format!(
            "{id}: every resource has {}, so the name is reserved",
            one.name
        ));
    }
    Ok(())
}
