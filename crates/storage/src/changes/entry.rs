//! Writing entries. Here alone is said which columns an entry has.

use diesel::{
    Insertable, QueryResult,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use proto::protocol::v1::{Actor, ValueChange};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::changes;

#[cfg(test)]
mod tests;

/// How many of those who join or leave at once are kept by id.
const MEMBERS: usize = 1000;

/// The longest name kept, in characters.
const NAME_LENGTH: usize = 2000;

/// The longest form of a name that is compared, in bytes: an index holds no more.
const KEY_LENGTH: usize = 2000;

/// The longest value kept, in characters.
const VALUE_LENGTH: usize = 1000;

/// How many entries one statement writes: it has 65,535 places for values at most.
const BATCH: usize = 1000;

/// What one mutation did.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The account whose resource changed.
    pub account_id: i64,
    /// What happened, such as `user.created`.
    pub kind: &'a str,
    /// The resource that changed.
    pub resource_id: &'a str,
    /// What it was called: before a deletion, after any other change.
    pub name: Name<'a>,
    /// The names of the attributes that changed.
    pub changed_attributes: &'a [String],
    /// What else is kept of the change.
    pub details: Details<'a>,
    /// Who did it.
    pub actor: &'a Actor,
}

/// What a resource is called.
#[derive(Debug, Clone, Copy, Default)]
pub struct Name<'a> {
    /// What tells it from others of its type; empty: it has no name.
    pub name: &'a str,
    /// What a user is called beside the `userName`; empty: nothing.
    pub display_name: &'a str,
}

impl<'a> From<&'a str> for Name<'a> {
    fn from(name: &'a str) -> Name<'a> {
        Name {
            name,
            display_name: "",
        }
    }
}

/// What is kept of a change beside the names of the attributes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Details<'a> {
    /// Old and new values of attributes that hold nothing personal.
    pub values: &'a [Value],
    /// Who joined a group: of many the first are kept by id.
    pub joined: &'a [Uuid],
    /// Who left a group: of many the first are kept by id.
    pub left: &'a [Uuid],
}

/// What an attribute was and what it is, for people to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    attribute: String,
    old: Option<String>,
    new: Option<String>,
}

impl Value {
    /// Of an attribute that holds nothing personal; the end of a long value is not kept, and an empty one is none.
    pub fn new(attribute: &str, old: Option<String>, new: Option<String>) -> Value {
        let cut = |value: String| match value.char_indices().nth(VALUE_LENGTH - 1) {
            Some((end, last)) if end + last.len_utf8() < value.len() => {
                format!("{}…", &value[..end])
            }
            _ => value,
        };
        Value {
            attribute: attribute.to_owned(),
            old: old.filter(|value| !value.is_empty()).map(cut),
            new: new.filter(|value| !value.is_empty()).map(cut),
        }
    }

    /// As [`Value::new`], of an attribute that has a value before and after.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers have numbers and texts, by value or by reference"
    )]
    pub fn of(attribute: &str, old: impl ToString, new: impl ToString) -> Value {
        Value::new(attribute, Some(old.to_string()), Some(new.to_string()))
    }

    fn to_json(&self) -> Json {
        json!({"attribute": self.attribute, "old": self.old, "new": self.new})
    }

    #[expect(
        clippy::needless_pass_by_value,
        reason = "a column of a row that is taken apart"
    )]
    pub(super) fn all_from_json(values: Option<Json>) -> Vec<ValueChange> {
        let text = |value: &Json| value.as_str().map(str::to_owned);
        let values = values.as_ref().and_then(Json::as_array);
        let values = values.into_iter().flatten();
        let values = values.map(|value| ValueChange {
            attribute: text(&value["attribute"]).unwrap_or_default(),
            old_value: text(&value["old"]),
            new_value: text(&value["new"]),
        });
        values.collect()
    }
}

/// A row to insert.
#[derive(Insertable)]
#[diesel(table_name = changes, treat_none_as_default_value = false)]
struct New<'a> {
    account_id: i64,
    id: Uuid,
    kind: &'a str,
    actor_kind: &'a str,
    actor_id: &'a str,
    actor_name: &'a str,
    request_id: &'a str,
    actor_ip: &'a str,
    resource_id: &'a str,
    changed_attributes: &'a [String],
    resource_name: &'a str,
    resource_name_key: String,
    resource_display_name: &'a str,
    changed_values: Option<Json>,
    members_joined: Option<&'a [Uuid]>,
    members_joined_count: Option<i64>,
    members_left: Option<&'a [Uuid]>,
    members_left_count: Option<i64>,
}

impl<'a> From<Entry<'a>> for New<'a> {
    fn from(entry: Entry<'a>) -> New<'a> {
        let (name, details) = (entry.name, entry.details);
        let values: Vec<Json> = details.values.iter().map(Value::to_json).collect();
        let first = |ids: &'a [Uuid]| (!ids.is_empty()).then(|| &ids[..ids.len().min(MEMBERS)]);
        let count = |ids: &[Uuid]| i64::try_from(ids.len()).ok().filter(|count| *count > 0);
        New {
            account_id: entry.account_id,
            id: Uuid::now_v7(),
            kind: entry.kind,
            actor_kind: entry.actor.kind().as_str_name(),
            actor_id: &entry.actor.id,
            actor_name: &entry.actor.name,
            request_id: &entry.actor.request_id,
            actor_ip: &entry.actor.ip_address,
            resource_id: entry.resource_id,
            changed_attributes: entry.changed_attributes,
            resource_name: cut(name.name),
            resource_name_key: key(name.name),
            resource_display_name: cut(name.display_name),
            changed_values: (!values.is_empty()).then_some(Json::Array(values)),
            members_joined: first(details.joined),
            members_joined_count: count(details.joined),
            members_left: first(details.left),
            members_left_count: count(details.left),
        }
    }
}

/// The beginning of a name, as it is kept.
fn cut(name: &str) -> &str {
    let end = name.char_indices().nth(NAME_LENGTH);
    end.map_or(name, |(end, _)| &name[..end])
}

/// The form in which names are compared.
pub(super) fn key(name: &str) -> String {
    let mut key = scim::text::fold(cut(name));
    key.truncate(key.floor_char_boundary(KEY_LENGTH));
    key
}

/// Writes an entry. To be called in the transaction of the mutation, after the resource is written, so
/// that entries of one resource come in the order of their commits; [`Sequencer::wake`](super::Sequencer::wake)
/// after the commit.
///
/// # Errors
/// As any insert.
pub async fn record(connection: &mut AsyncPgConnection, entry: Entry<'_>) -> QueryResult<()> {
    diesel::insert_into(changes::table)
        .values(New::from(entry))
        .execute(connection)
        .await?;
    Ok(())
}

/// As [`record`], many at once.
///
/// # Errors
/// As any insert.
pub async fn record_all(
    connection: &mut AsyncPgConnection,
    entries: &[Entry<'_>],
) -> QueryResult<()> {
    for batch in entries.chunks(BATCH) {
        let rows: Vec<New<'_>> = batch.iter().copied().map(New::from).collect();
        diesel::insert_into(changes::table)
            .values(rows)
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// A statement with an insert into the change log before it: a round trip less than two statements, and neither can be
/// without the other.
#[derive(Debug, Clone, QueryId)]
pub struct Logged<I, S> {
    insert: I,
    statement: S,
}

/// The statement, with its entries, of which there are few. The caller holds the lock on the row, so that it is certain
/// to be there and entries of one resource come in the order of their commits.
pub fn with<S>(
    entries: &[Entry<'_>],
    statement: S,
) -> Logged<impl QueryFragment<Pg> + QueryId + Send, S> {
    let rows: Vec<New<'_>> = entries.iter().copied().map(New::from).collect();
    let insert = diesel::insert_into(changes::table).values(rows);
    Logged { insert, statement }
}

impl<I, S> QueryFragment<Pg> for Logged<I, S>
where
    I: QueryFragment<Pg>,
    S: QueryFragment<Pg>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH entry AS (");
        self.insert.walk_ast(out.reborrow())?;
        out.push_sql(") ");
        self.statement.walk_ast(out)
    }

    /// Diesel keeps no UPDATE prepared, since its text may be any; here each has one of a few.
    fn is_safe_to_cache_prepared(&self, _: &Pg) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<I, S: Query> Query for Logged<I, S> {
    type SqlType = S::SqlType;
}
