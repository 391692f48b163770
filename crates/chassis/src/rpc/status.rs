//! The errors the chassis itself answers. They carry an `ErrorInfo` as every error between our processes
//! does; its words are those of `error_reason.proto`, which the chassis must not depend on.

use std::{collections::HashMap, error::Error, time::Duration};

use tonic::{Code, Status, TimeoutExpired};
use tonic_types::{ErrorDetails, StatusExt};

const DOMAIN: &str = "muster";

/// The call took longer than allowed.
pub fn deadline_exceeded() -> Status {
    unavailable_as(
        Code::DeadlineExceeded,
        "the call took longer than its caller allows",
    )
}

/// The server has as many calls in hand as it takes.
pub(crate) fn overloaded() -> Status {
    unavailable_as(
        Code::Unavailable,
        "the server is at its limit of concurrent calls",
    )
}

/// The server stops and ends a stream.
pub(crate) fn stopping() -> Status {
    unavailable_as(Code::Unavailable, "the server is stopping")
}

/// The peer cannot be reached, or was lost before it answered.
pub(crate) fn unreachable() -> Status {
    unavailable_as(
        Code::Unavailable,
        "a service that the call needs cannot be reached",
    )
}

/// A handler panicked.
pub fn panicked() -> Status {
    let details = ErrorDetails::with_error_info("INTERNAL_FAULT", DOMAIN, HashMap::new());
    Status::with_error_details(
        Code::Internal,
        "the call failed by a fault of the server",
        details,
    )
}

/// What a failure of the transport means to the caller.
pub(crate) fn of_transport(error: &(dyn Error + 'static)) -> Status {
    let mut link = Some(error);
    while let Some(error) = link {
        if error.is::<TimeoutExpired>() {
            return deadline_exceeded();
        }
        link = error.source();
    }
    unreachable()
}

fn unavailable_as(code: Code, message: &str) -> Status {
    let mut details =
        ErrorDetails::with_error_info("DEPENDENCY_UNAVAILABLE", DOMAIN, HashMap::new());
    details.set_retry_info(Some(Duration::from_secs(1)));
    Status::with_error_details(code, message, details)
}
