//! Queries over all types together (RFC 7644 sections 3.4.2.1 and 3.4.3): users first, then groups, then those
//! that the operator defined, unless they are sorted.

use ::scim::Map;
use axum::{extract::State, response::Response};
use futures::future::try_join_all;
use proto::protocol::v1::ErrorReason as Reason;

use super::{
    Message,
    kind::Kind,
    list::{Found, Part},
    query::{MAX_COUNT, Parameters, Search},
    response,
};
use crate::{auth::ScimCaller, error::Fault, state::Gateway};

mod cursor;
mod merge;
mod places;

/// A page: its resources as they are shown, how many match in all, and the next cursor if there is one.
type Page = (Vec<Map>, i64, String);

/// `GET` of the base URL.
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    caller: ScimCaller,
    parameters: Parameters,
) -> Result<Response, Fault> {
    let search = parameters.search(caller.dialect)?;
    find(&gateway, &caller, search).await
}

/// `POST /.search`.
pub(crate) async fn search(
    State(gateway): State<Gateway>,
    caller: ScimCaller,
    Message(body): Message,
) -> Result<Response, Fault> {
    let search = Search::from_body(body, caller.dialect)?;
    find(&gateway, &caller, search).await
}

async fn find(gateway: &Gateway, caller: &ScimCaller, search: Search) -> Result<Response, Fault> {
    let query = Query {
        gateway,
        caller,
        search: &search,
    };
    let (resources, total, next) = match &search.cursor {
        Some(cursor) if search.count > 0 && search.sort_by.is_empty() => {
            query.by_cursor(cursor).await?
        }
        Some(cursor) if search.count > 0 => query.sorted_by_cursor(cursor).await?,
        _ if search.sort_by.is_empty() => query.in_turn().await?,
        _ => query.sorted().await?,
    };
    Ok(response::page(&search, total, &next, resources))
}

#[derive(Clone, Copy)]
struct Query<'a> {
    gateway: &'a Gateway,
    caller: &'a ScimCaller,
    search: &'a Search,
}

impl Query<'_> {
    async fn find(self, kind: Kind, part: Part) -> Result<Found, Fault> {
        kind.find(self.gateway, self.caller, self.search, part)
            .await
    }

    /// The same part of every type.
    async fn each(self, part: &Part) -> Result<Vec<(Kind, Found)>, Fault> {
        let kinds = Kind::all(self.gateway).into_iter();
        try_join_all(kinds.map(async |kind| Ok((kind, self.find(kind, part.clone()).await?)))).await
    }

    fn show(self, kind: Kind, found: Found) -> Vec<Map> {
        found.projected(self.search, kind.resource_type(self.gateway))
    }

    /// One type after the other.
    async fn in_turn(self) -> Result<Page, Fault> {
        let (mut skip, mut left) = (self.search.skip(), self.search.count);
        let (mut resources, mut total) = (Vec::new(), 0_i64);
        for kind in Kind::all(self.gateway) {
            let found = self.find(kind, part(skip, left)).await?;
            let taken = i32::try_from(found.resources.len()).unwrap_or(left);
            // Where there was no room for all, the page ends.
            left = if found.is_cut(skip, left) {
                0
            } else {
                (left - taken).max(0)
            };
            skip = (skip - found.total).max(0);
            total = total.saturating_add(found.total);
            resources.extend(self.show(kind, found));
        }
        Ok((resources, total, String::new()))
    }

    /// All types by one order. For that the beginning of each is read, so there is an end to it.
    async fn sorted(self) -> Result<Page, Fault> {
        let counted = self.each(&part(0, 0)).await?;
        if counted.iter().filter(|(_, found)| found.total > 0).count() <= 1 {
            return self.in_turn().await;
        }
        let (skip, total) = (self.search.skip(), total(&counted));
        if self.search.count == 0 || skip >= total {
            return Ok((Vec::new(), total, String::new()));
        }
        if skip >= MAX_COUNT.into() {
            let detail = format!(
                "Of several types sorted together, the first {MAX_COUNT} are shown; narrow the filter, for \
                 one by meta.resourceType."
            );
            return Err(Fault::of(Reason::TooMany, detail));
        }
        let end = skip
            .saturating_add(self.search.count.into())
            .min(MAX_COUNT.into());
        let end = i32::try_from(end).unwrap_or(MAX_COUNT);
        let mut found = self.each(&part(0, end)).await?;
        let total = self::total(&found);
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let count = usize::try_from(end).unwrap_or_default();
        let shares = self.shares(&found, count, |found| found.is_cut(0, end));
        let is_cut = found.iter().any(|(_, found)| found.is_cut(0, end));
        if is_cut && shares.iter().sum::<usize>() <= skip {
            let detail = "What comes before this page is too large to be sorted over several types; narrow the filter, \
                          for one by meta.resourceType.";
            return Err(Fault::of(Reason::TooMany, detail));
        }
        for ((_, found), share) in found.iter_mut().zip(shares) {
            found.resources.truncate(share);
        }
        let resources = self.merge(found).into_iter().skip(skip).collect();
        Ok((resources, total, String::new()))
    }
}

/// How many match in all.
fn total(found: &[(Kind, Found)]) -> i64 {
    let totals = found.iter().map(|(_, found)| found.total);
    totals.fold(0, i64::saturating_add)
}

fn part(skip: i64, size: i32) -> Part {
    Part {
        skip,
        size,
        token: None,
        take: 0,
        across_types: true,
    }
}
