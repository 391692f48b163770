//! What surrounds a write of members: licences before it, invitations and the answer after it.

use diesel_async::AsyncPgConnection;
use proto::group::v1::{self as pb, GroupView};
use storage::postgres;
use uuid::Uuid;

use super::{
    Service,
    answer::{self, Loaded},
};
use crate::{
    delta::Delta, edit::Edited, error::Error, members, references::References, rules::Writer,
};

/// A write that is committed.
#[derive(Debug)]
pub(super) struct Written {
    loaded: Loaded,
    /// The users that were no members before.
    joined: Vec<Uuid>,
}

impl Written {
    pub(super) async fn load(
        connection: &mut AsyncPgConnection,
        edited: Edited,
        view: GroupView,
    ) -> Result<Written, Error> {
        let account_id = edited.group.account_id;
        Ok(Written {
            loaded: answer::load(connection, account_id, vec![edited.group], view).await?,
            joined: edited.joined,
        })
    }
}

/// Members that a request would add to a group.
pub(super) struct Addition<'a> {
    pub account_id: i64,
    /// None: one that may not exist yet.
    pub group: Option<Uuid>,
    pub delta: &'a Delta,
    pub references: &'a References,
    pub writer: &'a Writer,
}

impl Service {
    /// Refuses a push that would make users members who have no licence in use, where the account gives
    /// licences only on redemption (rule 8); those who are members already are not asked about.
    pub(super) async fn require_licenses(&self, addition: &Addition<'_>) -> Result<(), Error> {
        let references = addition.references;
        // What names nobody is refused for that.
        if !addition.writer.licensed_only || references.missing.is_some() {
            return Ok(());
        }
        let added = addition.delta.added.iter().copied();
        let mut users: Vec<Uuid> = added.filter(|id| !references.groups.contains(id)).collect();
        if users.is_empty() {
            return Ok(());
        }
        if let Some(group) = addition.group {
            let mut connection = postgres::connect(&self.pool).await?;
            let present =
                members::present(&mut connection, addition.account_id, group, &users).await?;
            users.retain(|id| !present.contains_key(id));
        }
        self.licenses.require(addition.account_id, &users).await
    }

    /// Answers a write. What it made members over SCIM is invited again where the invitation has expired
    /// (rule 8); where licences are given on redemption, none of them has one that could be.
    pub(super) async fn finish(
        &self,
        account_id: i64,
        writer: &Writer,
        written: Written,
    ) -> Result<pb::Group, Error> {
        if writer.is_scim() && !writer.licensed_only && !written.joined.is_empty() {
            self.licenses
                .renew(account_id, &written.joined, &writer.actor)
                .await;
        }
        self.answer_write(written.loaded).await
    }
}
