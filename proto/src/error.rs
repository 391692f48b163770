//! The error contract: every error of every service carries a `google.rpc.ErrorInfo` whose reason is the
//! name of an [`ErrorReason`].

use std::{collections::HashMap, time::Duration};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::protocol::v1::ErrorReason;

/// The domain of every `ErrorInfo`.
pub const DOMAIN: &str = "muster";

/// When a call that is UNAVAILABLE may be repeated.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// An error for the caller; the gRPC code follows from the reason. The message goes to the caller.
pub fn status(reason: ErrorReason, message: impl Into<String>) -> Status {
    status_with(reason, message, HashMap::new())
}

/// As [`status`], with facts for programs.
pub fn status_with(
    reason: ErrorReason,
    message: impl Into<String>,
    metadata: HashMap<String, String>,
) -> Status {
    let mut details = ErrorDetails::with_error_info(reason.as_str_name(), DOMAIN, metadata);
    let code = code(reason);
    if code == Code::Unavailable {
        details.set_retry_info(Some(RETRY_DELAY));
    }
    Status::with_error_details(code, message, details)
}

/// The reason of an error; `None` where it has none of ours, as when the connection failed.
pub fn reason(status: &Status) -> Option<ErrorReason> {
    let info = status.get_details_error_info()?;
    if info.domain != DOMAIN {
        return None;
    }
    ErrorReason::from_str_name(&info.reason)
}

/// The facts of an error, as given to [`status_with`].
pub fn metadata(status: &Status) -> HashMap<String, String> {
    status
        .get_details_error_info()
        .map(|info| info.metadata)
        .unwrap_or_default()
}

/// A fault found in a SCIM message, with its detail for the caller.
pub fn from_scim(error: scim::error::Error) -> Status {
    use scim::error::Kind;
    let reason = match error.kind {
        Kind::InvalidFilter => ErrorReason::InvalidFilter,
        Kind::InvalidPath => ErrorReason::InvalidPath,
        Kind::InvalidSyntax => ErrorReason::InvalidSyntax,
        Kind::InvalidValue => ErrorReason::InvalidValue,
        Kind::NoTarget => ErrorReason::NoTarget,
        Kind::Mutability => ErrorReason::Mutability,
        Kind::TooMany => ErrorReason::TooMany,
    };
    status(reason, error.detail)
}

/// The gRPC code of each reason, as the comments of `error_reason.proto` state it.
fn code(reason: ErrorReason) -> Code {
    use ErrorReason as Reason;
    match reason {
        Reason::InvalidFilter
        | Reason::InvalidPath
        | Reason::InvalidSyntax
        | Reason::InvalidValue
        | Reason::NoTarget
        | Reason::InvalidCursor
        | Reason::ExpiredCursor
        | Reason::InvalidCount => Code::InvalidArgument,
        Reason::Mutability
        | Reason::ManagedByScim
        | Reason::PlanNotEligible
        | Reason::NoLicense
        | Reason::NoSeat
        | Reason::LastAdmin
        | Reason::UserNotDeleted
        | Reason::ProtectedGroup
        | Reason::ConfirmationRequired => Code::FailedPrecondition,
        Reason::Uniqueness => Code::AlreadyExists,
        Reason::TooMany | Reason::RateLimited => Code::ResourceExhausted,
        Reason::ResourceNotFound => Code::NotFound,
        Reason::EtagMismatch => Code::Aborted,
        Reason::TokenInvalid => Code::Unauthenticated,
        Reason::ScimDisabled => Code::PermissionDenied,
        Reason::DependencyUnavailable => Code::Unavailable,
        Reason::Unspecified | Reason::InternalFault => Code::Internal,
    }
}

#[cfg(test)]
mod tests;
