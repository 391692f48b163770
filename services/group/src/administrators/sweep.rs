//! Sets the marks of administrators right where nothing else does: a process that died between telling and
//! its commit told what did not come about, and nobody changes anything by which it would be noticed.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, QueryableByName,
    sql_types::Timestamptz,
};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use storage::postgres::{self, Pool, statement};

use super::{flags, who};
use crate::{
    error::Error,
    licenses::{BATCH, Licenses, Marks},
    permission_sets::PermissionSets,
    rules,
    schema::administrator_locks,
};

/// How often all accounts are gone through; those that another process has seen meanwhile are left out.
const INTERVAL: Duration = Duration::from_secs(3600);

/// How many waiting accounts are looked at for one that no other process is at.
const CANDIDATES: i64 = 64;

/// How long a pass that failed waits for its continuation.
const PAUSE: Duration = Duration::from_secs(30);

/// Goes through the accounts with administrators, now and every hour, for ever; first of all the groups that
/// make them are flagged as the file of the permission sets has it now.
pub(crate) async fn sweep(pool: Pool, licenses: Licenses, sets: PermissionSets) {
    let mut seen_before = None;
    loop {
        let swept = async {
            if seen_before.is_none() {
                flags::set_right(&pool, &sets).await?;
            }
            pass(&pool, &licenses, seen_before).await
        };
        let pause = match swept.await {
            Ok(()) => {
                seen_before = Some(INTERVAL / 2);
                INTERVAL
            }
            Err(error) => {
                tracing::warn!(%error, "marks of administrators are not compared for now");
                PAUSE
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// Sees to each account that nobody has since so long before now; none: since now.
async fn pass(pool: &Pool, licenses: &Licenses, age: Option<Duration>) -> Result<(), Error> {
    let mut connection = postgres::connect(pool).await?;
    let until = now(&mut connection).await? - age.unwrap_or_default();
    drop(connection);
    loop {
        let mut connection = postgres::connect(pool).await?;
        let any = connection
            .transaction(async |connection| {
                let Some(account_id) = claim(connection, until).await? else {
                    return Ok(false);
                };
                set_right(connection, licenses, account_id).await?;
                Ok::<_, Error>(true)
            })
            .await?;
        if !any {
            return Ok(());
        }
    }
}

/// The row that is claimed is the lock of the account's administrators.
async fn set_right(
    connection: &mut AsyncPgConnection,
    licenses: &Licenses,
    account_id: i64,
) -> Result<(), Error> {
    let all = who::all(connection, account_id).await?;
    let actor = rules::own_actor();
    let marks = Marks {
        add: &all,
        remove: &[],
        guarded: false,
        // More than one call takes cannot be all in one.
        exactly: all.len() <= BATCH,
        actor: &actor,
    };
    licenses.update_administrators(account_id, marks).await
}

/// The account that has waited longest, until the transaction ends; those under way are left to others. Only
/// the row of a known account is locked: a distributed PostgreSQL locks no rows across accounts.
async fn claim(
    connection: &mut AsyncPgConnection,
    until: DateTime<Utc>,
) -> QueryResult<Option<i64>> {
    let waiting: Vec<i64> = administrator_locks::table
        .filter(administrator_locks::checked_at.lt(until))
        .order_by(administrator_locks::checked_at)
        .select(administrator_locks::account_id)
        .limit(CANDIDATES)
        .load(connection)
        .await?;
    for account_id in waiting {
        let is_mine = administrator_locks::table
            .find(account_id)
            .filter(administrator_locks::checked_at.lt(until))
            .select(administrator_locks::account_id)
            .for_update()
            .skip_locked()
            .first::<i64>(connection)
            .await
            .optional()?
            .is_some();
        if is_mine {
            diesel::update(administrator_locks::table.find(account_id))
                .set(administrator_locks::checked_at.eq(diesel::dsl::now))
                .execute(connection)
                .await?;
            return Ok(Some(account_id));
        }
    }
    Ok(None)
}

async fn now(connection: &mut AsyncPgConnection) -> QueryResult<DateTime<Utc>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Timestamptz)]
        now: DateTime<Utc>,
    }
    let row: Row = statement("select now() as now")
        .get_result(connection)
        .await?;
    Ok(row.now)
}
