//! The permission sets there are, and which of them make administrators: data of a file, the operator's or the
//! one that is compiled in.

use std::{str::FromStr, sync::Arc};

use proto::group::v1 as pb;
use serde::Deserialize;

#[cfg(test)]
mod tests;

/// The file that ships: dbt's permission sets.
const STANDARD: &str = include_str!("../permission_sets.json");

/// The longest name, in bytes.
const MAX_NAME: usize = 100;

/// What is wrong with a file; for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Error(String);

/// The permission sets that a group may be given; cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionSets(Arc<[PermissionSet]>);

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct PermissionSet {
    name: String,
    /// Whether whoever has it administers the account.
    #[serde(default)]
    administers: bool,
}

/// The file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct File {
    /// Whether it adds to the standard file, rather than taking its place.
    #[serde(default)]
    extends_standard: bool,
    permission_sets: Vec<PermissionSet>,
}

impl PermissionSets {
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|set| set.name == name)
    }

    pub(crate) fn administers(&self, name: &str) -> bool {
        self.0.iter().any(|set| set.name == name && set.administers)
    }

    /// The names of those that make administrators.
    pub(crate) fn administering(&self) -> Vec<String> {
        let administering = self.0.iter().filter(|set| set.administers);
        administering.map(|set| set.name.clone()).collect()
    }

    pub(crate) fn to_pb(&self) -> Vec<pb::PermissionSet> {
        let sets = self.0.iter().map(|set| pb::PermissionSet {
            name: set.name.clone(),
            administers: set.administers,
        });
        sets.collect()
    }
}

impl Default for PermissionSets {
    fn default() -> PermissionSets {
        STANDARD.parse().expect("a test reads the file that ships")
    }
}

impl FromStr for PermissionSets {
    type Err = Error;

    /// Reads `{"permissionSets": [{"name": "…", "administers": true}, …]}`. With `"extendsStandard": true` they
    /// are added to those of the file that ships; one of the same name takes the place of that.
    ///
    /// # Errors
    /// The text is not JSON or has unknown members; a name is empty, too long or there twice.
    fn from_str(text: &str) -> Result<PermissionSets, Error> {
        let file: File = serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .map_err(|error| Error(error.to_string()))?;
        let mut sets: Vec<PermissionSet> = Vec::new();
        for set in file.permission_sets {
            let is_name = (1..=MAX_NAME).contains(&set.name.len())
                && !set
                    .name
                    .contains(|c: char| c.is_control() || c.is_whitespace());
            if !is_name {
                return Err(Error(format!(
                    "the name of a permission set has 1 to {MAX_NAME} bytes and no white space, unlike {:?}",
                    set.name
                )));
            }
            if sets.iter().any(|other| other.name == set.name) {
                return Err(Error(format!("{:?} is there twice", set.name)));
            }
            sets.push(set);
        }
        if file.extends_standard {
            let standard = PermissionSets::default().0;
            let others = standard
                .iter()
                .filter(|one| sets.iter().all(|set| set.name != one.name));
            let others: Vec<PermissionSet> = others.cloned().collect();
            sets.splice(0..0, others);
        }
        Ok(PermissionSets(sets.into()))
    }
}
