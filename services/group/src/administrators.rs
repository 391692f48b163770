//! Who administers an account: the users that are in a group with the permission set `account_admin`,
//! themselves or by a group that is. The identity service marks them, since it knows who is active and can
//! refuse what would leave an account without one (rule 13).

mod flags;
mod sweep;
mod who;

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use diesel::{ExpressionMethods, QueryResult, upsert::excluded};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use proto::protocol::v1::{Actor, ErrorReason};
use storage::postgres::{self, Pool, prepared};
use uuid::Uuid;

use crate::{
    error::Error,
    licenses::{Licenses, Marks},
    schema::administrator_locks,
};

pub(crate) use self::{
    sweep::sweep,
    who::{below, matter, pushable},
};

/// How often a repair is tried, and the pause before the first try; it doubles.
const REPAIRS: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// What one mutation tells the identity service of administrators. It is told before the commit, since it
/// may refuse; where no commit follows, the marks are set right again afterwards,
/// and whatever that misses by [`sweep`].
pub(crate) struct Administrators {
    pool: Pool,
    licenses: Licenses,
    account_id: i64,
    guarded: bool,
    actor: Actor,
    told: Mutex<HashSet<Uuid>>,
}

impl Administrators {
    /// For a mutation of the account by somebody; a guarded one must not take the last administrator away.
    pub(crate) fn new(
        pool: Pool,
        licenses: Licenses,
        account_id: i64,
        guarded: bool,
        actor: Actor,
    ) -> Administrators {
        Administrators {
            pool,
            licenses,
            account_id,
            guarded,
            actor,
            told: Mutex::default(),
        }
    }

    /// Tells of each of the users whether it administers the account now. To be called last in the
    /// transaction: the lock taken here comes after all others, and nothing may collide once it is told.
    pub(crate) async fn refresh(
        &self,
        connection: &mut AsyncPgConnection,
        users: impl IntoIterator<Item = Uuid>,
    ) -> Result<(), Error> {
        let users: Vec<Uuid> = users.into_iter().collect();
        if users.is_empty() {
            return Ok(());
        }
        lock(connection, self.account_id).await?;
        let marked = who::among(connection, self.account_id, &users).await?;
        self.told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(&users);
        let (marked, unmarked): (Vec<Uuid>, Vec<Uuid>) =
            users.into_iter().partition(|user| marked.contains(user));
        match self.tell(&marked, &unmarked).await {
            Err(Error::Peer(status))
                if proto::error::reason(&status) == Some(ErrorReason::LastAdmin) =>
            {
                // A mark may be missing, where a process died between two commits.
                let all = who::all(connection, self.account_id).await?;
                if all.is_empty() {
                    return Err(Error::Peer(status));
                }
                self.tell(&all, &unmarked).await
            }
            result => result,
        }
    }

    /// To be called after the commit.
    pub(crate) fn settle(&self) {
        self.told
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    async fn tell(&self, marked: &[Uuid], unmarked: &[Uuid]) -> Result<(), Error> {
        let marks = Marks {
            add: marked,
            remove: unmarked,
            guarded: self.guarded,
            exactly: false,
            actor: &self.actor,
        };
        let licenses = &self.licenses;
        licenses.update_administrators(self.account_id, marks).await
    }
}

impl Drop for Administrators {
    fn drop(&mut self) {
        let told = std::mem::take(self.told.get_mut().unwrap_or_else(PoisonError::into_inner));
        let runtime = tokio::runtime::Handle::try_current();
        if let (false, Ok(runtime)) = (told.is_empty(), runtime) {
            let again = Administrators::new(
                self.pool.clone(),
                self.licenses.clone(),
                self.account_id,
                false,
                std::mem::take(&mut self.actor),
            );
            runtime.spawn(repair(again, told));
        }
    }
}

/// Tells once more of users of whom was told what then did not come about.
async fn repair(administrators: Administrators, users: HashSet<Uuid>) {
    let mut pause = FIRST_PAUSE;
    for _ in 0..REPAIRS {
        tokio::time::sleep(pause).await;
        pause *= 2;
        match refresh_alone(&administrators, &users).await {
            Ok(()) => return administrators.settle(),
            Err(error) => tracing::warn!(%error, "could not set marks of administrators right yet"),
        }
    }
    tracing::error!(
        account.id = administrators.account_id,
        "gave up setting marks of administrators right"
    );
    administrators.settle();
}

async fn refresh_alone(
    administrators: &Administrators,
    users: &HashSet<Uuid>,
) -> Result<(), Error> {
    let mut connection = postgres::connect(&administrators.pool).await?;
    connection
        .transaction(async |connection| {
            administrators
                .refresh(connection, users.iter().copied())
                .await
        })
        .await
}

/// Keeps everybody else from changing who administers the account, until the transaction ends.
async fn lock(connection: &mut AsyncPgConnection, account_id: i64) -> QueryResult<()> {
    let lock = diesel::insert_into(administrator_locks::table)
        .values(administrator_locks::account_id.eq(account_id))
        .on_conflict(administrator_locks::account_id)
        .do_update()
        .set(administrator_locks::account_id.eq(excluded(administrator_locks::account_id)));
    prepared(lock).execute(connection).await?;
    Ok(())
}
