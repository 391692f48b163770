//! Cursors over all types, one after the other: that of the service at hand, after the place of its type among them.

use futures::future::try_join_all;
use proto::protocol::v1::ErrorReason as Reason;
use sha2::{Digest, Sha256};

use super::{Page, Part, Query, part};
use crate::{
    error::Fault,
    scim::{kind::Kind, list::Found},
};

/// Before the place of the type whose first page comes next, and a seal: there is no position in it to forge.
const FIRST: char = 'f';
/// Before the place of the type, and the cursor of its service.
const NEXT: char = 'n';

impl Query<'_> {
    pub(super) async fn by_cursor(self, cursor: &str) -> Result<Page, Fault> {
        if cursor.is_empty() {
            return self.first_page(0).await;
        }
        let (place, token) = cursor.split_once('.').ok_or_else(invalid)?;
        let index = place.get(1..).and_then(|index| index.parse().ok());
        let index: usize = index.ok_or_else(invalid)?;
        if index >= Kind::all(self.gateway).len() || token.is_empty() {
            return Err(invalid());
        }
        if cursor == self.first(index) {
            self.first_page(index).await
        } else if place.starts_with(NEXT) {
            let found = self.read(index, token).await?;
            Ok(self.page(index, found))
        } else {
            Err(invalid())
        }
    }

    /// The first page of the first type from this place on of which anything matches.
    async fn first_page(self, mut index: usize) -> Result<Page, Fault> {
        loop {
            let found = self.read(index, "").await?;
            match self.later(index, &found) {
                Some(later) if found[index].total == 0 => index = later,
                _ => return Ok(self.page(index, found)),
            }
        }
    }

    /// A page of the type in this place, and how many match of the others.
    async fn read(self, index: usize, token: &str) -> Result<Vec<Found>, Fault> {
        let kinds = Kind::all(self.gateway).into_iter().enumerate();
        let reads = kinds.map(|(place, kind)| {
            let of_page = Part {
                token: Some(token.to_owned()),
                ..part(0, self.search.count)
            };
            let of_count = part(0, 0);
            self.find(kind, if place == index { of_page } else { of_count })
        });
        try_join_all(reads).await
    }

    /// The next type of which anything matches.
    fn later(self, index: usize, found: &[Found]) -> Option<usize> {
        (index + 1..found.len()).find(|place| found[*place].total > 0)
    }

    fn page(self, index: usize, mut found: Vec<Found>) -> Page {
        let total = found
            .iter()
            .fold(0, |sum: i64, it| sum.saturating_add(it.total));
        let next = std::mem::take(&mut found[index].next);
        let next = match self.later(index, &found) {
            _ if !next.is_empty() => format!("{NEXT}{index}.{next}"),
            Some(later) => self.first(later),
            None => String::new(),
        };
        let resource_type = Kind::all(self.gateway)[index].resource_type(self.gateway);
        let found = found.swap_remove(index);
        (found.projected(self.search, resource_type), total, next)
    }

    /// Bound to the query as the cursors of the services are (R-CUR-04).
    fn first(self, index: usize) -> String {
        let (account_id, search) = (self.caller.account_id, self.search);
        let resource_type = Kind::all(self.gateway)[index].resource_type(self.gateway);
        let name = &resource_type.name;
        let query = format!("{account_id} {name} {} {}", search.count, search.filter);
        let digest = Sha256::digest(query);
        let digits = digest.iter().take(16).map(|byte| format!("{byte:02x}"));
        format!("{FIRST}{index}.{}", digits.collect::<String>())
    }
}

pub(super) fn invalid() -> Fault {
    let detail = "the cursor was not made by this server for this query";
    Fault::of(Reason::InvalidCursor, detail)
}
