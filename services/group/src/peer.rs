//! Failures of other services, as callers of this one shall see them.

use proto::protocol::v1::ErrorReason;
use tonic::{Code, Status};

/// What to answer where a call to a peer failed: that it is away and the call may be repeated, or that
/// something is wrong with us.
pub(crate) fn failure(name: &'static str, status: &Status) -> Status {
    match status.code() {
        Code::Unavailable
        | Code::DeadlineExceeded
        | Code::Cancelled
        | Code::ResourceExhausted
        | Code::Unknown => proto::error::status(
            ErrorReason::DependencyUnavailable,
            format!("the {name} service is out of reach"),
        ),
        code => {
            tracing::error!(peer = name, ?code, reason = ?proto::error::reason(status), "a peer refused a call");
            proto::error::status(ErrorReason::InternalFault, "an internal fault")
        }
    }
}
