//! A piece of SQL put together at run time, for filters and sorting.

use std::marker::PhantomData;

use chrono::{DateTime, Utc};
use diesel::{
    expression::{
        AppearsOnTable, Expression, SelectableExpression, TypedExpressionType, ValidGrouping,
        is_aggregate,
    },
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    result::QueryResult,
    sql_types::{Array, Bool, Nullable, Text, Timestamptz, Untyped, Uuid as UuidType},
};
use uuid::Uuid;

/// A condition for WHERE.
pub(crate) type Condition = Sql<Nullable<Bool>>;

/// The column for ORDER BY.
pub(crate) type Ordering = Sql<Untyped>;

/// An expression of the SQL type `T`. The text is made of literals of this program alone; whatever came
/// from a caller is bound, which the types of [`Sql::raw`] and the `bind_…` functions see to.
#[derive(Debug, Clone)]
pub(crate) struct Sql<T> {
    pieces: Vec<Piece>,
    /// Whether there are so few texts of this kind that each is worth a prepared statement.
    cacheable: bool,
    sql_type: PhantomData<fn() -> T>,
}

#[derive(Debug, Clone)]
enum Piece {
    Raw(&'static str),
    Text(String),
    Texts(Vec<String>),
    Boolean(bool),
    Instant(DateTime<Utc>),
    Id(Uuid),
}

impl<T> Sql<T> {
    pub(crate) fn new() -> Sql<T> {
        Sql {
            pieces: Vec::new(),
            cacheable: true,
            sql_type: PhantomData,
        }
    }

    pub(crate) fn uncacheable(mut self) -> Sql<T> {
        self.cacheable = false;
        self
    }

    pub(crate) fn raw(&mut self, text: &'static str) -> &mut Sql<T> {
        self.push(Piece::Raw(text))
    }

    pub(crate) fn bind_text(&mut self, text: impl Into<String>) -> &mut Sql<T> {
        self.push(Piece::Text(text.into()))
    }

    pub(crate) fn bind_texts(&mut self, texts: Vec<String>) -> &mut Sql<T> {
        self.push(Piece::Texts(texts))
    }

    pub(crate) fn bind_boolean(&mut self, value: bool) -> &mut Sql<T> {
        self.push(Piece::Boolean(value))
    }

    pub(crate) fn bind_instant(&mut self, instant: DateTime<Utc>) -> &mut Sql<T> {
        self.push(Piece::Instant(instant))
    }

    pub(crate) fn bind_id(&mut self, id: Uuid) -> &mut Sql<T> {
        self.push(Piece::Id(id))
    }

    /// Appends another expression, with what it binds.
    pub(crate) fn append<U>(&mut self, other: &Sql<U>) -> &mut Sql<T> {
        self.pieces.extend(other.pieces.iter().cloned());
        self
    }

    fn push(&mut self, piece: Piece) -> &mut Sql<T> {
        self.pieces.push(piece);
        self
    }
}

impl Condition {
    /// True of every row.
    pub(crate) fn always() -> Condition {
        let mut sql = Condition::new();
        sql.raw(TRUE);
        sql
    }

    /// Whether it may be false of a row.
    pub(crate) fn is_filter(&self) -> bool {
        !matches!(self.pieces.as_slice(), [Piece::Raw(TRUE)])
    }
}

const TRUE: &str = "TRUE";

impl<T> QueryFragment<Pg> for Sql<T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if !self.cacheable {
            out.unsafe_to_cache_prepared();
        }
        for piece in &self.pieces {
            match piece {
                Piece::Raw(text) => out.push_sql(text),
                Piece::Text(text) => out.push_bind_param::<Text, _>(text)?,
                Piece::Texts(texts) => out.push_bind_param::<Array<Text>, _>(texts)?,
                Piece::Boolean(value) => out.push_bind_param::<Bool, _>(value)?,
                Piece::Instant(instant) => out.push_bind_param::<Timestamptz, _>(instant)?,
                Piece::Id(id) => out.push_bind_param::<UuidType, _>(id)?,
            }
        }
        Ok(())
    }
}

impl<T> QueryId for Sql<T> {
    type QueryId = ();

    // The text differs from value to value, so the statement cache must go by the text.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T: TypedExpressionType> Expression for Sql<T> {
    type SqlType = T;
}

impl<T, QS> AppearsOnTable<QS> for Sql<T> where Sql<T>: Expression {}

impl<T, QS> SelectableExpression<QS> for Sql<T> where Sql<T>: Expression {}

impl<T, GB> ValidGrouping<GB> for Sql<T> {
    type IsAggregate = is_aggregate::Never;
}
