//! Follows the feed, and begins attempts as they are due.

use std::{collections::HashMap, time::Duration};

use diesel_async::AsyncConnection;
use proto::protocol::v1::Change;
use storage::{
    changes::{self, Sequencer},
    postgres::{Pool, connect},
};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{MissedTickBehavior, interval, timeout},
};

use crate::{
    Config, Source,
    attempt::Courier,
    dead,
    error::Error,
    queue::{self, Channel},
};

/// The changes looked at in one transaction.
const PAGE: i64 = 500;

/// How many attempts a process makes at once, and how many of them for one account: who does not answer
/// must not hold up the others.
const ATTEMPTS: usize = 32;
const ACCOUNT_ATTEMPTS: usize = 4;

/// How long an attempt is left to the process that makes it; longer than any attempt takes.
const LEASE: Duration = Duration::from_secs(60);

/// How long a stop waits for the attempts under way: they are short, and what is left undone is done by
/// another process.
const STOP_TIME: Duration = Duration::from_secs(5);

/// Delivers in the background; any number of processes may do so at once.
pub struct Deliverer<S> {
    pool: Pool,
    source: S,
    courier: Courier<S>,
    interval: Duration,
    /// The last change there is, and the last that some process is known to have looked at.
    feed: watch::Receiver<i64>,
    position: i64,
    /// The attempts under way, and how many there are of each account.
    attempts: JoinSet<i64>,
    busy: HashMap<i64, usize>,
}

impl<S: Source> Deliverer<S> {
    /// Of the changes in this database, which the sequencer numbers.
    ///
    /// # Errors
    /// The system has no root certificates.
    pub fn new(
        config: &Config,
        source: S,
        pool: Pool,
        sequencer: &Sequencer,
    ) -> std::io::Result<Deliverer<S>> {
        Ok(Deliverer {
            courier: Courier::new(config, pool.clone(), source.clone())?,
            pool,
            source,
            feed: sequencer.subscribe(),
            position: -1,
            interval: config.interval,
            attempts: JoinSet::new(),
            busy: HashMap::new(),
        })
    }

    /// Delivers until told to stop, then finishes the attempts under way, within five seconds.
    pub async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let mut ticks = interval(self.interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            let looked = tokio::select! {
                () = stop(&mut stopped) => break,
                _ = ticks.tick() => self.look().await,
                Some(ended) = self.attempts.join_next() => {
                    // There is room now, and the next of a resource may have come up.
                    self.end(ended.ok());
                    self.begin().await
                }
            };
            match looked {
                Ok(()) => failing = false,
                Err(error) => {
                    if !failing {
                        tracing::warn!(%error, "changes are not delivered for now");
                    }
                    failing = true;
                }
            }
        }
        // Those that are late are dropped, and their leases end.
        let _ = timeout(STOP_TIME, self.attempts.join_all()).await;
    }

    /// Looks at the feed and begins what is due.
    async fn look(&mut self) -> Result<(), Error> {
        let last = *self.feed.borrow();
        while self.position < last {
            match self.fill().await? {
                Some(position) if position > self.position => self.position = position,
                // Another process is at it.
                _ => break,
            }
        }
        self.begin().await
    }

    /// Notes that attempts have ended, those that ended meanwhile included.
    fn end(&mut self, account_id: Option<i64>) {
        let mut ended = vec![account_id];
        while let Some(another) = self.attempts.try_join_next() {
            ended.push(another.ok());
        }
        for account_id in ended.into_iter().flatten() {
            if let Some(count) = self.busy.get_mut(&account_id) {
                *count = count.saturating_sub(1);
            }
        }
        // An attempt that panicked does not say whose it was.
        let is_idle = self.attempts.is_empty();
        self.busy.retain(|_, count| *count > 0 && !is_idle);
    }

    /// Begins what is due, as far as there is room.
    async fn begin(&mut self) -> Result<(), Error> {
        let room = ATTEMPTS.saturating_sub(self.attempts.len());
        let busy = self.busy.iter();
        let busy = busy.filter(|(_, count)| **count >= ACCOUNT_ATTEMPTS);
        let busy: Vec<i64> = busy.map(|(account_id, _)| *account_id).collect();
        let mut connection = connect(&self.pool).await?;
        let claimed = queue::claim(
            &mut connection,
            room as i64,
            ACCOUNT_ATTEMPTS as i64,
            &busy,
            LEASE,
        )
        .await?;
        drop(connection);
        for delivery in claimed {
            *self.busy.entry(delivery.account_id).or_default() += 1;
            let courier = self.courier.clone();
            self.attempts.spawn(async move {
                let account_id = delivery.account_id;
                courier.attempt(delivery).await;
                account_id
            });
        }
        Ok(())
    }

    /// Makes deliveries of the next page of the feed, and tells where it ends; none: another process does.
    async fn fill(&self) -> Result<Option<i64>, Error> {
        let mut connection = connect(&self.pool).await?;
        let last = queue::position(&mut connection).await?;
        let changes = changes::after(&mut connection, last, PAGE).await?;
        let Some(end) = changes.last().map(|change| change.sequence) else {
            return Ok(Some(last));
        };
        // Neither connection nor lock is held while others are asked.
        drop(connection);
        let wanted = self.wanted(&changes).await?;
        let mut connection = connect(&self.pool).await?;
        connection
            .transaction(async |connection| {
                if queue::lock_position(connection).await? != Some(last) {
                    return Ok(None);
                }
                queue::fill(connection, &wanted).await?;
                queue::set_position(connection, end).await?;
                Ok(Some(end))
            })
            .await
    }

    /// Which changes are delivered, and how.
    async fn wanted<'a>(&self, changes: &'a [Change]) -> Result<Vec<(&'a Change, Channel)>, Error> {
        // Asked for anew each time: a webhook set before a change hears of it.
        let mut hooked: HashMap<i64, bool> = HashMap::new();
        let mut wanted = Vec::new();
        for change in changes.iter().filter(|change| dead::is_told(&change.kind)) {
            let hooked = match hooked.get(&change.account_id) {
                Some(hooked) => *hooked,
                None => {
                    let found = self.source.webhook(change.account_id).await?.is_some();
                    hooked.insert(change.account_id, found);
                    found
                }
            };
            if hooked {
                wanted.push((change, Channel::Webhook));
            }
            if self.source.is_mailed(change) {
                wanted.push((change, Channel::Mail));
            }
        }
        Ok(wanted)
    }
}

async fn stop(stopped: &mut watch::Receiver<bool>) {
    // An error means that nobody is left to say so.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}
