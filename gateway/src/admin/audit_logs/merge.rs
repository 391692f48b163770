//! Several change logs as one, the newest change first. A place in it is the time and the id of a change, so
//! that one cursor serves them all and nothing is kept between requests.

use std::{cmp::Reverse, collections::VecDeque, fmt};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::client::Channel;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::try_join_all;
use proto::protocol::v1::{
    Change, ErrorReason as Reason, ListChangesRequest,
    change_log_service_client::ChangeLogServiceClient,
};
use uuid::Uuid;

use crate::error::Fault;

/// After which change a page begins; ordered as the changes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    time: DateTime<Utc>,
    id: Uuid,
}

impl Position {
    /// The place of a change.
    pub(super) fn of(change: &Change) -> Position {
        let time = change.create_time.as_ref().map(proto::time::date_time);
        Position {
            time: time.unwrap_or_default(),
            id: change.id.parse().unwrap_or_default(),
        }
    }

    /// Reads a cursor.
    pub(super) fn parse(text: &str) -> Result<Position, Fault> {
        let read = || {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            let (time, id) = bytes.split_first_chunk::<8>()?;
            Some(Position {
                time: DateTime::from_timestamp_micros(i64::from_be_bytes(*time))?,
                id: Uuid::from_slice(id).ok()?,
            })
        };
        let fault = || Fault::of(Reason::InvalidCursor, "The cursor is not one of this list.");
        // No log is older; a forged cursor must not lead to times that a store does not know.
        read()
            .filter(|position| position.time >= DateTime::UNIX_EPOCH)
            .filter(|position| position.time <= Utc::now() + TimeDelta::days(1))
            .ok_or_else(fault)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.time.timestamp_micros().to_be_bytes().to_vec();
        bytes.extend(self.id.as_bytes());
        formatter.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

/// The logs, read as far as needed.
pub(super) struct Merge(Vec<Source>);

impl Merge {
    /// Reads these changes of each log, from a place on.
    pub(super) fn new(
        logs: &[(&'static str, ChangeLogServiceClient<Channel>)],
        selection: &ListChangesRequest,
        after: Option<Position>,
    ) -> Merge {
        let mut request = selection.clone();
        if let Some(position) = after {
            // Changes of one transaction have one time, so this one's are asked for again.
            let end = position.time + TimeDelta::microseconds(1);
            let asked = request.end_time.as_ref().map(proto::time::date_time);
            let end = asked.map_or(end, |asked| asked.min(end));
            request.end_time = Some(proto::time::timestamp(end));
        }
        let sources = logs.iter().map(|(name, client)| Source {
            name,
            client: client.clone(),
            request: request.clone(),
            after,
            read: VecDeque::new(),
            is_read: false,
        });
        Merge(sources.collect())
    }

    /// The next changes, each with the log it is from; fewer than `count` only at the end.
    pub(super) async fn take(
        &mut self,
        count: usize,
    ) -> Result<Vec<(&'static str, Change)>, Fault> {
        let mut taken = Vec::new();
        while taken.len() < count {
            try_join_all(self.0.iter_mut().map(Source::fill)).await?;
            let sources = self.0.iter_mut().filter(|source| !source.read.is_empty());
            let newest =
                sources.min_by_key(|source| source.read.front().map(Position::of).map(Reverse));
            let Some(source) = newest else {
                break;
            };
            taken.extend(source.read.pop_front().map(|change| (source.name, change)));
        }
        Ok(taken)
    }
}

/// One log.
struct Source {
    name: &'static str,
    client: ChangeLogServiceClient<Channel>,
    request: ListChangesRequest,
    after: Option<Position>,
    /// Read, not yet taken.
    read: VecDeque<Change>,
    /// Whether there is nothing left to read.
    is_read: bool,
}

impl Source {
    /// Sees to it that there is a next change, if there is one.
    async fn fill(&mut self) -> Result<(), Fault> {
        while self.read.is_empty() && !self.is_read {
            let found = self.client.list_changes(self.request.clone()).await?;
            let found = found.into_inner();
            let changes = found.changes.into_iter();
            let after = self.after;
            let wanted = |change: &Change| after.is_none_or(|after| Position::of(change) < after);
            self.read.extend(changes.filter(wanted));
            self.is_read = found.next_page_token.is_empty();
            self.request.page_token = found.next_page_token;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
