//! Sets the marks of administrators right where nothing else does: a process that died between telling and
//! its commit told what did not come about, and nobody changes anything by which it would be noticed.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::{
    OptionalExtension, QueryResult, QueryableByName,
    sql_types::{BigInt, Timestamptz},
};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use storage::postgres::{self, Pool};

use super::who;
use crate::{
    error::Error,
    licenses::{BATCH, Licenses, Marks},
};

/// How often all accounts are gone through; those that another process has seen meanwhile are left out.
const INTERVAL: Duration = Duration::from_secs(3600);

/// How long a pass that failed waits for its continuation.
const PAUSE: Duration = Duration::from_secs(30);

/// Goes through the accounts with administrators, now and every hour, for ever.
pub(crate) async fn sweep(pool: Pool, licenses: Licenses) {
    let mut seen_before = None;
    loop {
        let pause = match pass(&pool, &licenses, seen_before).await {
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
    let marks = Marks {
        add: &all,
        remove: &[],
        guarded: false,
        // More than one call takes cannot be all in one.
        exactly: all.len() <= BATCH,
    };
    licenses.update_administrators(account_id, marks).await
}

/// The account that has waited longest, until the transaction ends; those under way are left to others.
async fn claim(
    connection: &mut AsyncPgConnection,
    until: DateTime<Utc>,
) -> QueryResult<Option<i64>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        account_id: i64,
    }
    let row: Option<Row> = diesel::sql_query(
        "update administrator_locks set checked_at = now() where account_id = (
             select account_id from administrator_locks where checked_at < $1
             order by checked_at limit 1 for update skip locked
         ) returning account_id",
    )
    .bind::<Timestamptz, _>(until)
    .get_result(connection)
    .await
    .optional()?;
    Ok(row.map(|row| row.account_id))
}

async fn now(connection: &mut AsyncPgConnection) -> QueryResult<DateTime<Utc>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Timestamptz)]
        now: DateTime<Utc>,
    }
    let row: Row = diesel::sql_query("select now() as now")
        .get_result(connection)
        .await?;
    Ok(row.now)
}
