//! Who may change what.

use proto::protocol::v1::{Actor, actor::Kind};

use crate::{error::Error, groups::Group};

/// Whoever makes a change, and what the account allows such a one.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    pub actor: Actor,
    /// Whether the account closes what SCIM manages to this writer.
    pub refused: bool,
}

impl Writer {
    /// A SCIM write links what it touches (rule 4).
    pub(crate) fn is_scim(&self) -> bool {
        self.actor.kind() == Kind::ScimToken
    }

    /// What is noted with members this writer adds.
    pub(crate) fn source(&self) -> &'static str {
        if self.is_scim() { "scim" } else { "manual" }
    }

    /// Refuses changes of the name and the members of a managed group by hand (rule 11).
    pub(crate) fn may_change(&self, group: &Group, changed: &[String]) -> Result<(), Error> {
        let guarded = changed
            .iter()
            .any(|name| name == "displayName" || name == "members");
        if guarded {
            self.may_delete(group)
        } else {
            Ok(())
        }
    }

    /// Refuses the deletion of a managed group by hand (rule 11).
    pub(crate) fn may_delete(&self, group: &Group) -> Result<(), Error> {
        if self.refused && group.scim_managed {
            Err(Error::ManagedByScim)
        } else {
            Ok(())
        }
    }
}
