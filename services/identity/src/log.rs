//! The change log entry of a mutation, written by the very statement that mutates: one round trip less
//! than two statements, and neither can be without the other.

use diesel::{
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
};
use storage::changes::{Entry, changes};
use uuid::Uuid;

/// A statement with an insert into the change log before it.
#[derive(Debug, Clone, QueryId)]
pub(crate) struct Logged<I, S> {
    insert: I,
    statement: S,
}

/// The statement, with its entry. The caller holds the lock on the row, so that it is certain to be
/// there and entries of one user come in the order of their commits.
pub(crate) fn logged<S>(
    entry: Entry<'_>,
    statement: S,
) -> Logged<impl QueryFragment<Pg> + QueryId + Send, S> {
    let insert = diesel::insert_into(changes::table).values((
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
    ));
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
}

impl<I, S: Query> Query for Logged<I, S> {
    type SqlType = S::SqlType;
}
