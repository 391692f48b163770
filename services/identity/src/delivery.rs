//! Tells others of changes to users and invitations: webhooks, and mail for invitations.
//!
//! Each change of the feed that somebody wants becomes a row of `deliveries`. A row is claimed for an
//! attempt with a lease and goes only when the other side has confirmed: a process that dies in between
//! leaves it to be tried again, so that everything arrives at least once. Of one resource only the oldest
//! row is claimed, which keeps its order.

mod address;
mod attempt;
mod mail;
mod queue;
mod webhook;

use std::{collections::HashMap, time::Duration};

use diesel_async::{AsyncConnection, AsyncPgConnection};
use proto::protocol::v1::{Actor, Change, actor::Kind};
use secrecy::SecretString;
use storage::{
    changes::{self, Entry, Sequencer},
    postgres::{Pool, connect},
};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

pub(crate) use self::queue::dead;
use self::{attempt::Courier, queue::Channel};
use crate::{error::Error, invitations, settings::Settings};

/// The changes looked at in one transaction.
const PAGE: i64 = 500;

/// How many attempts a process makes at once, and how many of them for one account: who does not answer
/// must not hold up the others.
const ATTEMPTS: usize = 32;
const ACCOUNT_ATTEMPTS: usize = 4;

/// How long an attempt is left to the process that makes it; longer than any attempt takes.
const LEASE: Duration = Duration::from_secs(60);

/// How changes are delivered.
#[derive(Debug, Clone)]
pub struct Config {
    /// Whether webhooks may be sent to loopback and private addresses.
    pub allow_private: bool,
    /// How invitations are mailed; none: not at all.
    pub mail: Option<Mail>,
    /// How long after each failed attempt the next one is made; after the last the delivery is given up.
    pub pauses: Vec<Duration>,
    /// How often the feed and what is due are looked at.
    pub interval: Duration,
}

/// How invitations are mailed.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The server: `smtps://user:password@host`, `smtp://host?tls=required`.
    pub smtp_url: SecretString,
    /// The sender's address.
    pub from: String,
    /// The link in the mail; `{account_id}` and `{invitation_id}` stand for those.
    pub invitation_url: String,
}

impl Default for Config {
    /// No mail, no private addresses; ten attempts over some four days.
    fn default() -> Config {
        const HOUR: u64 = 3600;
        let pauses = [
            5,
            300,
            1800,
            2 * HOUR,
            5 * HOUR,
            10 * HOUR,
            14 * HOUR,
            20 * HOUR,
            24 * HOUR,
        ];
        Config {
            allow_private: false,
            mail: None,
            pauses: pauses.map(Duration::from_secs).to_vec(),
            interval: Duration::from_secs(1),
        }
    }
}

/// Delivers in the background; any number of processes may do so at once.
pub(crate) struct Deliverer {
    pool: Pool,
    settings: Settings,
    sequencer: Sequencer,
    courier: Courier,
    interval: Duration,
    /// The last change there is, and the last that some process is known to have looked at.
    feed: watch::Receiver<i64>,
    position: i64,
    /// The attempts under way, and how many there are of each account.
    attempts: JoinSet<i64>,
    busy: HashMap<i64, usize>,
}

impl Deliverer {
    /// # Errors
    /// The configuration of the mail is malformed, or the system has no root certificates.
    pub(crate) fn new(
        config: &Config,
        pool: Pool,
        settings: Settings,
        sequencer: Sequencer,
    ) -> anyhow::Result<Deliverer> {
        Ok(Deliverer {
            courier: Courier::new(config, pool.clone(), settings.clone())?,
            pool,
            settings,
            feed: sequencer.subscribe(),
            position: -1,
            sequencer,
            interval: config.interval,
            attempts: JoinSet::new(),
            busy: HashMap::new(),
        })
    }

    /// Delivers until the process is told to stop, then finishes the attempts under way.
    pub(crate) async fn run(mut self, mut stopped: watch::Receiver<bool>) {
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
        self.attempts.join_all().await;
    }

    /// Looks at the feed and begins what is due.
    async fn look(&mut self) -> Result<(), Error> {
        self.note_expired().await?;
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
        connection
            .transaction(async |connection| {
                let Some(last) = queue::lock_position(connection).await? else {
                    return Ok(None);
                };
                let changes = changes::after(connection, last, PAGE).await?;
                let Some(end) = changes.last().map(|change| change.sequence) else {
                    return Ok(Some(last));
                };
                self.fill_with(connection, &changes).await?;
                queue::set_position(connection, end).await?;
                Ok(Some(end))
            })
            .await
    }

    async fn fill_with(
        &self,
        connection: &mut AsyncPgConnection,
        changes: &[Change],
    ) -> Result<(), Error> {
        // Asked for anew each time: a webhook set before a change hears of it.
        let mut hooked: HashMap<i64, bool> = HashMap::new();
        let mut wanted = Vec::new();
        for change in changes.iter().filter(|change| is_told(&change.kind)) {
            let hooked = match hooked.get(&change.account_id) {
                Some(hooked) => *hooked,
                None => {
                    let found = self.settings.webhook(change.account_id).await?.is_some();
                    hooked.insert(change.account_id, found);
                    found
                }
            };
            if hooked {
                wanted.push((change, Channel::Webhook));
            }
            if self.courier.mails() && is_mailed(&change.kind) {
                wanted.push((change, Channel::Mail));
            }
        }
        Ok(queue::fill(connection, &wanted).await?)
    }

    /// Expiry is nobody's write, so the change log hears of it here.
    async fn note_expired(&self) -> Result<(), Error> {
        let actor = Actor {
            kind: Kind::Service.into(),
            id: "identity".to_owned(),
            name: "identity".to_owned(),
            ..Default::default()
        };
        let mut connection = connect(&self.pool).await?;
        let any = connection
            .transaction(async |connection| {
                let expired = invitations::note_expired(connection).await?;
                for (account_id, id) in &expired {
                    let entry = Entry {
                        account_id: *account_id,
                        kind: "invitation.expired",
                        resource_id: &id.to_string(),
                        changed_attributes: &[],
                        actor: &actor,
                    };
                    changes::record(connection, entry).await?;
                }
                Ok::<_, Error>(!expired.is_empty())
            })
            .await?;
        if any {
            self.sequencer.wake();
        }
        Ok(())
    }
}

async fn stop(stopped: &mut watch::Receiver<bool>) {
    // An error means that nobody is left to say so.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Whether webhooks hear of a kind of change.
fn is_told(kind: &str) -> bool {
    kind.starts_with("user.") || kind.starts_with("invitation.")
}

/// Whether a kind of change sends an invitation.
fn is_mailed(kind: &str) -> bool {
    matches!(kind, "invitation.created" | "invitation.resent")
}
