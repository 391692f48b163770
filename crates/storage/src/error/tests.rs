use diesel::result::{DatabaseErrorKind as Kind, Error as Diesel};

use super::{Error, sqlstate};

fn database(kind: Kind, message: &str) -> Diesel {
    Diesel::DatabaseError(kind, Box::new(message.to_owned()))
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of messages")]
fn what_may_be_repeated_is_unavailable() {
    for (kind, message) in [
        (Kind::UnableToSendCommand, "connection closed"),
        (Kind::ClosedConnection, ""),
        (
            Kind::ReadOnlyTransaction,
            "cannot execute INSERT in a read-only transaction",
        ),
        (
            Kind::Unknown,
            "terminating connection due to administrator command",
        ),
        (Kind::Unknown, "the database system is starting up"),
        (Kind::Unknown, "the database system is shutting down"),
        (Kind::Unknown, "sorry, too many clients already"),
        (
            Kind::Unknown,
            "canceling statement due to statement timeout",
        ),
        (Kind::Unknown, "canceling statement due to lock timeout"),
        // A postmaster that crashes, is stopped at once, or restarts its sessions.
        (
            Kind::Unknown,
            "terminating connection due to unexpected postmaster exit",
        ),
        (
            Kind::Unknown,
            "terminating connection due to immediate shutdown command",
        ),
        (
            Kind::Unknown,
            "terminating connection because of crash of another server process",
        ),
        (
            Kind::Unknown,
            "terminating connection because of unexpected SIGQUIT signal",
        ),
        (
            Kind::Unknown,
            "terminating connection due to transaction timeout",
        ),
        (Kind::Unknown, "the database system is in recovery mode"),
        // What another session holds or the server lacks for the moment.
        (
            Kind::Unknown,
            "could not obtain lock on row in relation \"users\"",
        ),
        (Kind::Unknown, "out of memory"),
        (Kind::Unknown, "out of shared memory"),
        (
            Kind::Unknown,
            "could not extend file \"base/5/16384\": No space left on device",
        ),
        (
            Kind::Unknown,
            "temporary file size exceeds temp_file_limit (1kB)",
        ),
        (
            Kind::Unknown,
            "could not receive data from client: Connection reset by peer",
        ),
        (Kind::Unknown, "SSL connection has been closed unexpectedly"),
        (
            Kind::Unknown,
            "connection to the remote node 10.0.0.3:5432 failed with the following error: timeout",
        ),
    ] {
        let error = Error::from(database(kind, message));
        assert!(
            matches!(error, Error::Unavailable(_)),
            "{message}: {error:?}"
        );
        assert_eq!(error.into_status().code(), tonic::Code::Unavailable);
    }
}

#[test]
fn collisions_are_told_apart() {
    for (kind, message) in [
        (Kind::SerializationFailure, "could not serialize access"),
        (Kind::Unknown, "deadlock detected"),
    ] {
        let error = Error::from(database(kind, message));
        assert!(matches!(error, Error::Serialization), "{error:?}");
    }
}

#[test]
fn a_failed_commit_counts_not_the_rollback() {
    let error = Error::from(Diesel::RollbackErrorOnCommit {
        rollback_error: Box::new(Diesel::BrokenTransactionManager),
        commit_error: Box::new(database(Kind::SerializationFailure, "")),
    });
    assert!(matches!(error, Error::Serialization), "{error:?}");
}

#[test]
fn texts_hold_no_values() {
    let error = Error::from(database(
        Kind::Unknown,
        "invalid input syntax for type uuid: \"babs@example.com\"",
    ));
    assert_eq!(
        error.to_string(),
        "Unknown: invalid input syntax for type uuid"
    );
    assert!(matches!(error, Error::Other(_)));
    let error = Error::from(Diesel::DeserializationError(
        "bad enum: babs@example.com".into(),
    ));
    assert!(!error.to_string().contains("babs"), "{error}");
}

#[test]
fn states_without_a_kind_are_told_by_message() {
    let error = database(Kind::Unknown, "canceling statement due to lock timeout");
    assert_eq!(sqlstate(&error), Some("55P03"));
    assert_eq!(sqlstate(&database(Kind::Unknown, "syntax error")), None);
    assert_eq!(sqlstate(&Diesel::NotFound), None);
}
