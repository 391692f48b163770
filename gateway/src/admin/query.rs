//! The query parameters of the admin API.

use axum::extract::FromRequestParts;
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};
use http::request::Parts;

use super::fields::invalid;
use crate::{error::Fault, scim::query::Parameters};

/// The most resources of a page, and how many it has if the client does not say.
pub(crate) const MAX_LIMIT: i32 = 100;

/// The parameters of a query string.
#[derive(Debug)]
pub(crate) struct Query(Parameters);

/// Which part of a list is asked for, in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    /// From 1 to [`MAX_LIMIT`].
    pub(crate) limit: i32,
    /// From 0.
    pub(crate) offset: i32,
    /// A field, after `-` if from the largest to the smallest.
    pub(crate) order_by: String,
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Query, Fault> {
        Ok(Query(Parameters::new(
            parts.uri.query().unwrap_or_default(),
        )))
    }
}

impl Query {
    /// A parameter; an empty one is the same as none.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Fault> {
        check(name, self.0.one(name)?.map(|text| text.into_owned()))
    }

    /// A parameter that is true or false; not given: false.
    pub(crate) fn is_true(&self, name: &str) -> Result<bool, Fault> {
        match self.text(name)?.as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(invalid(format!("{name} must be true or false"))),
        }
    }

    /// A parameter that may be repeated or hold several values with commas between them; empty: not given.
    pub(crate) fn list(&self, name: &str) -> Result<Vec<String>, Fault> {
        let text = check(name, self.0.joined(name)?)?.unwrap_or_default();
        let items = text.split(',').map(str::trim);
        let items = items.filter(|item| !item.is_empty());
        Ok(items.map(str::to_owned).collect())
    }

    /// The beginning of a span: a time of RFC 3339, or a date, which means its beginning in UTC.
    pub(crate) fn instant(&self, name: &str) -> Result<Option<DateTime<Utc>>, Fault> {
        self.time(name, TimeDelta::zero())
    }

    /// The end of a span: a time of RFC 3339, or a date, which belongs to it.
    pub(crate) fn end(&self, name: &str) -> Result<Option<DateTime<Utc>>, Fault> {
        self.time(name, TimeDelta::days(1))
    }

    fn time(&self, name: &str, past_date: TimeDelta) -> Result<Option<DateTime<Utc>>, Fault> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        // A `+` of an offset that was not encoded reads as a space.
        let text = text.trim().replace(' ', "+");
        let date = || {
            let date: NaiveDate = text.parse().ok()?;
            date.and_time(NaiveTime::MIN)
                .and_utc()
                .checked_add_signed(past_date)
        };
        let instant = DateTime::parse_from_rfc3339(&text);
        let instant = instant.map(|instant| instant.to_utc()).ok().or_else(date);
        // What Postgres can hold and a client can mean.
        let instant = instant.filter(|instant| (0..=9999).contains(&instant.year()));
        let fault = || invalid(format!("{name} must be a time of RFC 3339 or a date"));
        instant.map(Some).ok_or_else(fault)
    }

    /// The page asked for, in an order by one of these fields, of which the first is the default. One with
    /// `-` before it is for that direction only.
    pub(crate) fn page(&self, fields: &[&str]) -> Result<Page, Fault> {
        let order_by = self.text("order_by")?;
        let order_by = order_by.unwrap_or_else(|| fields[0].to_owned());
        let field = order_by.strip_prefix('-').unwrap_or(&order_by);
        if !fields.contains(&field) && !fields.contains(&&*order_by) {
            let known = fields.join(", ");
            return Err(invalid(format!("order_by must be one of {known}")));
        }
        Ok(Page {
            limit: self.limit()?,
            offset: self.offset()?,
            order_by,
        })
    }

    /// How many resources a page is to have.
    pub(crate) fn limit(&self) -> Result<i32, Fault> {
        let limit = self.integer("limit", 1)?.unwrap_or(MAX_LIMIT);
        Ok(limit.min(MAX_LIMIT))
    }

    /// How many resources are to be skipped.
    pub(crate) fn offset(&self) -> Result<i32, Fault> {
        Ok(self.integer("offset", 0)?.unwrap_or(0))
    }

    /// Whether the list asked for is that of deleted resources, of which none are kept.
    pub(crate) fn wants_deleted(&self) -> Result<bool, Fault> {
        match self.text("state")?.as_deref() {
            None | Some("1" | "active" | "all") => Ok(false),
            Some("2" | "deleted") => Ok(true),
            Some(_) => Err(invalid("state is active, deleted or all")),
        }
    }

    fn integer(&self, name: &str, least: i32) -> Result<Option<i32>, Fault> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        let value = text.trim().parse().ok();
        let value = value.filter(|value| *value >= least);
        let fault = || invalid(format!("{name} must be an integer from {least} on"));
        value.map(Some).ok_or_else(fault)
    }
}

impl Page {
    /// The field to order by, and whether from the largest to the smallest.
    pub(crate) fn order(&self) -> (&str, bool) {
        match self.order_by.strip_prefix('-') {
            Some(field) => (field, true),
            None => (&self.order_by, false),
        }
    }

    /// The page of a list that is there as a whole.
    pub(crate) fn cut<T>(&self, items: Vec<T>) -> Vec<T> {
        let skip = usize::try_from(self.offset).unwrap_or(usize::MAX);
        let take = usize::try_from(self.limit).unwrap_or_default();
        items.into_iter().skip(skip).take(take).collect()
    }
}

fn check(name: &str, text: Option<String>) -> Result<Option<String>, Fault> {
    if text.as_ref().is_some_and(|text| text.contains('\0')) {
        return Err(invalid(format!("{name} holds the character NUL")));
    }
    Ok(text.filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests;
