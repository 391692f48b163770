//! What can go wrong in this service, and what the caller is told of it.

use proto::protocol::v1::ErrorReason;
use tonic::Status;

/// A failure of a call.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request breaks a rule; the text is for the caller and names the field.
    #[error("{0}")]
    InvalidValue(&'static str),
    /// The account has no such token of this kind.
    #[error("no such token")]
    NotFound,
    /// It is the last live admin token of the account that can do what it can.
    #[error(
        "this is the last admin token that can do what it can; to delete it all the same, set confirm to true"
    )]
    LastToken,
    /// No live token of this account and kind has this secret. Never a fault of a store.
    #[error("the token is not valid for this account")]
    TokenInvalid,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// The service itself failed; the text is for logs.
    #[error("{0}")]
    Internal(&'static str),
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Self::Storage(error.into())
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let reason = match error {
            Error::Storage(error) => return error.into_status(),
            Error::InvalidValue(_) => ErrorReason::InvalidValue,
            Error::NotFound => ErrorReason::ResourceNotFound,
            Error::LastToken => ErrorReason::ConfirmationRequired,
            Error::TokenInvalid => ErrorReason::TokenInvalid,
            Error::Internal(fault) => {
                tracing::error!(fault, "internal fault");
                return proto::error::status(
                    ErrorReason::InternalFault,
                    "the token service failed",
                );
            }
        };
        proto::error::status(reason, error.to_string())
    }
}
