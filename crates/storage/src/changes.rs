//! The change log of a service: one row per mutation, written in the mutation's own transaction, and a
//! feed of the committed rows without holes. Every service has the tables by the same migration.

mod log;
mod sequencer;

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, QueryDsl, QueryResult, Queryable, Selectable, SelectableHelper};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use proto::protocol::v1::{Actor, Change, actor::Kind};
use uuid::Uuid;

pub use self::{log::Log, sequencer::Sequencer};
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
    }
}

/// What one mutation did.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The account whose resource changed.
    pub account_id: i64,
    /// What happened, such as `user.created`.
    pub kind: &'a str,
    /// The resource that changed.
    pub resource_id: &'a str,
    /// The names of the attributes that changed, never their values.
    pub changed_attributes: &'a [String],
    /// Who did it.
    pub actor: &'a Actor,
}

/// Writes an entry. To be called in the transaction of the mutation, after the resource is written, so
/// that entries of one resource come in the order of their commits; [`Sequencer::wake`] after the commit.
///
/// # Errors
/// As any insert.
pub async fn record(connection: &mut AsyncPgConnection, entry: Entry<'_>) -> QueryResult<()> {
    diesel::insert_into(changes::table)
        .values((
            changes::account_id.eq(entry.account_id),
            changes::id.eq(Uuid::now_v7()),
            changes::kind.eq(entry.kind),
            changes::actor_kind.eq(entry.actor.kind().as_str_name()),
            changes::actor_id.eq(&entry.actor.id),
            changes::actor_name.eq(&entry.actor.name),
            changes::request_id.eq(&entry.actor.request_id),
            changes::actor_ip.eq(&entry.actor.ip_address),
            changes::resource_id.eq(entry.resource_id),
            changes::changed_attributes.eq(entry.changed_attributes),
        ))
        .execute(connection)
        .await?;
    Ok(())
}

/// The entries after a sequence, in order, at most `limit`.
///
/// # Errors
/// As any query.
pub async fn after(
    connection: &mut AsyncPgConnection,
    sequence: i64,
    limit: i64,
) -> QueryResult<Vec<Change>> {
    let rows = changes::table
        .filter(changes::sequence.gt(sequence))
        .order(changes::sequence)
        .limit(limit)
        .select(Row::as_select())
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(Change::from).collect())
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

#[derive(Queryable, Selectable)]
#[diesel(table_name = changes)]
struct Row {
    account_id: i64,
    id: Uuid,
    sequence: Option<i64>,
    kind: String,
    actor_kind: String,
    actor_id: String,
    actor_name: String,
    request_id: String,
    actor_ip: String,
    resource_id: String,
    changed_attributes: Vec<String>,
    created_at: DateTime<Utc>,
}

impl From<Row> for Change {
    fn from(row: Row) -> Change {
        let kind = Kind::from_str_name(&row.actor_kind).unwrap_or(Kind::Unspecified);
        Change {
            sequence: row.sequence.unwrap_or_default(),
            account_id: row.account_id,
            id: row.id.to_string(),
            kind: row.kind,
            actor: Some(Actor {
                kind: kind.into(),
                id: row.actor_id,
                name: row.actor_name,
                request_id: row.request_id,
                ip_address: row.actor_ip,
            }),
            resource_id: row.resource_id,
            changed_attributes: row.changed_attributes,
            create_time: Some(proto::time::timestamp(row.created_at)),
        }
    }
}
