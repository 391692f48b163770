//! The failures of this service, and what the caller is told of each.

use proto::{error::status, protocol::v1::ErrorReason};
use tonic::Status;

use storage::cursor;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no such resource")]
    NotFound,
    #[error("the resource has changed since that version")]
    EtagMismatch,
    /// The attribute whose value another user of the account has; never whose it is (R-POST-13).
    #[error("{0} is taken by another user")]
    Taken(&'static str),
    /// As `Taken`, of an attribute that the operator defined.
    #[error("{0} is taken by another resource")]
    ValueTaken(String),
    #[error("there is no resource type {0}")]
    UnknownType(String),
    #[error("the user is managed over SCIM and manual updates are off")]
    ManagedByScim,
    #[error("users are managed over SCIM and manual updates are off")]
    ManualCreation,
    #[error("licences are managed over SCIM")]
    ManagedLicense,
    /// A request that breaks a rule, with the text for the caller.
    #[error("{0}")]
    InvalidValue(String),
    /// With the e-mails of those who would have needed one.
    #[error("no seat of the licence type {license_type} is free for {}", emails.join(", "))]
    NoSeat {
        license_type: String,
        emails: Vec<String>,
    },
    #[error(
        "the change would leave the account without an active administrator whose licence has the rights"
    )]
    LastAdmin,
    /// With the addresses as the caller gave them.
    #[error("already users of the account: {}", .0.join(", "))]
    Invited(Vec<String>),
    #[error("there is no such invitation")]
    NoInvitation,
    #[error("{0}")]
    PageSize(String),
    #[error(transparent)]
    Cursor(#[from] cursor::Error),
    #[error(transparent)]
    Scim(#[from] scim::error::Error),
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// An answer ready for the caller: a peer's, or that of the wire conversions.
    #[error(transparent)]
    Status(#[from] Status),
}

impl From<directory::Error> for Error {
    fn from(error: directory::Error) -> Error {
        match error {
            directory::Error::Scim(error) => error.into(),
            directory::Error::PageSize(detail) => Error::PageSize(detail),
            directory::Error::Token(error) => error.into(),
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
            Error::NotFound | Error::NoInvitation => ErrorReason::ResourceNotFound,
            Error::EtagMismatch => ErrorReason::EtagMismatch,
            Error::Taken(_) | Error::ValueTaken(_) | Error::Invited(_) => ErrorReason::Uniqueness,
            Error::ManagedByScim | Error::ManualCreation | Error::ManagedLicense => {
                ErrorReason::ManagedByScim
            }
            Error::InvalidValue(_) | Error::UnknownType(_) => ErrorReason::InvalidValue,
            Error::NoSeat { .. } => ErrorReason::NoSeat,
            Error::LastAdmin => ErrorReason::LastAdmin,
            Error::PageSize(_) => ErrorReason::InvalidCount,
            Error::Cursor(cursor::Error::Invalid) => ErrorReason::InvalidCursor,
            Error::Cursor(cursor::Error::Expired) => ErrorReason::ExpiredCursor,
            Error::Cursor(cursor::Error::Count) => ErrorReason::InvalidCount,
            Error::Scim(error) => return proto::error::from_scim(error),
            // The loser of a collision may simply come again.
            Error::Storage(storage::Error::Serialization) => ErrorReason::DependencyUnavailable,
            Error::Storage(error) => return error.into_status(),
            Error::Status(status) => return status,
        };
        status(reason, error.to_string())
    }
}
