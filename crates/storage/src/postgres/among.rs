//! Look-ups by a list.

use diesel::{
    AppearsOnTable, Expression, QueryResult, SelectableExpression,
    expression::ValidGrouping,
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{Array, Bool, HasSqlType, SingleValue, SqlType},
};

/// A list of so few values may be compared with one by one; a statement with a longer one is not kept prepared.
pub const SHORT: usize = 16;

/// Whether `left` is one of the values: `eq_any`, but a statement with a long list is not kept prepared. It has to
/// be planned with the list at hand, for a plan that is to fit any list may compare each row with each element. One value
/// is compared as such, for a list is planned anew each time.
pub fn among<L, T>(left: L, values: &[T]) -> Among<'_, L, T> {
    Among { left, values }
}

/// The condition of [`among`].
#[derive(Debug, Clone, Copy)]
pub struct Among<'a, L, T> {
    left: L,
    values: &'a [T],
}

impl<L, T> QueryFragment<Pg> for Among<'_, L, T>
where
    L: Expression + QueryFragment<Pg>,
    L::SqlType: SingleValue,
    Pg: HasSqlType<L::SqlType> + HasSqlType<Array<L::SqlType>>,
    T: ToSql<L::SqlType, Pg>,
    [T]: ToSql<Array<L::SqlType>, Pg>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if self.values.len() > SHORT {
            out.unsafe_to_cache_prepared();
        }
        self.left.walk_ast(out.reborrow())?;
        if let [value] = self.values {
            out.push_sql(" = ");
            return out.push_bind_param::<L::SqlType, _>(value);
        }
        out.push_sql(" = ANY(");
        out.push_bind_param::<Array<L::SqlType>, _>(self.values)?;
        out.push_sql(")");
        Ok(())
    }
}

impl<L, T> QueryId for Among<'_, L, T> {
    type QueryId = ();

    // Whether the statement is kept depends on the list.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<L, T> Expression for Among<'_, L, T>
where
    L: Expression,
    L::SqlType: SqlType,
{
    type SqlType = Bool;
}

impl<L, T, GB> ValidGrouping<GB> for Among<'_, L, T>
where
    L: ValidGrouping<GB>,
{
    type IsAggregate = L::IsAggregate;
}

impl<L, T, QS> AppearsOnTable<QS> for Among<'_, L, T>
where
    L: AppearsOnTable<QS>,
    Self: Expression,
{
}

impl<L, T, QS> SelectableExpression<QS> for Among<'_, L, T>
where
    L: SelectableExpression<QS>,
    Self: AppearsOnTable<QS>,
{
}
