//! A key of a unique index that an update is to take.
//!
//! An update that finds its key taken is an error, and PostgreSQL's log tells the key. An insert can leave it at that
//! (`ON CONFLICT DO NOTHING`). So a row with the key, the holder, is inserted first, in the same transaction: it waits
//! for whoever is taking the key, and everybody else waits for it. The update deletes it as it takes the key.

use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
};

/// A condition of the update, which makes the deletion come first.
pub const IS_FREE: &str = "EXISTS (SELECT 1 FROM holder)";

/// An update that is the last part of a `WITH`, as in [`changes::with`](crate::changes::with): it has the condition
/// [`IS_FREE`], and what it takes is held by the row that is deleted.
pub fn taking<D, U>(holder: D, update: U) -> Taking<D, U> {
    Taking { holder, update }
}

/// The statement of [`taking`].
#[derive(Debug, Clone, QueryId)]
pub struct Taking<D, U> {
    holder: D,
    update: U,
}

impl<D, U> QueryFragment<Pg> for Taking<D, U>
where
    D: QueryFragment<Pg>,
    U: QueryFragment<Pg>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(", holder AS (");
        self.holder.walk_ast(out.reborrow())?;
        out.push_sql(") ");
        self.update.walk_ast(out)
    }
}

impl<D, U: Query> Query for Taking<D, U> {
    type SqlType = U::SqlType;
}
