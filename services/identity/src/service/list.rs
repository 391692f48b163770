//! Lists, of users and of other resources.

use chrono::Utc;
use proto::page::MAX_SIZE;
use scim::{dialect::Dialect, filter};
use storage::cursor::{Position, Query};
use uuid::Uuid;

use super::Identity;
use crate::{
    error::Error,
    filter::compile,
    order::Order,
    sql::Condition,
    table::Table,
    users::{Page, Rows},
};

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listing<'a> {
    pub(super) table: Table<'a>,
    pub(super) query: Query<'a>,
    pub(super) skip: i64,
    pub(super) page_token: &'a str,
    pub(super) use_page_tokens: bool,
    pub(super) take: i32,
}

impl Listing<'_> {
    pub(super) fn uses_tokens(&self) -> bool {
        self.use_page_tokens || !self.page_token.is_empty()
    }

    /// How many resources to return at most.
    fn length(&self) -> i64 {
        match i64::from(self.take) {
            take if take > 0 => take.min(self.query.page_size),
            _ => self.query.page_size,
        }
    }

    fn order(&self) -> Result<Order, scim::error::Error> {
        let Query {
            order_by,
            descending,
            ..
        } = self.query;
        if order_by.is_empty() {
            return Ok(Order::by_id(self.table));
        }
        let resource_type = self.table.resource_type;
        let field = scim::search::sort_field(order_by, resource_type, Dialect::Lenient)?;
        Order::by(&field, self.table, descending)
    }
}

impl Identity {
    /// What the filter selects.
    pub(super) async fn condition(&self, listing: &Listing<'_>) -> Result<Condition, Error> {
        let Query {
            account_id, filter, ..
        } = listing.query;
        if filter.is_empty() {
            return Ok(Condition::always());
        }
        let resource_type = listing.table.resource_type;
        let bind = |dialect| {
            let filter = filter::parse(filter, dialect)?;
            if listing.query.across_types {
                filter::bind_across(&filter, resource_type, dialect)
            } else {
                filter::bind(&filter, resource_type, dialect)
            }
        };
        // What the strict dialect accepts means the same in the lenient one, so the account's choice
        // matters, and is asked for, only where the strict one refuses.
        let predicate = match bind(Dialect::Strict) {
            Ok(predicate) => predicate,
            Err(_) => bind(self.settings.policy(account_id).await?.dialect)?,
        };
        Ok(compile(&predicate, listing.table)?)
    }

    /// Which part of the list is asked for.
    pub(super) fn page(&self, listing: &Listing<'_>) -> Result<Page, Error> {
        let tokens = listing.uses_tokens();
        let size = listing.query.page_size;
        if !(0..=i64::from(MAX_SIZE)).contains(&size) {
            let text = format!("page_size must be from 0 to {MAX_SIZE}");
            return Err(if tokens {
                Error::PageSize(text)
            } else {
                Error::InvalidValue(text)
            });
        }
        if listing.skip < 0 || (tokens && listing.skip > 0) {
            return Err(Error::InvalidValue(
                "skip must not be negative, nor stand together with a page token".to_owned(),
            ));
        }
        let order = match listing.order() {
            // No resource of the type has a value to sort by.
            Err(_) if listing.query.across_types => Order::by_id(listing.table),
            order => order?,
        };
        let token = Some(listing.page_token).filter(|token| !token.is_empty());
        let read = |token| self.cursors.read(listing.query, token, Utc::now());
        Ok(Page {
            order,
            after: token.map(read).transpose()?,
            skip: listing.skip,
            // One more tells whether there is a next page.
            limit: listing.length() + i64::from(tokens),
        })
    }

    /// The rows of the page, and the token for the next page if there is one.
    pub(super) fn cut<R>(
        &self,
        listing: &Listing<'_>,
        Rows { mut rows, left }: Rows<R>,
        id: impl Fn(&R) -> Uuid,
    ) -> (Vec<R>, String) {
        let size = usize::try_from(listing.length()).unwrap_or_default();
        let goes_on = listing.uses_tokens() && (left || rows.len() > size);
        rows.truncate(size);
        let mut token = String::new();
        if let (true, Some((row, key))) = (goes_on, rows.last()) {
            let (key, id) = (key.clone(), id(row));
            let position = Position { key, id };
            token = self.cursors.write(listing.query, &position, Utc::now());
        }
        (rows.into_iter().map(|(row, _)| row).collect(), token)
    }
}
