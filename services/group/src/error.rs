//! The failures of this service.

use std::collections::HashMap;

use proto::protocol::v1::ErrorReason;
use storage::cursor;
use tonic::Status;

/// How many bytes of e-mail addresses an error names; it travels in headers, which are not endless.
const NAMED: usize = 2_000;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// There is no such group in the account.
    #[error("no such group")]
    NotFound,
    /// There is no such user in the account.
    #[error("no such user")]
    NoSuchUser,
    /// The identity service still has the user.
    #[error("the user is not deleted")]
    UserNotDeleted,
    /// The user was inactive by the last that is known here.
    #[error("the user is inactive")]
    UserInactive,
    /// Users whom SCIM would make members have no licence in use; their e-mails.
    #[error("users without a licence")]
    NoLicense(Vec<String>),
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
    /// The group was made by hand and gives permission sets, and the account keeps SCIM out of such.
    #[error("the group is protected")]
    Protected,
    /// The answer would be larger than a response may be.
    #[error("too many members on one page")]
    TooMany,
    /// A page size that no page has.
    #[error("invalid page size")]
    PageSize(String),
    /// A page token that opens nothing.
    #[error(transparent)]
    Cursor(#[from] cursor::Error),
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
        Error::Storage(error.into())
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
            Error::NoSuchUser => (ErrorReason::ResourceNotFound, "no such user".to_owned()),
            Error::UserNotDeleted => (
                ErrorReason::UserNotDeleted,
                "the identity service has this user: delete it there".to_owned(),
            ),
            Error::UserInactive => (
                ErrorReason::DependencyUnavailable,
                "the user was deactivated just now; if active again, sign in once more".to_owned(),
            ),
            Error::NoLicense(emails) => return no_license(&emails),
            Error::EtagMismatch => (
                ErrorReason::EtagMismatch,
                "somebody else has changed it meanwhile: read the group again".to_owned(),
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
            Error::Protected => (
                ErrorReason::ProtectedGroup,
                "the group was made by hand and gives permission sets: an administrator of the account has to \
                 allow SCIM to link and change it first (`scim_allowed`)"
                    .to_owned(),
            ),
            Error::TooMany => (
                ErrorReason::TooMany,
                "the answer would be too large: a group has too many members, or a user too many groups"
                    .to_owned(),
            ),
            Error::PageSize(detail) => (ErrorReason::InvalidCount, detail),
            Error::Cursor(error) => {
                let reason = match error {
                    cursor::Error::Invalid => ErrorReason::InvalidCursor,
                    cursor::Error::Expired => ErrorReason::ExpiredCursor,
                    cursor::Error::Count => ErrorReason::InvalidCount,
                };
                (reason, error.to_string())
            }
            Error::Scim(error) => return proto::error::from_scim(error),
            Error::Storage(error) => return error.into_status(),
            Error::Peer(status) => return *status,
        };
        proto::error::status(reason, detail)
    }
}

fn no_license(emails: &[String]) -> Status {
    let mut named = String::new();
    let mut count = 0;
    for email in emails {
        if !named.is_empty() && named.len() + email.len() > NAMED {
            break;
        }
        if !named.is_empty() {
            named.push_str(", ");
        }
        named.push_str(email);
        count += 1;
    }
    let rest = match emails.len() - count {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    proto::error::status_with(
        ErrorReason::NoLicense,
        format!("All users must have licenses on the account: {named}{rest}"),
        HashMap::from([("emails".to_owned(), named)]),
    )
}
