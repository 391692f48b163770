//! The owner's side: grants, and waits before it acknowledges.

use std::time::Duration;

use chassis::env::Env;
use tokio::time::Instant;

const DEFAULT_MILLISECONDS: u64 = 1_000;
/// A caller of a change waits for the term; more than this would try his patience.
const MOST_MILLISECONDS: u64 = 5_000;

/// How long an answer may be used in place of asking again, counted from before it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term(Duration);

impl Term {
    /// A term of this length; zero: each answer is for one request.
    pub const fn new(length: Duration) -> Term {
        Term(length)
    }

    /// The term that the operator chose, a second unless he says otherwise. All replicas of an owner must have the
    /// same.
    pub fn from_env(env: &mut Env) -> Term {
        let milliseconds = env.or("LEASE_MILLISECONDS", DEFAULT_MILLISECONDS);
        if milliseconds > MOST_MILLISECONDS {
            let problem = format!("must be at most {MOST_MILLISECONDS}");
            env.fault("LEASE_MILLISECONDS", problem);
        }
        Term(Duration::from_millis(milliseconds))
    }

    /// The whole term.
    pub fn length(self) -> Duration {
        self.0
    }

    /// What an answer is granted that was read so long ago.
    pub fn grant(self, age: Duration) -> prost_types::Duration {
        let left = self.0.saturating_sub(age);
        prost_types::Duration {
            seconds: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            nanos: i32::try_from(left.subsec_nanos()).unwrap_or_default(),
        }
    }

    /// Waits until whatever was granted before `committed` has run out, with a quarter of the term as margin.
    /// To be awaited before a change is acknowledged, also one that finds it made already: that one may have been
    /// made a moment ago, by a call that nobody waited for.
    pub async fn run_out(self, committed: Instant) {
        tokio::time::sleep_until(committed + self.0 + self.0 / 4).await;
    }
}
