//! What the identity service has of a user, taken over here past its change log, for those who cannot wait for it.
//!
//! It is asked while the user's row is locked here. So its answer is no older than any change of the user that was
//! applied here, and whatever changes after the answer is applied after it.

use diesel_async::AsyncPgConnection;
use proto::protocol::v1::Actor;
use storage::postgres::Pool;
use uuid::Uuid;

use crate::{
    administrators::Administrators,
    error::Error,
    known_users, memberships,
    mutation::{self, Mutation},
    placement,
    users::Users,
};

/// Takes over what has become of a user: one that is gone leaves every group, an inactive one those that it
/// is in by default or by a mapping.
pub(crate) struct Refresh {
    pub account_id: i64,
    pub user: Uuid,
    pub actor: Actor,
    pub users: Users,
    pub administrators: Administrators,
}

impl Mutation for Refresh {
    type Output = ();

    async fn run(&self, connection: &mut AsyncPgConnection) -> Result<(), Error> {
        let (account_id, user) = (self.account_id, self.user);
        known_users::lock_new(connection, account_id, user).await?;
        let found = self.users.states(account_id, &[user]).await?;
        let Some(&(_, is_active)) = found.first() else {
            memberships::forget_user(connection, account_id, user, &self.actor).await?;
            return Ok(());
        };
        known_users::revive(connection, account_id, &found).await?;
        if is_active {
            return Ok(());
        }
        let administrators = &self.administrators;
        placement::deactivate(connection, account_id, user, &self.actor, administrators).await
    }
}

/// Takes a deleted user out of every group, and keeps it out; refuses one that the identity service has.
pub(crate) struct Forget {
    pub account_id: i64,
    pub user: Uuid,
    pub actor: Actor,
    pub users: Users,
}

impl Mutation for Forget {
    type Output = ();

    async fn run(&self, connection: &mut AsyncPgConnection) -> Result<(), Error> {
        let (account_id, user) = (self.account_id, self.user);
        let state = known_users::lock_new(connection, account_id, user).await?;
        if state.deleted {
            return Ok(());
        }
        if !self.users.states(account_id, &[user]).await?.is_empty() {
            return Err(Error::UserNotDeleted);
        }
        memberships::forget_user(connection, account_id, user, &self.actor).await?;
        Ok(())
    }
}

/// Makes those of the users whom the identity service has known again who count as deleted here. They were
/// made so by whoever called them deleted when they were not.
pub(crate) async fn revive(
    pool: &Pool,
    users: &Users,
    account_id: i64,
    ids: Vec<Uuid>,
) -> Result<(), Error> {
    let revive = Revive {
        account_id,
        ids,
        users: users.clone(),
    };
    mutation::commit(pool, &revive).await
}

struct Revive {
    account_id: i64,
    ids: Vec<Uuid>,
    users: Users,
}

impl Mutation for Revive {
    type Output = ();

    async fn run(&self, connection: &mut AsyncPgConnection) -> Result<(), Error> {
        let account_id = self.account_id;
        let deleted = known_users::lock_deleted(connection, account_id, &self.ids).await?;
        let living = self.users.states(account_id, &deleted).await?;
        known_users::revive(connection, account_id, &living).await?;
        Ok(())
    }
}
