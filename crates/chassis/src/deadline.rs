//! The time left for the request being handled, handed down from call to call.

use std::{future::Future, time::Duration};

use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

#[cfg(test)]
mod tests;

const HEADER: HeaderName = HeaderName::from_static("grpc-timeout");

tokio::task_local! {
    static DEADLINE: Instant;
}

/// Runs a future with a deadline that far ahead, or the one already set if that comes earlier. RPCs made
/// inside it carry what is left; the future itself is not stopped when the time is up. A task spawned
/// inside does not inherit the deadline.
pub async fn within<F: Future>(duration: Duration, future: F) -> F::Output {
    let duration = remaining().map_or(duration, |left| left.min(duration));
    DEADLINE.scope(Instant::now() + duration, future).await
}

/// How much time is left; `None` where no deadline is set.
pub fn remaining() -> Option<Duration> {
    let deadline = DEADLINE.try_with(|deadline| *deadline).ok()?;
    Some(deadline.saturating_duration_since(Instant::now()))
}

/// The time a gRPC caller allows (`grpc-timeout`); `None` where it does not say or the header is malformed.
pub(crate) fn read(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(HEADER)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(count * 3600)),
        "M" => Some(Duration::from_secs(count * 60)),
        "S" => Some(Duration::from_secs(count)),
        "m" => Some(Duration::from_millis(count)),
        "u" => Some(Duration::from_micros(count)),
        "n" => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

/// Tells the callee the time allowed, in the finest unit whose count has the eight digits permitted.
pub(crate) fn write(headers: &mut HeaderMap, time: Duration) {
    let units = [
        (time.as_micros(), 'u'),
        (time.as_millis(), 'm'),
        (u128::from(time.as_secs()), 'S'),
    ];
    let text = units
        .into_iter()
        .find(|(count, _)| *count < 100_000_000)
        .map_or_else(
            || "99999999S".to_owned(),
            |(count, unit)| format!("{count}{unit}"),
        );
    headers.insert(
        HEADER,
        HeaderValue::try_from(text).expect("digits and a letter are a header value"),
    );
}
