//! The rows of `deliveries`: filled from the feed, claimed for an attempt, then deleted, put off or given
//! up.

use std::{collections::HashMap, time::Duration};

use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    data_types::PgInterval,
    dsl::now,
    prelude::*,
    sql_types::{Array, Int4, Int8, Interval, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use proto::{
    protocol::v1::{Change, DeadDelivery},
    time::timestamp,
};
use storage::{
    changes,
    postgres::{prepared, statement},
};
use uuid::Uuid;

use crate::schema::{deliveries, delivery_position};

pub(crate) const WEBHOOK: &str = "webhook";
const MAIL: &str = "mail";

/// How a change is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    Webhook,
    Mail,
}

impl Channel {
    fn as_str(self) -> &'static str {
        match self {
            Channel::Webhook => WEBHOOK,
            Channel::Mail => MAIL,
        }
    }
}

/// A delivery that this process is to attempt.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Delivery {
    #[diesel(sql_type = Int8)]
    pub(crate) account_id: i64,
    #[diesel(sql_type = SqlUuid)]
    pub(crate) change_id: Uuid,
    #[diesel(sql_type = Text)]
    channel: String,
    /// This attempt included.
    #[diesel(sql_type = Int4)]
    pub(crate) attempt_count: i32,
}

impl Delivery {
    pub(crate) fn channel(&self) -> Channel {
        match self.channel.as_str() {
            MAIL => Channel::Mail,
            _ => Channel::Webhook,
        }
    }
}

/// The last change of the feed that was looked at.
pub(crate) async fn position(connection: &mut AsyncPgConnection) -> QueryResult<i64> {
    delivery_position::table
        .select(delivery_position::last)
        .first(connection)
        .await
}

/// The same, locked until the transaction ends; none: another process has it.
pub(crate) async fn lock_position(connection: &mut AsyncPgConnection) -> QueryResult<Option<i64>> {
    delivery_position::table
        .select(delivery_position::last)
        .for_update()
        .skip_locked()
        .first(connection)
        .await
        .optional()
}

/// Moves the locked position on.
pub(crate) async fn set_position(connection: &mut AsyncPgConnection, last: i64) -> QueryResult<()> {
    let update = diesel::update(delivery_position::table).set(delivery_position::last.eq(last));
    prepared(update).execute(connection).await.map(drop)
}

/// Adds deliveries.
pub(crate) async fn fill(
    connection: &mut AsyncPgConnection,
    deliveries: &[(&Change, Channel)],
) -> QueryResult<()> {
    let rows: Vec<_> = deliveries
        .iter()
        .map(|(change, channel)| {
            (
                deliveries::account_id.eq(change.account_id),
                deliveries::change_id.eq(change.id.parse::<Uuid>().unwrap_or_default()),
                deliveries::channel.eq(channel.as_str()),
                deliveries::resource_id.eq(&change.resource_id),
                deliveries::sequence.eq(change.sequence),
            )
        })
        .collect();
    diesel::insert_into(deliveries::table)
        .values(rows)
        .on_conflict_do_nothing()
        .execute(connection)
        .await
        .map(drop)
}

/// Deliveries that are due, at most `limit`, `share` of them of one account, none of the accounts that
/// are busy; of each resource only the first. Others leave them alone for the time of the lease.
pub(crate) async fn claim(
    connection: &mut AsyncPgConnection,
    limit: i64,
    share: i64,
    busy: &[i64],
    lease: Duration,
) -> QueryResult<Vec<Delivery>> {
    statement(
        "WITH due AS (
             SELECT account_id, change_id, channel, sequence,
                 row_number() OVER (PARTITION BY account_id ORDER BY next_attempt_at, sequence) AS place
             FROM (
                 SELECT account_id, change_id, channel, sequence, next_attempt_at
                 FROM deliveries
                 WHERE dead_at IS NULL AND next_attempt_at <= now() AND account_id <> ALL ($3)
                     AND NOT EXISTS (
                         SELECT 1 FROM deliveries AS earlier
                         WHERE earlier.account_id = deliveries.account_id
                             AND earlier.channel = deliveries.channel
                             AND earlier.resource_id = deliveries.resource_id
                             AND earlier.sequence < deliveries.sequence
                             AND earlier.dead_at IS NULL
                     )
                 ORDER BY next_attempt_at LIMIT 1000
             ) AS candidates
         ), first AS (
             SELECT account_id, change_id, channel FROM due
             WHERE place <= $2 ORDER BY sequence LIMIT $1
         )
         UPDATE deliveries
         SET attempt_count = attempt_count + 1, next_attempt_at = now() + $4
         FROM first
         WHERE deliveries.account_id = first.account_id
             AND deliveries.change_id = first.change_id AND deliveries.channel = first.channel
             AND deliveries.dead_at IS NULL AND deliveries.next_attempt_at <= now()
         RETURNING deliveries.account_id, deliveries.change_id, deliveries.channel,
             deliveries.attempt_count",
    )
    .bind::<Int8, _>(limit)
    .bind::<Int8, _>(share)
    .bind::<Array<Int8>, _>(busy)
    .bind::<Interval, _>(interval(lease))
    .load(connection)
    .await
}

/// Removes a delivery that has arrived, or is wanted no longer.
pub(crate) async fn delete(
    connection: &mut AsyncPgConnection,
    delivery: &Delivery,
) -> QueryResult<()> {
    diesel::delete(deliveries::table.find(key(delivery)))
        .execute(connection)
        .await
        .map(drop)
}

/// Puts a delivery off after an attempt that did not count, since the fault is our own.
pub(crate) async fn put_back(
    connection: &mut AsyncPgConnection,
    delivery: &Delivery,
    pause: Duration,
) -> QueryResult<()> {
    diesel::update(deliveries::table.find(key(delivery)))
        .filter(deliveries::attempt_count.eq(delivery.attempt_count))
        .set((
            deliveries::attempt_count.eq(delivery.attempt_count - 1),
            deliveries::next_attempt_at.eq(now.into_sql::<Timestamptz>() + interval(pause)),
        ))
        .execute(connection)
        .await
        .map(drop)
}

/// Puts a delivery off after an attempt that failed; without a pause it is given up.
pub(crate) async fn fail(
    connection: &mut AsyncPgConnection,
    delivery: &Delivery,
    error: &str,
    pause: Option<Duration>,
) -> QueryResult<()> {
    // Somebody else has the delivery if the count is another: then theirs is the word.
    let ours = diesel::update(deliveries::table.find(key(delivery)))
        .filter(deliveries::attempt_count.eq(delivery.attempt_count));
    match pause {
        Some(pause) => {
            ours.set((
                deliveries::last_error.eq(error),
                deliveries::next_attempt_at.eq(now.into_sql::<Timestamptz>() + interval(pause)),
            ))
            .execute(connection)
            .await
        }
        None => {
            ours.set((
                deliveries::last_error.eq(error),
                deliveries::dead_at.eq(now.into_sql::<Timestamptz>().nullable()),
            ))
            .execute(connection)
            .await
        }
    }
    .map(drop)
}

/// The webhook deliveries of an account that were given up, those given up last first, and how many there
/// are in all.
pub(crate) async fn dead(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    limit: i64,
) -> QueryResult<(Vec<DeadDelivery>, i64)> {
    type Row = (Uuid, i32, String, Option<DateTime<Utc>>);
    let dead: Vec<Row> = deliveries::table
        .filter(is_dead(account_id))
        .order((deliveries::dead_at.desc(), deliveries::sequence.desc()))
        .limit(limit)
        .select((
            deliveries::change_id,
            deliveries::attempt_count,
            deliveries::last_error,
            deliveries::dead_at,
        ))
        .load(connection)
        .await?;
    let found = i64::try_from(dead.len()).unwrap_or(i64::MAX);
    let total = if found < limit {
        found
    } else {
        let all = deliveries::table.filter(is_dead(account_id)).count();
        all.get_result(connection).await?
    };
    let ids: Vec<Uuid> = dead.iter().map(|(id, ..)| *id).collect();
    let changes = changes::find(connection, account_id, &ids).await?;
    let mut changes: HashMap<String, Change> = changes
        .into_iter()
        .map(|change| (change.id.clone(), change))
        .collect();
    let describe = |(id, attempt_count, last_error, dead_at): Row| DeadDelivery {
        change: changes.remove(&id.to_string()),
        attempt_count,
        last_error,
        dead_time: dead_at.map(timestamp),
    };
    Ok((dead.into_iter().map(describe).collect(), total))
}

/// Has dead deliveries tried again, those of these ids or all, and tells how many.
pub(crate) async fn revive(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    ids: Option<&[Uuid]>,
) -> QueryResult<usize> {
    let anew = (
        deliveries::dead_at.eq(None::<DateTime<Utc>>),
        deliveries::attempt_count.eq(0),
        deliveries::next_attempt_at.eq(now),
    );
    let dead = diesel::update(deliveries::table).filter(is_dead(account_id));
    match ids {
        Some(ids) => {
            let these = dead.filter(deliveries::change_id.eq_any(ids));
            these.set(anew).execute(connection).await
        }
        None => dead.set(anew).execute(connection).await,
    }
}

/// Removes dead deliveries, those of these ids or all, and tells how many.
pub(crate) async fn purge(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    ids: Option<&[Uuid]>,
) -> QueryResult<usize> {
    let dead = diesel::delete(deliveries::table).filter(is_dead(account_id));
    match ids {
        Some(ids) => {
            let these = dead.filter(deliveries::change_id.eq_any(ids));
            these.execute(connection).await
        }
        None => dead.execute(connection).await,
    }
}

/// The deliveries to the webhook of an account that were given up.
#[diesel::dsl::auto_type(no_type_alias)]
fn is_dead(account_id: i64) -> _ {
    let channel: &'static str = WEBHOOK;
    deliveries::account_id
        .eq(account_id)
        .and(deliveries::channel.eq(channel))
        .and(deliveries::dead_at.is_not_null())
}

fn key(delivery: &Delivery) -> (i64, Uuid, &str) {
    (
        delivery.account_id,
        delivery.change_id,
        delivery.channel.as_str(),
    )
}

pub(crate) fn interval(duration: Duration) -> PgInterval {
    PgInterval::from_microseconds(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX))
}
