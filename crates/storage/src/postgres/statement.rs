//! A whole statement in SQL that stays prepared on its connection, as `diesel::sql_query` does not.

use std::marker::PhantomData;

use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    result::Error,
    serialize::ToSql,
    sql_types::{HasSqlType, Untyped},
};

/// The statement of this text, with values bound to `$1`, `$2` … by [`Statement::bind`]. Rows are read by the names
/// of their columns.
pub fn statement(sql: &'static str) -> Statement<()> {
    Statement { sql, values: () }
}

/// Made by [`statement`].
#[derive(Debug, Clone, Copy)]
pub struct Statement<V> {
    sql: &'static str,
    values: V,
}

/// The values before, and one more of the SQL type `T`.
#[derive(Debug, Clone, Copy)]
pub struct Bound<V, T, U> {
    before: V,
    value: U,
    sql_type: PhantomData<fn() -> T>,
}

impl<V> Statement<V> {
    /// Binds the value of the next number.
    pub fn bind<T, U>(self, value: U) -> Statement<Bound<V, T, U>> {
        Statement {
            sql: self.sql,
            values: Bound {
                before: self.values,
                value,
                sql_type: PhantomData,
            },
        }
    }
}

/// Values by number, from 1.
pub trait Values {
    /// How many there are.
    const COUNT: usize;

    /// Writes the place of a value.
    ///
    /// # Errors
    /// There is no value of this number.
    fn push<'b>(&'b self, number: usize, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()>;
}

impl Values for () {
    const COUNT: usize = 0;

    fn push<'b>(&'b self, number: usize, _: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let fault = format!("no value is bound to ${number}");
        Err(Error::QueryBuilderError(fault.into()))
    }
}

impl<V: Values, T, U> Values for Bound<V, T, U>
where
    Pg: HasSqlType<T>,
    U: ToSql<T, Pg>,
{
    const COUNT: usize = V::COUNT + 1;

    fn push<'b>(&'b self, number: usize, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if number == Self::COUNT {
            out.push_bind_param::<T, U>(&self.value)
        } else {
            self.before.push(number, out)
        }
    }
}

impl<V: Values> QueryFragment<Pg> for Statement<V> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // Only what is written by the query builder itself is counted by it, so the numbers are written anew.
        let mut pieces = self.sql.split('$');
        out.push_sql(pieces.next().unwrap_or_default());
        for piece in pieces {
            let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
            let (number, rest) = piece.split_at(digits);
            self.values.push(number.parse().unwrap_or(0), &mut out)?;
            out.push_sql(rest);
        }
        Ok(())
    }
}

impl<V> QueryId for Statement<V> {
    type QueryId = ();

    // The text differs from value to value, so the statement cache must go by the text.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<V> Query for Statement<V> {
    type SqlType = Untyped;
}
