//! SQL that is put together at run time, every value of it bound.

use std::marker::PhantomData;

use chrono::{DateTime, Utc};
use diesel::{
    AppearsOnTable, Expression, QueryResult, SelectableExpression,
    expression::{TypedExpressionType, ValidGrouping, is_aggregate},
    pg::Pg,
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Bool, SqlType, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

/// A list of so few ids may be compared with one by one.
pub(crate) const SHORT: usize = 16;

/// Whether the left side, such as `groups.id`, is one of the ids.
pub(crate) fn among(left: &'static str, ids: &[Uuid]) -> Fragment<Bool> {
    let left = Fragment::new(left);
    match ids {
        [id] => left.sql(" = ").uuid(*id),
        ids => left.sql(" = any(").part(Part::Uuids(ids.to_vec())).sql(")"),
    }
}

/// An expression of the SQL type `T`.
#[derive(Debug, Clone)]
pub(crate) struct Fragment<T> {
    parts: Vec<Part>,
    sql_type: PhantomData<T>,
}

#[derive(Debug, Clone)]
enum Part {
    Sql(&'static str),
    Text(String),
    Texts(Vec<String>),
    Uuid(Uuid),
    Uuids(Vec<Uuid>),
    Numbers(Vec<i64>),
    Instant(DateTime<Utc>),
}

impl<T> Fragment<T> {
    pub(crate) fn new(sql: &'static str) -> Fragment<T> {
        Fragment {
            parts: vec![Part::Sql(sql)],
            sql_type: PhantomData,
        }
    }

    pub(crate) fn sql(self, sql: &'static str) -> Fragment<T> {
        self.part(Part::Sql(sql))
    }

    pub(crate) fn text(self, value: impl Into<String>) -> Fragment<T> {
        self.part(Part::Text(value.into()))
    }

    pub(crate) fn texts(self, values: Vec<String>) -> Fragment<T> {
        self.part(Part::Texts(values))
    }

    pub(crate) fn uuid(self, value: Uuid) -> Fragment<T> {
        self.part(Part::Uuid(value))
    }

    pub(crate) fn numbers(self, values: Vec<i64>) -> Fragment<T> {
        self.part(Part::Numbers(values))
    }

    pub(crate) fn instant(self, value: DateTime<Utc>) -> Fragment<T> {
        self.part(Part::Instant(value))
    }

    pub(crate) fn then<U>(mut self, other: Fragment<U>) -> Fragment<T> {
        self.parts.extend(other.parts);
        self
    }

    /// Whether the statement may stay prepared on its connection. Look-ups by one attribute are worth it; the
    /// endless variety of longer filters would fill the connection. And a statement with a long list must be
    /// planned with the list at hand: a plan that is to fit any list may compare each row with each element.
    fn is_worth_keeping(&self) -> bool {
        let is_long = |part: &Part| matches!(part, Part::Uuids(ids) if ids.len() > SHORT);
        self.parts.len() <= 8 && !self.parts.iter().any(is_long)
    }

    fn part(mut self, part: Part) -> Fragment<T> {
        self.parts.push(part);
        self
    }
}

impl<T> QueryFragment<Pg> for Fragment<T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for part in &self.parts {
            match part {
                Part::Sql(sql) => out.push_sql(sql),
                Part::Text(value) => out.push_bind_param::<Text, _>(value)?,
                Part::Texts(values) => out.push_bind_param::<Array<Text>, _>(values)?,
                Part::Uuid(value) => out.push_bind_param::<SqlUuid, _>(value)?,
                Part::Uuids(values) => out.push_bind_param::<Array<SqlUuid>, _>(values)?,
                Part::Numbers(values) => out.push_bind_param::<Array<BigInt>, _>(values)?,
                Part::Instant(value) => out.push_bind_param::<Timestamptz, _>(value)?,
            }
        }
        if !self.is_worth_keeping() {
            out.unsafe_to_cache_prepared();
        }
        Ok(())
    }
}

impl<T> QueryId for Fragment<T> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T: SqlType + TypedExpressionType> Expression for Fragment<T> {
    type SqlType = T;
}

impl<T> ValidGrouping<()> for Fragment<T> {
    type IsAggregate = is_aggregate::No;
}

impl<T, Table> AppearsOnTable<Table> for Fragment<T> where Fragment<T>: Expression {}

impl<T, Table> SelectableExpression<Table> for Fragment<T> where Fragment<T>: AppearsOnTable<Table> {}
