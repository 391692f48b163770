//! Who may change what.

use proto::protocol::v1::{Actor, actor::Kind};

use crate::{error::Error, groups::Group, members::Source, settings::Account};

/// This service, where nobody else is known to have made a change.
pub(crate) fn own_actor() -> Actor {
    Actor {
        kind: Kind::Service.into(),
        id: "group".to_owned(),
        name: "group".to_owned(),
        ..Actor::default()
    }
}

/// Whoever makes a change, and what the account allows such a one.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    pub actor: Actor,
    /// Whether the account closes what SCIM manages to this writer.
    pub refused: bool,
    /// Whether this writer may make only those users members who have a licence in use (rule 8).
    pub licensed_only: bool,
    /// Whether the account closes hand-made groups with permission sets to this writer (rule 9).
    pub kept_out: bool,
}

impl Writer {
    /// Whoever makes a change, where the account says nothing of it.
    pub(crate) fn new(actor: Actor) -> Writer {
        Writer {
            actor,
            refused: false,
            licensed_only: false,
            kept_out: false,
        }
    }

    /// With what the account says.
    pub(crate) fn of_account(actor: Actor, account: &Account) -> Writer {
        let writer = Writer::new(actor);
        Writer {
            refused: !writer.is_scim() && account.manual_updates_refused,
            licensed_only: writer.is_scim() && account.license_on_redemption,
            kept_out: writer.is_scim() && account.protect_permission_groups,
            ..writer
        }
    }

    /// A SCIM write links what it touches (rule 4).
    pub(crate) fn is_scim(&self) -> bool {
        self.actor.kind() == Kind::ScimToken
    }

    /// What is noted with members this writer adds.
    pub(crate) fn source(&self) -> Source {
        if self.is_scim() {
            Source::Scim
        } else {
            Source::Manual
        }
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
