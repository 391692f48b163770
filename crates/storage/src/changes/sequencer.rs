//! Gives committed entries their place in the feed.

use std::{sync::Arc, time::Duration};

use diesel::{OptionalExtension, QueryableByName, sql_types};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures::{Stream, TryStreamExt, stream};
use proto::{
    error::status,
    protocol::v1::{Change, ErrorReason},
};
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};
use tonic::Status;

use super::{after, after_of_kinds, last_between};
use crate::{
    Error,
    postgres::{Pool, connect, statement},
};

/// Entries written by a process that died before it woke its sequencer, or by another replica, wait this
/// long at most.
const INTERVAL: Duration = Duration::from_secs(1);

/// The least time from one numbering to the next. Who writes after a quiet moment is numbered at once; under load
/// many entries share the cost of a numbering, and of each page that a follower reads.
const PAUSE: Duration = Duration::from_millis(100);

/// Entries read at a time by a follower.
const PAGE: i64 = 500;

/// How many entries are numbered at a time.
const BATCH: usize = 1_000;

/// How often a follower of some kinds is sent an entry of another, so that he can move his position on.
const MILESTONE: Duration = Duration::from_secs(60);

/// Numbers committed entries in the background, until its last clone is dropped. Any number of processes
/// may do so at once.
///
/// A number given at the insert would not do: transactions commit in another order than they insert, so a
/// reader who has seen 8 could miss a 7 that is committed later.
#[derive(Clone)]
pub struct Sequencer {
    pool: Pool,
    wake: Arc<Notify>,
    last: watch::Receiver<i64>,
    numbering: watch::Receiver<bool>,
    task: Arc<Task>,
}

struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Sequencer {
    /// Starts numbering; must be called within a runtime.
    pub fn start(pool: Pool) -> Sequencer {
        let wake = Arc::new(Notify::new());
        let (sender, last) = watch::channel(0);
        let (well, numbering) = watch::channel(true);
        let task = tokio::spawn(run(pool.clone(), Arc::clone(&wake), sender, well));
        Sequencer {
            pool,
            wake,
            last,
            numbering,
            task: Arc::new(Task(task)),
        }
    }

    /// Says that entries have been committed. Without it they are found within a second.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// The last sequence given, by this process or another.
    pub fn subscribe(&self) -> watch::Receiver<i64> {
        self.last.clone()
    }

    /// Whether entries are being numbered; false from a fault on until numbering succeeds again, while every
    /// follower waits.
    pub fn numbering(&self) -> watch::Receiver<bool> {
        self.numbering.clone()
    }

    /// Stops numbering and ends every [`Sequencer::follow`], so that a server can drain its streams.
    pub fn stop(&self) {
        self.task.0.abort();
    }

    /// All entries of some kinds after a sequence, and on as they come; no kinds: of all. Where kinds are named, an entry
    /// of another may come once a minute, the last of those that were passed over.
    ///
    /// # Errors
    /// DEPENDENCY_UNAVAILABLE or INTERNAL_FAULT ends the stream.
    pub fn follow(
        &self,
        sequence: i64,
        kinds: Vec<String>,
    ) -> impl Stream<Item = Result<Change, Status>> + Send + use<> {
        let follower = Follower {
            pool: self.pool.clone(),
            last: self.last.clone(),
            sequence,
            kinds,
            milestone: Instant::now(),
        };
        stream::try_unfold(follower, async |mut follower| {
            let page = follower.next().await?;
            Ok::<_, Status>(Some((page, follower)))
        })
        .map_ok(|page| stream::iter(page.into_iter().map(Ok)))
        .try_flatten()
    }
}

/// Somebody who reads the feed.
struct Follower {
    pool: Pool,
    last: watch::Receiver<i64>,
    /// Up to where he has read.
    sequence: i64,
    kinds: Vec<String>,
    /// When something was sent last.
    milestone: Instant,
}

impl Follower {
    /// The next entries for him, at least one.
    async fn next(&mut self) -> Result<Vec<Change>, Status> {
        loop {
            // Seen before the page is read, so that what comes meanwhile is not slept over.
            let last = *self.last.borrow_and_update();
            let page = self.page(last).await.map_err(Error::into_status)?;
            if let Some(end) = page.last() {
                self.sequence = end.sequence;
                self.milestone = Instant::now();
                return Ok(page);
            }
            // What is numbered up to there is of other kinds.
            self.sequence = self.sequence.max(last);
            if self.last.changed().await.is_err() {
                let reason = ErrorReason::DependencyUnavailable;
                return Err(status(reason, "the service is stopping"));
            }
        }
    }

    /// The next entries; of other kinds only one that stands between them and `last`, so that none comes twice.
    async fn page(&self, last: i64) -> Result<Vec<Change>, Error> {
        let mut connection = connect(&self.pool).await?;
        if self.kinds.is_empty() {
            return Ok(after(&mut connection, self.sequence, PAGE).await?);
        }
        let page = after_of_kinds(&mut connection, self.sequence, &self.kinds, PAGE).await?;
        if !page.is_empty() || self.milestone.elapsed() < MILESTONE {
            return Ok(page);
        }
        let passed = last_between(&mut connection, self.sequence, last).await?;
        Ok(passed.into_iter().collect())
    }
}

async fn run(pool: Pool, wake: Arc<Notify>, last: watch::Sender<i64>, well: watch::Sender<bool>) {
    loop {
        match number_all(&pool).await {
            Ok(sequence) => {
                well.send_if_modified(|well| !std::mem::replace(well, true));
                last.send_if_modified(|known| {
                    let newer = *known < sequence;
                    *known = sequence.max(*known);
                    newer
                });
            }
            Err(error) => {
                if well.send_if_modified(|well| std::mem::replace(well, false)) {
                    tracing::warn!(%error, "the change log is not numbered for now");
                }
            }
        }
        // After a fault the interval is a pause, too: wakes only come from commits that succeeded.
        sleep(PAUSE).await;
        let _ = timeout(INTERVAL, wake.notified()).await;
    }
}

#[derive(QueryableByName)]
struct State {
    #[diesel(sql_type = sql_types::Int8)]
    last: i64,
}

/// Numbers all committed entries and returns the last number.
async fn number_all(pool: &Pool) -> Result<i64, Error> {
    let mut connection = connect(pool).await?;
    loop {
        let (last, count) = number_some(&mut connection).await?;
        if count < BATCH {
            return Ok(last);
        }
    }
}

/// Numbers a batch at most; returns the last number and how many were given. Read committed, so that the second
/// statement sees all that the sequencer before us has committed while the first waited for it.
async fn number_some(connection: &mut AsyncPgConnection) -> Result<(i64, usize), Error> {
    connection
        .build_transaction()
        .read_committed()
        .run(async |connection| {
            let state: State = statement("SELECT last FROM change_sequence FOR UPDATE")
                .get_result(connection)
                .await?;
            let numbered: Option<State> = statement(
                "WITH pending AS (
                     SELECT account_id, id, row_number() OVER (ORDER BY created_at, id) AS place
                     FROM (
                         SELECT account_id, id, created_at FROM changes
                         WHERE sequence IS NULL ORDER BY created_at, id LIMIT $1
                     ) AS oldest
                 ), numbered AS (
                     UPDATE changes SET sequence = change_sequence.last + pending.place
                     FROM pending, change_sequence
                     WHERE changes.account_id = pending.account_id AND changes.id = pending.id
                     RETURNING changes.sequence
                 ), counted AS (
                     SELECT count(*) AS count FROM numbered
                 )
                 UPDATE change_sequence SET last = last + counted.count FROM counted
                 WHERE counted.count > 0
                 RETURNING last",
            )
            .bind::<sql_types::Int8, _>(BATCH as i64)
            .get_result(connection)
            .await
            .optional()?;
            let last = numbered.map_or(state.last, |numbered| numbered.last);
            let count = usize::try_from(last - state.last).unwrap_or_default();
            Ok((last, count))
        })
        .await
}
