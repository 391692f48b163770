//! What can go wrong between a service and its database.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use diesel::result::{DatabaseErrorKind as Kind, Error as Diesel};
use diesel_async::pooled_connection::deadpool::PoolError;
use proto::{error::status, protocol::v1::ErrorReason};
use tonic::Status;

#[cfg(test)]
mod tests;

/// A failure of the database. The texts are for logs and hold no values.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database is away, overloaded or too slow; the call may be repeated.
    #[error("the database is out of reach: {0}")]
    Unavailable(String),
    /// A query for one row found none.
    #[error("no such row")]
    NotFound,
    /// The transaction lost against a concurrent one; it may be repeated whole.
    #[error("the transaction collided with another")]
    Serialization,
    /// A fault of ours, such as a query that does not fit the schema, or that would break a constraint: PostgreSQL's log
    /// tells the values of that.
    #[error("{}", describe(.0))]
    Other(Diesel),
}

impl From<Diesel> for Error {
    fn from(error: Diesel) -> Error {
        // What became of the rollback says nothing more than why the commit failed.
        let error = match error {
            Diesel::RollbackErrorOnCommit { commit_error, .. } => *commit_error,
            error => error,
        };
        let state = sqlstate(&error);
        match &error {
            Diesel::NotFound => Error::NotFound,
            Diesel::BrokenTransactionManager => Error::Unavailable(describe(&error)),
            Diesel::DatabaseError(Kind::UnableToSendCommand | Kind::ClosedConnection, _) => {
                Error::Unavailable(describe(&error))
            }
            Diesel::DatabaseError(..) if matches!(state, Some("40001" | "40P01")) => {
                Error::Serialization
            }
            Diesel::DatabaseError(..) if state.is_some_and(is_temporary) => {
                Error::Unavailable(describe(&error))
            }
            _ => Error::Other(error),
        }
    }
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Error {
        Error::Unavailable(error.to_string())
    }
}

impl Error {
    /// The answer to the caller; U+0000, which Postgres cannot store, is the caller's fault. A fault of
    /// ours is logged here, once.
    pub fn into_status(self) -> Status {
        match &self {
            Error::Unavailable(_) | Error::Serialization => {
                log_outage(&self);
                status(
                    ErrorReason::DependencyUnavailable,
                    "the database is out of reach; repeat the call",
                )
            }
            Error::Other(error) if matches!(sqlstate(error), Some("22021" | "22P05")) => status(
                ErrorReason::InvalidValue,
                "a text holds a character that cannot be stored",
            ),
            Error::NotFound | Error::Other(_) => {
                tracing::error!(error = %self, "database error");
                status(ErrorReason::InternalFault, "internal fault")
            }
        }
    }
}

/// Logs once a second at most: while the database is away every request ends here.
fn log_outage(error: &Error) {
    static LAST: Mutex<Option<Instant>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if last.is_none_or(|last| last.elapsed() > Duration::from_secs(1)) {
        *last = Some(Instant::now());
        tracing::warn!(%error, "database unavailable");
    }
}

/// Whether a SQLSTATE says that the same statement may succeed a little later, perhaps on another server.
fn is_temporary(state: &str) -> bool {
    state.starts_with("08")
        || state.starts_with("53")
        || state.starts_with("57P0")
        // read-only after a failover, idle in transaction, lock timeout, statement timeout
        || matches!(state, "25006" | "25P03" | "55P03" | "57014")
}

/// Diesel keeps the kind and the message of a database error but not its SQLSTATE, so the states that
/// have no kind are told by the beginning of the message; `check_schema` refuses a server that translates them.
const MESSAGES: &[(&str, &str)] = &[
    ("deadlock detected", "40P01"),
    ("canceling the transaction since it was involved", "40P01"),
    ("canceling statement due to lock timeout", "55P03"),
    ("could not obtain lock on", "55P03"),
    ("canceling statement due to", "57014"),
    ("terminating connection due to idle-in-transaction", "25P03"),
    // An administrator's command, a postmaster that crashed or stops at once, a limit of time: the session is over.
    ("terminating connection", "57P01"),
    ("the database system is", "57P03"),
    ("could not receive data from", "08006"),
    ("could not send data to", "08006"),
    ("connection to client lost", "08006"),
    ("SSL connection has been closed", "08006"),
    // A node of a Citus cluster.
    ("connection to the remote node", "08006"),
    ("invalid byte sequence for encoding", "22021"),
    ("unsupported Unicode escape sequence", "22P05"),
    ("out of memory", "53200"),
    ("out of shared memory", "53200"),
    ("sorry, too many clients", "53300"),
    ("remaining connection slots are reserved", "53300"),
    ("too many connections for", "53300"),
    ("temporary file size exceeds", "53400"),
];

/// How the message of a full disk ends, whatever was to be written.
const DISK_FULL: &str = "No space left on device";

/// The SQLSTATE of a database error, as far as it can be told.
pub(crate) fn sqlstate(error: &Diesel) -> Option<&'static str> {
    let Diesel::DatabaseError(kind, information) = error else {
        return None;
    };
    match kind {
        Kind::UniqueViolation => Some("23505"),
        Kind::ForeignKeyViolation => Some("23503"),
        Kind::NotNullViolation => Some("23502"),
        Kind::CheckViolation => Some("23514"),
        Kind::RestrictViolation => Some("23001"),
        Kind::ExclusionViolation => Some("23P01"),
        Kind::SerializationFailure => Some("40001"),
        Kind::ReadOnlyTransaction => Some("25006"),
        Kind::ClosedConnection | Kind::UnableToSendCommand => Some("08006"),
        _ if information.message().ends_with(DISK_FULL) => Some("53100"),
        _ => MESSAGES
            .iter()
            .find(|(beginning, _)| information.message().starts_with(beginning))
            .map(|(_, state)| *state),
    }
}

/// A diesel error for logs. What follows a colon in a message of Postgres or of a deserializer may be a
/// value, so it is left out.
fn describe(error: &Diesel) -> String {
    let text = error.to_string();
    let text = text.split(": ").next().unwrap_or_default();
    match error {
        Diesel::DatabaseError(kind, information) => {
            let mut description = format!("{kind:?}: {text}");
            let names = [
                ("constraint", information.constraint_name()),
                ("table", information.table_name()),
                ("column", information.column_name()),
            ];
            for (label, name) in names {
                if let Some(name) = name {
                    description.push_str(&format!(", {label} {name}"));
                }
            }
            description
        }
        _ => text.to_owned(),
    }
}
