//! How the webhook deliveries of an account are getting on. Each query reads few rows, however many wait.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    dsl::now,
    prelude::*,
    sql_types::{Int8, Text, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use proto::{
    protocol::v1::{Change, DeliveryStatus},
    time::timestamp,
};
use storage::{changes, postgres::statement};
use uuid::Uuid;

use crate::{
    queue::{WEBHOOK, interval},
    schema::{deliveries, delivery_outcomes},
};

/// How many are counted at most; one more says that there are more.
const COUNTED: i64 = 10_000;

/// How old a note of a success must be for a new one: many may arrive at once.
const NOTED: Duration = Duration::from_secs(1);

const PENDING: &str = "
    SELECT count(*) AS count FROM (
        SELECT 1 FROM deliveries WHERE account_id = $1 AND channel = $2 AND dead_at IS NULL LIMIT $3
    ) AS counted";

const DEAD: &str = "
    SELECT count(*) AS count FROM (
        SELECT 1 FROM deliveries WHERE account_id = $1 AND channel = $2 AND dead_at IS NOT NULL LIMIT $3
    ) AS counted";

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = Int8)]
    count: i64,
}

#[derive(QueryableByName)]
struct Due {
    #[diesel(sql_type = Timestamptz)]
    next_attempt_at: DateTime<Utc>,
}

/// Of one account.
pub(crate) async fn of_account(
    connection: &mut AsyncPgConnection,
    account_id: i64,
) -> QueryResult<DeliveryStatus> {
    type Row = (Option<DateTime<Utc>>, Option<DateTime<Utc>>, String);
    let outcome: Option<Row> = delivery_outcomes::table
        .find(account_id)
        .select((
            delivery_outcomes::succeeded_at,
            delivery_outcomes::failed_at,
            delivery_outcomes::last_error,
        ))
        .first(connection)
        .await
        .optional()?;
    let oldest = oldest(connection, account_id).await?;
    let (succeeded_at, failed_at, last_error) = outcome.unwrap_or_default();
    let next_attempt = next_attempt(connection, account_id).await?;
    Ok(DeliveryStatus {
        pending_count: count(connection, account_id, PENDING).await?,
        oldest_pending_time: oldest.and_then(|change| change.create_time),
        next_attempt_time: next_attempt.map(timestamp),
        last_failure_time: failed_at.map(timestamp),
        last_error,
        last_success_time: succeeded_at.map(timestamp),
        dead_count: count(connection, account_id, DEAD).await?,
    })
}

/// When the first of those is due that have failed and wait. The conditions of its index stand in the statement
/// itself: what is bound is not known when it is planned.
async fn next_attempt(
    connection: &mut AsyncPgConnection,
    account_id: i64,
) -> QueryResult<Option<DateTime<Utc>>> {
    let found: Option<Due> = statement(
        "SELECT next_attempt_at FROM deliveries
         WHERE account_id = $1 AND channel = $2 AND dead_at IS NULL AND last_error <> ''
         ORDER BY next_attempt_at LIMIT 1",
    )
    .bind::<Int8, _>(account_id)
    .bind::<Text, _>(WEBHOOK)
    .get_result(connection)
    .await
    .optional()?;
    Ok(found.map(|due| due.next_attempt_at))
}

/// The change that has waited longest.
async fn oldest(
    connection: &mut AsyncPgConnection,
    account_id: i64,
) -> QueryResult<Option<Change>> {
    let id: Option<Uuid> = deliveries::table
        .filter(deliveries::account_id.eq(account_id))
        .filter(deliveries::channel.eq(WEBHOOK))
        .filter(deliveries::dead_at.is_null())
        .order(deliveries::sequence)
        .select(deliveries::change_id)
        .first(connection)
        .await
        .optional()?;
    let Some(id) = id else {
        return Ok(None);
    };
    let found = changes::find(connection, account_id, &[id]).await?;
    Ok(found.into_iter().next())
}

async fn count(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    query: &'static str,
) -> QueryResult<i64> {
    let counted: Count = statement(query)
        .bind::<Int8, _>(account_id)
        .bind::<Text, _>(WEBHOOK)
        .bind::<Int8, _>(COUNTED + 1)
        .get_result(connection)
        .await?;
    Ok(counted.count)
}

/// Notes that a delivery has arrived.
pub(crate) async fn note_success(
    connection: &mut AsyncPgConnection,
    account_id: i64,
) -> QueryResult<()> {
    let earlier = now.into_sql::<Timestamptz>() - interval(NOTED);
    let noted = diesel::update(delivery_outcomes::table.find(account_id))
        .filter(
            delivery_outcomes::succeeded_at
                .is_null()
                .or(delivery_outcomes::succeeded_at.lt(earlier.nullable())),
        )
        .set(delivery_outcomes::succeeded_at.eq(now.into_sql::<Timestamptz>().nullable()))
        .execute(connection)
        .await?;
    if noted > 0 {
        return Ok(());
    }
    diesel::insert_into(delivery_outcomes::table)
        .values((
            delivery_outcomes::account_id.eq(account_id),
            delivery_outcomes::succeeded_at.eq(now.into_sql::<Timestamptz>().nullable()),
        ))
        .on_conflict_do_nothing()
        .execute(connection)
        .await
        .map(drop)
}

/// Notes that an attempt has failed.
pub(crate) async fn note_failure(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    error: &str,
) -> QueryResult<()> {
    let failure = (
        delivery_outcomes::failed_at.eq(now.into_sql::<Timestamptz>().nullable()),
        delivery_outcomes::last_error.eq(error),
    );
    let noted = diesel::update(delivery_outcomes::table.find(account_id))
        .set(failure)
        .execute(connection)
        .await?;
    if noted > 0 {
        return Ok(());
    }
    // Another process may be first: then its note will do.
    diesel::insert_into(delivery_outcomes::table)
        .values((delivery_outcomes::account_id.eq(account_id), failure))
        .on_conflict_do_nothing()
        .execute(connection)
        .await
        .map(drop)
}
