//! The failures of this service and what callers hear of them.

use proto::{error::status, protocol::v1::ErrorReason};
use tonic::Status;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no such account")]
    AccountNotFound,
    #[error("an account with this id exists")]
    AccountExists,
    #[error("there is no such IP rule")]
    IpRuleNotFound,
    #[error("there is no such licence map")]
    LicenseMapNotFound,
    #[error("this licence type has a licence map")]
    LicenseMapExists,
    /// What is to be written is not what the caller took it for.
    #[error("somebody else has changed it meanwhile: read it again")]
    EtagMismatch,
    #[error("the account's plan does not include SCIM")]
    PlanNotEligible,
    #[error("page_token was not made by this service")]
    InvalidCursor,
    /// Says which value is wrong and why.
    #[error("{0}")]
    InvalidValue(String),
    /// Of the address that the rules would keep out.
    #[error(
        "the rules would keep out {0}, the address of this request; to write them all the same, set confirm to true"
    )]
    ShutsOut(String),
    #[error("the operating system gives no randomness")]
    NoRandomness,
    #[error(transparent)]
    Storage(storage::Error),
}

impl Error {
    pub(crate) fn invalid(why: &str) -> Error {
        Error::InvalidValue(why.to_owned())
    }
}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Error {
        match error {
            // The account is read first, and what hangs on it with it.
            storage::Error::NotFound => Error::AccountNotFound,
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
            Error::AccountNotFound | Error::LicenseMapNotFound | Error::IpRuleNotFound => {
                ErrorReason::ResourceNotFound
            }
            Error::InvalidCursor => ErrorReason::InvalidCursor,
            Error::AccountExists | Error::LicenseMapExists => ErrorReason::Uniqueness,
            Error::EtagMismatch => ErrorReason::EtagMismatch,
            Error::PlanNotEligible => ErrorReason::PlanNotEligible,
            Error::InvalidValue(_) => ErrorReason::InvalidValue,
            Error::ShutsOut(_) => ErrorReason::ConfirmationRequired,
            Error::NoRandomness => {
                tracing::error!(%error, "internal fault");
                ErrorReason::InternalFault
            }
            Error::Storage(error) => return error.into_status(),
        };
        status(reason, error.to_string())
    }
}
