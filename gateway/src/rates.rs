//! How many requests a token may make (R-SEC-04, R-IPSIE-03). Counted after the token is known, so that nobody
//! uses up what is another's, and by each process for itself.

use std::{
    fmt,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    state::keyed::HashMapStateStore,
};

use crate::error::Fault;

/// After so many requests the tokens that are at rest are forgotten: their budget is whole again.
const SWEEP: u32 = 4096;

/// The budgets of the tokens that were used lately.
pub(crate) struct Rates {
    /// None: tokens are not limited.
    limits: Option<Limits>,
    taken: AtomicU32,
}

struct Limits {
    per_second: NonZeroU32,
    tokens: RateLimiter<i64, HashMapStateStore<i64>, DefaultClock>,
}

impl Rates {
    /// So many requests a second, and twice as many at once.
    pub(crate) fn new(per_second: Option<NonZeroU32>) -> Rates {
        let limits = per_second.map(|per_second| {
            let burst = per_second.saturating_mul(NonZeroU32::MIN.saturating_add(1));
            let quota = Quota::per_second(per_second).allow_burst(burst);
            let tokens = RateLimiter::hashmap(quota);
            Limits { per_second, tokens }
        });
        Rates {
            limits,
            taken: AtomicU32::new(0),
        }
    }

    /// Takes one request from the budget of a token.
    ///
    /// # Errors
    /// 429, with the whole seconds until there is another.
    pub(crate) fn take(&self, token_id: i64) -> Result<(), Fault> {
        let Some(Limits { per_second, tokens }) = &self.limits else {
            return Ok(());
        };
        if self.taken.fetch_add(1, Ordering::Relaxed) % SWEEP == SWEEP - 1 {
            tokens.retain_recent();
            tokens.shrink_to_fit();
        }
        tokens.check_key(&token_id).map_err(|refused| {
            let wait = refused.wait_time_from(tokens.clock().now());
            let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
            let seconds = seconds.saturating_add(u32::from(wait.subsec_nanos() > 0));
            Fault::rate_limited(per_second.get(), seconds.max(1))
        })
    }
}

impl fmt::Debug for Rates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rates").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
