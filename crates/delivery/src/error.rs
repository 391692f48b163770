//! Why a delivery waits, or a call fails.

use tonic::Status;

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Storage(#[from] storage::Error),
    /// A peer's answer, or one ready for the caller.
    #[error("{:?}: {}", .0.code(), .0.message())]
    Status(#[from] Status),
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Error {
        storage::Error::from(error).into()
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Status {
        match error {
            Error::Storage(error) => error.into_status(),
            Error::Status(status) => status,
        }
    }
}
