//! The failures of this service.

use proto::protocol::v1::ErrorReason;
use tonic::Status;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// There is no such group in the account.
    #[error("no such group")]
    NotFound,
    /// The group has another etag than the one demanded.
    #[error("the group has another version")]
    EtagMismatch,
    /// A value breaks a rule; the text is for the caller.
    #[error("invalid value")]
    InvalidValue(String),
    /// Another group of the account has the name.
    #[error("the name is taken")]
    NameTaken,
    /// The group is managed over SCIM and manual updates are off.
    #[error("the group is managed over SCIM")]
    ManagedByScim,
    /// The answer would be larger than a response may be.
    #[error("too many members on one page")]
    TooMany,
    /// A page token, none of which this service makes yet.
    #[error("unknown page token")]
    InvalidCursor,
    /// A fault in a SCIM message.
    #[error("{}", .0.detail)]
    Scim(#[from] scim::error::Error),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// Another service failed; the status is ready for the caller.
    #[error("a peer failed: {0}")]
    Peer(Box<Status>),
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Error {
        match storage::Error::from(error) {
            storage::Error::Unique { constraint }
                if constraint.starts_with("groups_display_name") =>
            {
                Error::NameTaken
            }
            error => Error::Storage(error),
        }
    }
}

impl From<Status> for Error {
    fn from(status: Status) -> Error {
        Error::Peer(Box::new(status))
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Status {
        let (reason, detail) = match error {
            Error::NotFound => (ErrorReason::ResourceNotFound, "no such group".to_owned()),
            Error::EtagMismatch => (
                ErrorReason::EtagMismatch,
                "the group has changed since that version".to_owned(),
            ),
            Error::InvalidValue(detail) => (ErrorReason::InvalidValue, detail),
            Error::NameTaken => (
                ErrorReason::Uniqueness,
                "another group of this account has this displayName".to_owned(),
            ),
            Error::ManagedByScim => (
                ErrorReason::ManagedByScim,
                "the group is managed over SCIM: its name, its members and its deletion are up to the \
                 identity provider while manual updates are off"
                    .to_owned(),
            ),
            Error::TooMany => (
                ErrorReason::TooMany,
                "the groups of this page have too many members together: ask for fewer groups, or \
                 without members"
                    .to_owned(),
            ),
            Error::InvalidCursor => (
                ErrorReason::InvalidCursor,
                "groups are paged by skip, not by page tokens".to_owned(),
            ),
            Error::Scim(error) => return proto::error::from_scim(error),
            Error::Storage(error) => return error.into_status(),
            Error::Peer(status) => return *status,
        };
        proto::error::status(reason, detail)
    }
}
