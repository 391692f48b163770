//! The users and groups that a request would make members: whether they exist, and that they go on to.

use std::collections::HashSet;

use diesel_async::AsyncPgConnection;
use proto::group::v1::MemberType;
use storage::postgres::{self, Pool};
use uuid::Uuid;

use crate::{delta::Steps, error::Error, groups, known_users, memberships, standing, users::Users};

/// The ids a request would add, and what each is.
#[derive(Debug, Default, Clone)]
pub(crate) struct References {
    pub users: Vec<Uuid>,
    pub groups: HashSet<Uuid>,
    /// The first id that is neither.
    pub missing: Option<String>,
}

impl References {
    /// Finds out what the ids are, before the transaction, since it may ask the identity service; users that
    /// were not known here are so afterwards.
    pub(crate) async fn find(
        pool: &Pool,
        users: &Users,
        account_id: i64,
        steps: &Steps,
    ) -> Result<References, Error> {
        if steps.named.is_empty() {
            return Ok(References {
                missing: steps.malformed.clone(),
                ..References::default()
            });
        }
        let mut connection = postgres::connect(pool).await?;
        let found = known_users::find(&mut connection, account_id, &steps.named).await?;
        let deleted = found.iter().filter(|(_, deleted)| **deleted);
        let deleted: Vec<Uuid> = deleted.map(|(id, _)| *id).collect();
        let mut known: HashSet<Uuid> = found.into_keys().collect();
        if !deleted.is_empty() {
            // Not held while another service is asked.
            drop(connection);
            standing::revive(pool, users, account_id, deleted).await?;
            connection = postgres::connect(pool).await?;
        }
        let rest = without(&steps.named, &known);
        let mut groups = HashSet::new();
        if !rest.is_empty() {
            groups.extend(
                groups::names(&mut connection, account_id, &rest)
                    .await?
                    .into_keys(),
            );
            let unknown = without(&rest, &groups);
            if !unknown.is_empty() {
                drop(connection);
                let found = users.states(account_id, &unknown).await?;
                let mut connection = postgres::connect(pool).await?;
                known.extend(found.iter().map(|(id, _)| *id));
                known_users::insert(&mut connection, account_id, found).await?;
            }
        }
        let missing = steps
            .named
            .iter()
            .find(|id| !known.contains(id) && !groups.contains(id))
            .map(Uuid::to_string);
        Ok(References {
            users: steps
                .named
                .iter()
                .copied()
                .filter(|id| known.contains(id))
                .collect(),
            groups,
            missing: steps.malformed.clone().or(missing),
        })
    }

    /// Keeps the users and groups from being deleted until the transaction ends; to be called before a
    /// group is locked. Says which id is of none, now.
    pub(crate) async fn lock(
        &self,
        connection: &mut AsyncPgConnection,
        account_id: i64,
    ) -> Result<Option<String>, Error> {
        let mut missing = self.missing.clone();
        if !self.groups.is_empty() {
            memberships::lock_nesting(connection, account_id).await?;
            let groups: Vec<Uuid> = self.groups.iter().copied().collect();
            let names = groups::names(connection, account_id, &groups).await?;
            let gone = groups.iter().find(|id| !names.contains_key(id));
            missing = missing.or(gone.map(Uuid::to_string));
        }
        if !self.users.is_empty() {
            let live = known_users::lock_live(connection, account_id, &self.users).await?;
            let gone = self.users.iter().find(|id| !live.contains(id));
            missing = missing.or(gone.map(Uuid::to_string));
        }
        Ok(missing)
    }

    /// What an id is that was found.
    pub(crate) fn member_type(&self, id: Uuid) -> MemberType {
        if self.groups.contains(&id) {
            MemberType::Group
        } else {
            MemberType::User
        }
    }
}

/// Refuses a request that names a member which does not exist.
pub(crate) fn require_all(missing: Option<String>) -> Result<(), Error> {
    match missing {
        Some(id) => Err(Error::InvalidValue(format!(
            "members: this account has no user or group with the id {id:?}"
        ))),
        None => Ok(()),
    }
}

fn without(ids: &[Uuid], known: &HashSet<Uuid>) -> Vec<Uuid> {
    ids.iter()
        .copied()
        .filter(|id| !known.contains(id))
        .collect()
}
