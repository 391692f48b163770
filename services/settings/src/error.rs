//! The failures of this service and what callers hear of them.

use proto::{error::status, protocol::v1::ErrorReason};
use tonic::Status;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no such account")]
    AccountNotFound,
    #[error("an account with this id exists")]
    AccountExists,
    #[error("the account's plan does not include SCIM")]
    PlanNotEligible,
    /// Says which value is wrong and why.
    #[error("{0}")]
    InvalidValue(String),
    #[error(transparent)]
    Storage(storage::Error),
}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Error {
        match error {
            // Accounts are the only rows asked for one by one.
            storage::Error::NotFound => Error::AccountNotFound,
            storage::Error::Unique { constraint } if constraint.starts_with("accounts_pkey") => {
                Error::AccountExists
            }
            error => Error::Storage(error),
        }
    }
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Error {
        storage::Error::from(error).into()
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Status {
        let reason = match error {
            Error::AccountNotFound => ErrorReason::ResourceNotFound,
            Error::AccountExists => ErrorReason::Uniqueness,
            Error::PlanNotEligible => ErrorReason::PlanNotEligible,
            Error::InvalidValue(_) => ErrorReason::InvalidValue,
            Error::Storage(error) => return error.into_status(),
        };
        status(reason, error.to_string())
    }
}
