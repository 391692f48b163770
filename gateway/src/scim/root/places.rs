//! Cursors over all types in one order: where each of them goes on.

use std::fmt::Write;

use futures::future::try_join_all;
use proto::protocol::v1::ErrorReason as Reason;
use sha2::{Digest, Sha256};

use super::{Page, Part, Query, cursor::invalid, part, total};
use crate::{
    error::Fault,
    scim::{kind::Kind, list::Found},
};

/// Before the size of a page, a seal and the places.
const MERGED: &str = "m";
/// Between the places.
const SEPARATOR: char = '~';
/// The place of a type that is shown to its end.
const DONE: &str = ".";

/// Where a type goes on: the cursor of its service, empty at the beginning; none: it is shown to its end.
type Place = Option<String>;

impl Query<'_> {
    /// The first page of all types by one order, or the one at the cursor.
    pub(super) async fn sorted_by_cursor(self, cursor: &str) -> Result<Page, Fault> {
        let kinds = Kind::all(self.gateway);
        let mut places = match cursor {
            "" => vec![Some(String::new()); kinds.len()],
            cursor => self.places(cursor)?,
        };
        let reads = kinds.into_iter().zip(&places);
        let reads = reads
            .map(async |(kind, place)| Ok::<_, Fault>((kind, self.go_on(kind, place, 0).await?)));
        let mut found: Vec<(Kind, Found)> = try_join_all(reads).await?;
        let total = total(&found);
        let count = usize::try_from(self.search.count).unwrap_or_default();
        let shares = self.shares(&found, count, |found| !found.next.is_empty());
        let parts = found.iter_mut().zip(&mut places).zip(shares);
        try_join_all(parts.map(async |(((kind, found), place), share)| {
            self.cut(*kind, found, place, share).await
        }))
        .await?;
        let next = if places.iter().any(Option::is_some) {
            self.cursor(&places)
        } else {
            String::new()
        };
        Ok((self.merge(found), total, next))
    }

    /// Leaves this many of what was found, and moves the place behind them. Where the page ends among them, they are
    /// read again: what is shown is then exactly what lies before the new place, also if the list changed meanwhile.
    async fn cut(
        self,
        kind: Kind,
        found: &mut Found,
        place: &mut Place,
        share: usize,
    ) -> Result<(), Fault> {
        if share == 0 && !found.resources.is_empty() {
            found.resources.clear();
            return Ok(());
        }
        if share < found.resources.len() {
            let take = i32::try_from(share).unwrap_or(i32::MAX);
            *found = self.go_on(kind, place, take).await?;
        }
        *place = Some(std::mem::take(&mut found.next)).filter(|next| !next.is_empty());
        Ok(())
    }

    /// What comes at a place: a page, or so many of it.
    async fn go_on(self, kind: Kind, place: &Place, take: i32) -> Result<Found, Fault> {
        let part = match place {
            Some(token) => Part {
                token: Some(token.clone()),
                take,
                ..part(0, self.search.count)
            },
            None => part(0, 0),
        };
        self.find(kind, part).await
    }

    fn cursor(self, places: &[Place]) -> String {
        let places: Vec<_> = places
            .iter()
            .map(|place| place.as_deref().unwrap_or(DONE))
            .collect();
        let places = places.join(&SEPARATOR.to_string());
        let count = self.search.count;
        format!("{MERGED}{count}.{}.{places}", self.seal(&places))
    }

    fn places(self, cursor: &str) -> Result<Vec<Place>, Fault> {
        let rest = cursor.strip_prefix(MERGED).ok_or_else(invalid)?;
        let (count, rest) = rest.split_once('.').ok_or_else(invalid)?;
        let (seal, text) = rest.split_once('.').ok_or_else(invalid)?;
        if seal != self.seal(text) {
            return Err(invalid());
        }
        if count != self.search.count.to_string() {
            let detail = "count must be the one the cursor was made with";
            return Err(Fault::of(Reason::InvalidCount, detail));
        }
        let places = text.split(SEPARATOR);
        let places = places.map(|place| Some(place.to_owned()).filter(|place| place != DONE));
        let places: Vec<_> = places.collect();
        // The operator may have added a type since.
        if places.len() == Kind::all(self.gateway).len() {
            Ok(places)
        } else {
            Err(invalid())
        }
    }

    /// Binds places to the query (R-CUR-04). No secret: each place is authenticated by its service.
    fn seal(self, places: &str) -> String {
        let search = self.search;
        let query = (
            self.caller.account_id,
            &search.filter,
            &search.sort_by,
            search.descending,
            places,
        );
        let digest = Sha256::digest(serde_json::json!(query).to_string());
        digest
            .iter()
            .take(16)
            .fold(String::new(), |mut text, byte| {
                let _ = write!(text, "{byte:02x}");
                text
            })
    }
}
