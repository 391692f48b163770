//! Conversions between the wire's and the program's instants.

use chrono::{DateTime, Utc};
use prost_types::Timestamp;

/// An instant for the wire.
pub fn timestamp(instant: DateTime<Utc>) -> Timestamp {
    let nanos = instant.timestamp_subsec_nanos().min(999_999_999);
    Timestamp {
        seconds: instant.timestamp(),
        nanos: nanos.cast_signed(),
    }
}

/// An instant from the wire; one that no calendar holds becomes the nearest that does.
pub fn date_time(timestamp: &Timestamp) -> DateTime<Utc> {
    let nanos = timestamp.nanos.clamp(0, 999_999_999).cast_unsigned();
    DateTime::from_timestamp(timestamp.seconds, nanos).unwrap_or(if timestamp.seconds < 0 {
        DateTime::<Utc>::MIN_UTC
    } else {
        DateTime::<Utc>::MAX_UTC
    })
}

#[cfg(test)]
mod tests;
