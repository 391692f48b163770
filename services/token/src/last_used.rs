//! When tokens were last used: gathered in memory, written seldom.
//!
//! A use shows in the table within some 5 s if it is the first for a minute; after that a token is written at
//! most once a minute however busy it is. A crash loses at most the uses since.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use storage::postgres::Pool;
use tokio::time::Instant;

use crate::tokens::{self, Token, Use};

/// How often the memory is looked through for something to write.
const INTERVAL: Duration = Duration::from_secs(5);
/// How long a token is left alone after it was written.
const REST: Duration = Duration::from_secs(60);
/// The longest a write may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The uses not written yet; cheap to clone.
#[derive(Clone, Default)]
pub struct LastUsed(Arc<Mutex<Usages>>);

type Usages = HashMap<Id, Usage>;

/// Account and token.
type Id = (i64, i64);

struct Usage {
    last: Instant,
    /// Used since the last write.
    dirty: bool,
    written: Option<Instant>,
}

impl LastUsed {
    /// Notes that a token is used now.
    pub fn touch(&self, token: &Token) {
        self.touch_at((token.account_id, token.id), Instant::now());
    }

    /// Writes from time to time, for ever.
    pub async fn run(self, pool: Pool) {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            ticks.tick().await;
            let due = self.due(Instant::now(), REST);
            match self.write(&pool, &due).await {
                Ok(()) => failing = false,
                // Kept in memory and tried again; one warning for each outage.
                Err(fault) if !failing => {
                    failing = true;
                    tracing::warn!(error = %fault, "cannot write when tokens were last used");
                }
                Err(_) => {}
            }
        }
    }

    /// Writes whatever is not written yet, before the process ends.
    pub async fn finish(&self, pool: &Pool) {
        let due = self.due(Instant::now(), Duration::ZERO);
        if let Err(fault) = self.write(pool, &due).await {
            tracing::warn!(error = %fault, "the last uses of some tokens are lost");
        }
    }

    async fn write(&self, pool: &Pool, due: &[(Id, Instant)]) -> anyhow::Result<()> {
        if due.is_empty() {
            return Ok(());
        }
        let now = Instant::now();
        let uses: Vec<Use> = due
            .iter()
            .map(|((account_id, id), last)| Use {
                account_id: *account_id,
                id: *id,
                ago: now - *last,
            })
            .collect();
        tokio::time::timeout(PATIENCE, store(pool, &uses)).await??;
        self.written(due, Instant::now());
        Ok(())
    }

    fn touch_at(&self, id: Id, now: Instant) {
        let mut usages = self.usages();
        let usage = usages.entry(id).or_insert(Usage {
            last: now,
            dirty: true,
            written: None,
        });
        usage.last = now;
        usage.dirty = true;
    }

    /// What to write now, with the moment of the last use; forgets tokens at rest.
    fn due(&self, now: Instant, rest: Duration) -> Vec<(Id, Instant)> {
        let mut usages = self.usages();
        let rested = |usage: &Usage| usage.written.is_none_or(|written| now - written >= rest);
        usages.retain(|_, usage| usage.dirty || !rested(usage));
        let mut due: Vec<(Id, Instant)> = usages
            .iter()
            .filter(|(_, usage)| usage.dirty && rested(usage))
            .map(|(id, usage)| (*id, usage.last))
            .collect();
        // All replicas lock rows in the same order, as far as the planner lets them.
        due.sort_unstable_by_key(|(id, _)| *id);
        due
    }

    /// Notes that these uses are written.
    fn written(&self, done: &[(Id, Instant)], now: Instant) {
        let mut usages = self.usages();
        for (id, last) in done {
            if let Some(usage) = usages.get_mut(id) {
                usage.dirty = usage.last != *last;
                usage.written = Some(now);
            }
        }
    }

    fn usages(&self) -> MutexGuard<'_, Usages> {
        // Nothing panics while holding it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn store(pool: &Pool, uses: &[Use]) -> Result<(), storage::Error> {
    let mut connection = storage::postgres::connect(pool).await?;
    tokens::update_last_used(&mut connection, uses).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
