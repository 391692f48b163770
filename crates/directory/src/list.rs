//! Lists: what is asked for, the page of it, and the token for the next.

use chrono::Utc;
use diesel::QueryResult;
use futures::future::try_join;
use scim::{
    dialect::Dialect,
    filter::{self, Predicate},
};
use storage::{
    cursor::{self, Cursors, Position, Query},
    page,
};
use uuid::Uuid;

use crate::{Columns, Condition, Order, filter::compile};

/// The most resources on a page.
const MAX_SIZE: i64 = proto::page::MAX_SIZE as i64;

/// Why a list is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The filter or the order, or a number that no list has.
    #[error("{}", .0.detail)]
    Scim(#[from] scim::error::Error),
    /// The size of the page, of a query by tokens.
    #[error("{0}")]
    PageSize(String),
    /// The token.
    #[error(transparent)]
    Token(#[from] cursor::Error),
}

/// A list that is asked for.
#[derive(Clone, Copy)]
pub struct Listing<'a> {
    /// Where the rows are kept.
    pub columns: &'a dyn Columns,
    /// What is listed.
    pub query: Query<'a>,
    /// How many rows come before the page.
    pub skip: i64,
    /// Where the page before ended; empty: the first.
    pub page_token: &'a str,
    /// Whether the next page is asked for by a token.
    pub use_page_tokens: bool,
    /// How many rows of the page to return, with the token for what comes after them; 0: all.
    pub take: i32,
}

/// Which rows of a table a list holds.
#[derive(Clone)]
pub struct Selection<'a> {
    columns: &'a dyn Columns,
    account_id: i64,
    condition: Condition,
}

/// Which part of a list is wanted.
#[derive(Debug, Clone)]
pub struct Page {
    /// How the list is sorted.
    pub order: Order,
    /// Where the page before ended.
    pub after: Option<Position>,
    /// How many rows come before the page.
    pub skip: i64,
    /// The most rows.
    pub limit: i64,
}

/// Rows, each with its sort key.
#[derive(Debug)]
pub struct Rows<R> {
    /// The rows.
    pub rows: Vec<(R, Option<String>)>,
    /// Whether there was no room for others that were asked for.
    pub left: bool,
}

impl Listing<'_> {
    /// Whether pages follow each other by tokens.
    #[must_use]
    pub fn uses_tokens(&self) -> bool {
        self.use_page_tokens || !self.page_token.is_empty()
    }

    /// What the filter selects. What the strict dialect accepts means the same in the lenient one, so the account's
    /// choice matters, and is asked for, only where the strict one refuses.
    ///
    /// # Errors
    /// `invalidFilter`, or the dialect is not to be had.
    pub async fn condition<E: From<Error>>(
        &self,
        dialect: impl Future<Output = Result<Dialect, E>>,
    ) -> Result<Condition, E> {
        if self.query.filter.is_empty() {
            return Ok(Condition::always());
        }
        let predicate = match self.bind(Dialect::Strict) {
            Ok(predicate) => predicate,
            Err(_) => self.bind(dialect.await?).map_err(Error::from)?,
        };
        Ok(compile(&predicate, self.columns).map_err(Error::from)?)
    }

    fn bind(&self, dialect: Dialect) -> Result<Predicate, scim::error::Error> {
        let resource_type = self.columns.resource_type();
        let filter = filter::parse(self.query.filter, dialect)?;
        match self.query.across_types {
            true => filter::bind_across(&filter, resource_type, dialect),
            false => filter::bind(&filter, resource_type, dialect),
        }
    }

    /// Which part of the list is asked for.
    ///
    /// # Errors
    /// `invalidValue`, or the token opens nothing.
    pub fn page(&self, cursors: &Cursors) -> Result<Page, Error> {
        let (tokens, size) = (self.uses_tokens(), self.query.page_size);
        let is_size = (0..=MAX_SIZE).contains(&size);
        if !is_size && tokens {
            let detail = format!("page_size must be from 0 to {MAX_SIZE}");
            return Err(Error::PageSize(detail));
        }
        if size < 0 || self.skip < 0 || (tokens && self.skip > 0) {
            let detail =
                "page_size and skip must not be negative, nor skip stand together with page tokens";
            return Err(scim::error::Error::invalid_value(detail).into());
        }
        let token = Some(self.page_token).filter(|token| !token.is_empty());
        let read = |token| cursors.read(self.query, token, Utc::now());
        Ok(Page {
            order: self.order()?,
            after: token.map(read).transpose()?,
            skip: self.skip,
            // One more tells whether there is a next page.
            limit: self.length() + i64::from(tokens),
        })
    }

    fn order(&self) -> Result<Order, scim::error::Error> {
        let Query {
            order_by,
            descending,
            across_types,
            ..
        } = self.query;
        if order_by.is_empty() {
            return Ok(Order::by_id(self.columns));
        }
        let resource_type = self.columns.resource_type();
        let field = scim::search::sort_field(order_by, resource_type, Dialect::Lenient);
        match field.and_then(|field| Order::by(&field, self.columns, descending)) {
            // No resource of the type has a value to sort by.
            Err(_) if across_types => Ok(Order::by_id(self.columns)),
            order => order,
        }
    }

    /// How many rows to return at most; a page that is too long is cut to the longest (AIP-158).
    fn length(&self) -> i64 {
        let size = self.query.page_size.min(MAX_SIZE);
        match i64::from(self.take) {
            take if take > 0 => take.min(size),
            _ => size,
        }
    }

    /// The rows of the page, and the token for the next page if there is one.
    pub fn cut<R>(
        &self,
        cursors: &Cursors,
        Rows { mut rows, left }: Rows<R>,
        id: impl Fn(&R) -> Uuid,
    ) -> (Vec<R>, String) {
        let size = usize::try_from(self.length()).unwrap_or_default();
        let goes_on = self.uses_tokens() && (left || rows.len() > size);
        rows.truncate(size);
        let mut token = String::new();
        if let (true, Some((row, key))) = (goes_on, rows.last()) {
            let (key, id) = (key.clone(), id(row));
            token = cursors.write(self.query, &Position { key, id }, Utc::now());
        }
        (rows.into_iter().map(|(row, _)| row).collect(), token)
    }
}

impl<'a> Selection<'a> {
    /// The rows of an account that meet a condition.
    pub fn new(columns: &'a dyn Columns, account_id: i64, condition: Condition) -> Selection<'a> {
        Selection {
            columns,
            account_id,
            condition,
        }
    }

    /// Whether rows may be left out.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        self.condition.is_filter()
    }

    /// The condition that all rows meet.
    #[must_use]
    pub fn all(&self) -> Condition {
        let mut sql = Condition::new();
        sql.raw("(");
        self.columns.scope(&mut sql, self.account_id);
        if self.is_filtered() {
            sql.raw(" AND (").append(&self.condition).raw(")");
        }
        sql.raw(")");
        sql
    }

    /// The condition that the rows of a page meet, which still have to be sorted and cut to its size. Of a page that lies
    /// deep the ids are found first, by an index, so that no row before it is read.
    #[must_use]
    pub fn of(&self, page: &Page) -> Condition {
        let mut sql = Condition::new();
        if page.skip == 0 {
            sql.append(&self.all());
            if let Some(position) = &page.after {
                sql.raw(" AND ").append(&page.order.after(position));
            }
            return sql;
        }
        sql.raw("(");
        self.columns.scope(&mut sql, self.account_id);
        let id = self.columns.id();
        sql.raw(" AND ")
            .raw(id)
            .raw(" = ANY (ARRAY (SELECT ")
            .raw(id);
        sql.raw(" FROM ").raw(self.columns.table());
        sql.raw(" WHERE ").append(&self.all());
        sql.raw(" ORDER BY ").append(&page.order.clause());
        sql.raw(" OFFSET ").bind_number(page.skip);
        sql.raw(" LIMIT ").bind_number(page.limit).raw(")))");
        sql
    }
}

impl Page {
    /// The rows, and how many there are in all. Of a filter few are expected: whether it must be asked how many is left to
    /// be seen by the page. Else it is asked in the same round trip.
    ///
    /// # Errors
    /// Those of the queries.
    pub async fn with_total<R>(
        &self,
        is_filtered: bool,
        rows: impl Future<Output = QueryResult<Rows<R>>>,
        total: impl Future<Output = QueryResult<i64>>,
    ) -> QueryResult<(Rows<R>, i64)> {
        if !is_filtered || self.skip > 0 || self.after.is_some() {
            return try_join(rows, total).await;
        }
        let rows = rows.await?;
        let total = match page::total(&rows.rows, self.limit, rows.left) {
            Some(known) => known,
            None => total.await?,
        };
        Ok((rows, total))
    }
}
