//! The change log of a service: one row per mutation, written in the mutation's own transaction, and a
//! feed of the committed rows without holes. Every service has the tables by the same migration.

mod entry;
mod log;
mod names;
mod row;
mod sequencer;

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, SelectableHelper};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use proto::protocol::v1::Change;
use uuid::Uuid;

use self::row::Row;
pub use self::{
    entry::{Details, Entry, Logged, Name, Value, record, record_all, with},
    log::Log,
    sequencer::Sequencer,
};
use crate::postgres::among;

diesel::table! {
    /// The change log.
    changes (account_id, id) {
        account_id -> Int8,
        id -> Uuid,
        sequence -> Nullable<Int8>,
        kind -> Text,
        actor_kind -> Text,
        actor_id -> Text,
        actor_name -> Text,
        request_id -> Text,
        actor_ip -> Text,
        resource_id -> Text,
        changed_attributes -> Array<Text>,
        created_at -> Timestamptz,
        resource_name -> Text,
        resource_name_key -> Text,
        resource_display_name -> Text,
        changed_values -> Nullable<Jsonb>,
        members_joined -> Nullable<Array<Uuid>>,
        members_joined_count -> Nullable<Int8>,
        members_left -> Nullable<Array<Uuid>>,
        members_left_count -> Nullable<Int8>,
    }
}

/// The entries after a sequence, in order, at most `limit`; fewer where they are large.
///
/// # Errors
/// As any query.
pub async fn after(
    connection: &mut AsyncPgConnection,
    sequence: i64,
    limit: i64,
) -> QueryResult<Vec<Change>> {
    let query = changes::table
        .filter(changes::sequence.gt(sequence))
        .order(changes::sequence)
        .limit(limit)
        .select(Row::as_select());
    let (rows, _) = row::page(query.load_stream(connection).await?).await?;
    Ok(rows.into_iter().map(Change::from).collect())
}

/// As [`after`], of some kinds.
async fn after_of_kinds(
    connection: &mut AsyncPgConnection,
    sequence: i64,
    kinds: &[String],
    limit: i64,
) -> QueryResult<Vec<Change>> {
    let query = changes::table
        .filter(changes::sequence.gt(sequence))
        .filter(changes::kind.eq_any(kinds))
        .order(changes::sequence)
        .limit(limit)
        .select(Row::as_select());
    let (rows, _) = row::page(query.load_stream(connection).await?).await?;
    Ok(rows.into_iter().map(Change::from).collect())
}

/// The last entry after a sequence and up to another.
async fn last_between(
    connection: &mut AsyncPgConnection,
    after: i64,
    last: i64,
) -> QueryResult<Option<Change>> {
    let row = changes::table
        .filter(changes::sequence.gt(after))
        .filter(changes::sequence.le(last))
        .order(changes::sequence.desc())
        .select(Row::as_select())
        .first(connection)
        .await
        .optional()?;
    Ok(row.map(Change::from))
}

/// The entries of these ids, in no particular order.
///
/// # Errors
/// As any query.
pub async fn find(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    ids: &[Uuid],
) -> QueryResult<Vec<Change>> {
    let rows = changes::table
        .filter(changes::account_id.eq(account_id))
        .filter(among(changes::id, ids))
        .select(Row::as_select())
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(Change::from).collect())
}
