//! Gives committed entries their place in the feed.

use std::{sync::Arc, time::Duration};

use diesel::{QueryableByName, sql_query, sql_types};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures::{Stream, TryStreamExt, stream};
use proto::{
    error::status,
    protocol::v1::{Change, ErrorReason},
};
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
    time::timeout,
};
use tonic::Status;

use super::after;
use crate::{
    Error,
    postgres::{Pool, connect},
};

/// Entries written by a process that died before it woke its sequencer, or by another replica, wait this
/// long at most.
const INTERVAL: Duration = Duration::from_secs(1);

/// Entries read at a time by a follower.
const PAGE: i64 = 500;

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

    /// All entries after a sequence, and on as they come.
    ///
    /// # Errors
    /// DEPENDENCY_UNAVAILABLE or INTERNAL_FAULT ends the stream.
    pub fn follow(
        &self,
        sequence: i64,
    ) -> impl Stream<Item = Result<Change, Status>> + Send + use<> {
        let position = (self.pool.clone(), self.last.clone(), sequence);
        stream::try_unfold(position, async |(pool, mut last, sequence)| {
            loop {
                // Seen before the page is read, so that what comes meanwhile is not slept over.
                last.borrow_and_update();
                let page = page(&pool, sequence).await.map_err(Error::into_status)?;
                if let Some(end) = page.last() {
                    let sequence = end.sequence;
                    return Ok(Some((page, (pool, last, sequence))));
                }
                if last.changed().await.is_err() {
                    let reason = ErrorReason::DependencyUnavailable;
                    return Err(status(reason, "the service is stopping"));
                }
            }
        })
        .map_ok(|page| stream::iter(page.into_iter().map(Ok)))
        .try_flatten()
    }
}

async fn page(pool: &Pool, sequence: i64) -> Result<Vec<Change>, Error> {
    let mut connection = connect(pool).await?;
    Ok(after(&mut connection, sequence, PAGE).await?)
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
        let _ = timeout(INTERVAL, wake.notified()).await;
    }
}

#[derive(QueryableByName)]
struct State {
    #[diesel(sql_type = sql_types::Int8)]
    last: i64,
    #[diesel(sql_type = sql_types::Bool)]
    pending: bool,
}

/// Numbers all committed entries and returns the last number.
async fn number_all(pool: &Pool) -> Result<i64, Error> {
    let mut connection = connect(pool).await?;
    loop {
        let state: State = sql_query(
            "SELECT last, EXISTS (SELECT 1 FROM changes WHERE sequence IS NULL) AS pending FROM change_sequence",
        )
        .get_result(&mut connection)
        .await?;
        if !state.pending {
            return Ok(state.last);
        }
        number_some(&mut connection).await?;
    }
}

/// Numbers a thousand entries at most. Read committed, so that the second statement sees all that the
/// sequencer before us has committed while the first waited for it.
async fn number_some(connection: &mut AsyncPgConnection) -> Result<(), Error> {
    connection
        .build_transaction()
        .read_committed()
        .run(async |connection| {
            sql_query("SELECT last FROM change_sequence FOR UPDATE")
                .execute(connection)
                .await?;
            sql_query(
                "WITH pending AS (
                     SELECT account_id, id, row_number() OVER (ORDER BY created_at, id) AS place
                     FROM (
                         SELECT account_id, id, created_at FROM changes
                         WHERE sequence IS NULL ORDER BY created_at, id LIMIT 1000
                     ) AS oldest
                 ), numbered AS (
                     UPDATE changes SET sequence = change_sequence.last + pending.place
                     FROM pending, change_sequence
                     WHERE changes.account_id = pending.account_id AND changes.id = pending.id
                     RETURNING changes.sequence
                 )
                 UPDATE change_sequence SET last = last + (SELECT count(*) FROM numbered)",
            )
            .execute(connection)
            .await?;
            Ok(())
        })
        .await
}
