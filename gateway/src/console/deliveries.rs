//! How the deliveries to the webhook are getting on, in words.

use proto::protocol::v1::DeliveryStatus;

use super::time::{When, when};

/// The most that are counted.
const COUNTED: i64 = 10_000;

/// What the page says first.
pub(super) enum Health {
    /// There is no webhook.
    Nowhere,
    Failing {
        /// How many wait, as the beginning of a sentence.
        waiting: String,
        oldest: When,
        failed: When,
        error: String,
        next: When,
    },
    /// How many are on their way.
    Underway(String),
    /// When the last one came.
    Arrived(When),
    /// There was nothing to send yet.
    Nothing,
}

impl Health {
    /// Of all services together.
    pub(super) fn of(is_set: bool, statuses: &[(&'static str, DeliveryStatus)]) -> Health {
        let statuses = || statuses.iter().map(|(_, status)| status);
        let waiting = statuses().map(|status| status.pending_count).sum();
        let order = |time: &prost_types::Timestamp| (time.seconds, time.nanos);
        if !is_set {
            return Health::Nowhere;
        }
        let failing = || statuses().filter(|status| status.next_attempt_time.is_some());
        let failed = failing().max_by_key(|status| status.last_failure_time.as_ref().map(order));
        if let Some(failed) = failed {
            let next = failing().filter_map(|status| status.next_attempt_time.as_ref());
            let oldest = statuses().filter_map(|status| status.oldest_pending_time.as_ref());
            return Health::Failing {
                waiting: match waiting {
                    1 => "1 change waits".to_owned(),
                    waiting => format!("{} changes wait", count(waiting)),
                },
                oldest: when(oldest.min_by_key(|time| order(time)), "unknown"),
                failed: when(failed.last_failure_time.as_ref(), "unknown"),
                error: failed.last_error.clone(),
                next: when(next.min_by_key(|time| order(time)), "unknown"),
            };
        }
        if waiting > 0 {
            return Health::Underway(match waiting {
                1 => "1 change is on its way".to_owned(),
                waiting => format!("{} changes are on their way", count(waiting)),
            });
        }
        let arrived = statuses().filter_map(|status| status.last_success_time.as_ref());
        match arrived.max_by_key(|time| order(time)) {
            Some(time) => Health::Arrived(when(Some(time), "unknown")),
            None => Health::Nothing,
        }
    }
}

/// The deliveries of one service, in a table.
pub(super) struct Service {
    pub(super) title: &'static str,
    pub(super) waiting: String,
    pub(super) oldest: When,
    pub(super) arrived: When,
    pub(super) failed: When,
    pub(super) error: String,
    pub(super) next: When,
    pub(super) given_up: String,
}

impl Service {
    pub(super) fn new((service, status): (&'static str, DeliveryStatus)) -> Service {
        Service {
            title: match service {
                "identity" => "People",
                "group" => "Groups",
                _ => "Account",
            },
            waiting: count(status.pending_count),
            oldest: when(status.oldest_pending_time.as_ref(), "–"),
            arrived: when(status.last_success_time.as_ref(), "never"),
            failed: when(status.last_failure_time.as_ref(), "never"),
            error: status.last_error,
            next: when(status.next_attempt_time.as_ref(), "–"),
            given_up: count(status.dead_count),
        }
    }
}

fn count(number: i64) -> String {
    if number > COUNTED {
        "more than 10,000".to_owned()
    } else {
        number.to_string()
    }
}
