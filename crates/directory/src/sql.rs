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
    sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz, Untyped, Uuid as UuidType},
};
use storage::postgres::SHORT;
use uuid::Uuid;

/// A condition for WHERE.
pub type Condition = Sql<Nullable<Bool>>;

/// The column for ORDER BY.
pub(crate) type Ordering = Sql<Untyped>;

/// An expression of the SQL type `T`. The text is made of literals of this program alone; whatever came
/// from a caller is bound, which the types of [`Sql::raw`] and the `bind_…` functions see to.
#[derive(Debug, Clone)]
pub struct Sql<T> {
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
    Ids(Vec<Uuid>),
    Number(i64),
    Numbers(Vec<i64>),
}

impl<T> Sql<T> {
    /// An empty expression.
    #[must_use]
    pub fn new() -> Sql<T> {
        Sql {
            pieces: Vec::new(),
            cacheable: true,
            sql_type: PhantomData,
        }
    }

    /// A literal of this program.
    #[must_use]
    pub fn of(text: &'static str) -> Sql<T> {
        let mut sql = Sql::new();
        sql.raw(text);
        sql
    }

    /// Not to be kept prepared: there are endlessly many texts of this kind, or the plan depends on what is bound.
    #[must_use]
    pub fn uncacheable(mut self) -> Sql<T> {
        self.cacheable = false;
        self
    }

    /// Appends a literal of this program.
    pub fn raw(&mut self, text: &'static str) -> &mut Sql<T> {
        self.push(Piece::Raw(text))
    }

    /// Appends a bound text.
    pub fn bind_text(&mut self, text: impl Into<String>) -> &mut Sql<T> {
        self.push(Piece::Text(text.into()))
    }

    /// Appends a bound `text[]`.
    pub fn bind_texts(&mut self, texts: Vec<String>) -> &mut Sql<T> {
        self.push(Piece::Texts(texts))
    }

    /// Appends a bound `boolean`.
    pub fn bind_boolean(&mut self, value: bool) -> &mut Sql<T> {
        self.push(Piece::Boolean(value))
    }

    /// Appends a bound `timestamptz`.
    pub fn bind_instant(&mut self, instant: DateTime<Utc>) -> &mut Sql<T> {
        self.push(Piece::Instant(instant))
    }

    /// Appends a bound `uuid`.
    pub fn bind_id(&mut self, id: Uuid) -> &mut Sql<T> {
        self.push(Piece::Id(id))
    }

    /// Appends bound ids, `uuid[]`; with so long a list the statement is not kept prepared.
    pub fn bind_ids(&mut self, ids: Vec<Uuid>) -> &mut Sql<T> {
        self.cacheable &= ids.len() <= SHORT;
        self.push(Piece::Ids(ids))
    }

    /// Appends bound numbers, `bigint[]`, as [`Sql::bind_ids`].
    pub fn bind_numbers(&mut self, numbers: Vec<i64>) -> &mut Sql<T> {
        self.cacheable &= numbers.len() <= SHORT;
        self.push(Piece::Numbers(numbers))
    }

    /// Appends a bound `bigint`.
    pub fn bind_number(&mut self, number: i64) -> &mut Sql<T> {
        self.push(Piece::Number(number))
    }

    /// Appends another expression, with what it binds.
    pub fn append<U>(&mut self, other: &Sql<U>) -> &mut Sql<T> {
        self.cacheable &= other.cacheable;
        self.pieces.extend(other.pieces.iter().cloned());
        self
    }

    fn push(&mut self, piece: Piece) -> &mut Sql<T> {
        self.pieces.push(piece);
        self
    }
}

impl<T> Default for Sql<T> {
    fn default() -> Self {
        Sql::new()
    }
}

impl Condition {
    /// True of every row.
    #[must_use]
    pub fn always() -> Condition {
        Condition::of(TRUE)
    }

    /// Whether it may be false of a row.
    #[must_use]
    pub fn is_filter(&self) -> bool {
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
                Piece::Ids(ids) => out.push_bind_param::<Array<UuidType>, _>(ids)?,
                Piece::Numbers(numbers) => out.push_bind_param::<Array<BigInt>, _>(numbers)?,
                Piece::Number(number) => out.push_bind_param::<BigInt, _>(number)?,
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
