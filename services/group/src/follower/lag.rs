//! How far the follower is behind, for operators.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use proto::protocol::v1::Change;

/// How often the metric is written, also while nothing else happens.
const INTERVAL: Duration = Duration::from_secs(1);

/// Since when the follower is behind; none: it has applied all that has come, and the feed is there.
#[derive(Debug, Default)]
pub(super) struct Lag(Mutex<Option<DateTime<Utc>>>);

impl Lag {
    /// The feed is there; what it brings is told by [`Lag::at`].
    pub(super) fn connected(&self) {
        metrics::gauge!("change_feed_up").set(1);
        self.set(None);
    }

    /// The feed is lost. What was behind already is behind since then.
    pub(super) fn lost(&self) {
        metrics::gauge!("change_feed_up").set(0);
        let since = self.get().unwrap_or_else(Utc::now);
        self.set(Some(since));
    }

    /// A change's turn has come.
    pub(super) fn at(&self, change: &Change) {
        if let Some(time) = &change.create_time {
            self.set(Some(proto::time::date_time(time)));
        }
    }

    /// All that has come is applied.
    pub(super) fn caught_up(&self) {
        self.set(None);
    }

    /// Writes the metric from time to time, for ever.
    pub(super) async fn report(&self) {
        let mut ticks = tokio::time::interval(INTERVAL);
        loop {
            ticks.tick().await;
            metrics::gauge!("change_feed_lag_seconds").set(self.seconds(Utc::now()));
        }
    }

    fn seconds(&self, now: DateTime<Utc>) -> f64 {
        let age = self
            .get()
            .and_then(|since| (now - since).to_std().ok())
            .unwrap_or_default();
        age.as_secs_f64()
    }

    fn get(&self) -> Option<DateTime<Utc>> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, since: Option<DateTime<Utc>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }
}

#[cfg(test)]
mod tests;
