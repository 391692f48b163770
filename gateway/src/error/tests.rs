use std::fmt::Write as _;

use http::StatusCode;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::{Fault, Reason, row};

/// Every reason there is: numbers are given out without gaps.
fn reasons() -> impl Iterator<Item = Reason> {
    (0..).map_while(|number| Reason::try_from(number).ok())
}

#[test]
fn the_table() {
    let mut table = String::new();
    for reason in reasons() {
        let (status, scim_type) = row(reason);
        let (name, scim_type) = (reason.as_str_name(), scim_type.unwrap_or("-"));
        writeln!(table, "{name} {} {scim_type}", status.as_u16()).unwrap();
    }
    let expected = "\
ERROR_REASON_UNSPECIFIED 500 -
INVALID_FILTER 400 invalidFilter
INVALID_PATH 400 invalidPath
INVALID_SYNTAX 400 invalidSyntax
INVALID_VALUE 400 invalidValue
NO_TARGET 400 noTarget
MUTABILITY 400 mutability
UNIQUENESS 409 uniqueness
TOO_MANY 400 tooMany
INVALID_CURSOR 400 invalidCursor
EXPIRED_CURSOR 400 expiredCursor
INVALID_COUNT 400 invalidCount
RESOURCE_NOT_FOUND 404 -
ETAG_MISMATCH 412 -
TOKEN_INVALID 401 -
SCIM_DISABLED 403 -
MANAGED_BY_SCIM 403 -
PLAN_NOT_ELIGIBLE 403 -
NO_LICENSE 400 invalidValue
NO_SEAT 400 invalidValue
RATE_LIMITED 429 -
DEPENDENCY_UNAVAILABLE 503 -
INTERNAL_FAULT 500 -
LAST_ADMIN 400 invalidValue
USER_NOT_DELETED 409 -
PROTECTED_GROUP 409 -
CONFIRMATION_REQUIRED 409 -
";
    assert_eq!(table, expected);
}

#[test]
fn a_reason_survives_the_wire() {
    for reason in reasons().skip(1) {
        let fault = Fault::from(proto::error::status(reason, "why"));
        let (status, scim_type) = row(reason);
        assert_eq!((fault.status, fault.scim_type), (status, scim_type));
        assert_eq!(fault.reason, Some(reason));
    }
}

#[test]
fn faults_of_services_keep_their_words_to_themselves() {
    for reason in [Reason::InternalFault, Reason::DependencyUnavailable] {
        let fault = Fault::from(proto::error::status(reason, "relation users is gone"));
        assert!(!fault.detail.contains("relation"), "{fault:?}");
    }
}

#[test]
fn what_may_be_repeated_says_when() {
    for reason in [Reason::DependencyUnavailable, Reason::RateLimited] {
        assert!(Fault::of(reason, "").retry_after.is_some());
    }
    assert!(Fault::overloaded().retry_after.is_some());
    assert!(Fault::timed_out().retry_after.is_some());
    for status in [429, 503, 504] {
        let status = StatusCode::from_u16(status).unwrap();
        assert!(Fault::new(status, "").retry_after.is_some(), "{status}");
    }
    for code in [
        Code::Unavailable,
        Code::DeadlineExceeded,
        Code::Cancelled,
        Code::ResourceExhausted,
    ] {
        let ours = ErrorDetails::with_error_info("NEWS", proto::error::DOMAIN, []);
        for details in [ours, ErrorDetails::new()] {
            let fault = Fault::from(Status::with_error_details(code, "", details));
            assert!(fault.retry_after.is_some(), "{fault:?}");
        }
    }
}

/// A newer service may have reasons that this gateway has not heard of.
#[test]
fn an_unknown_reason_goes_by_its_code() {
    let details = ErrorDetails::with_error_info("NEWS", proto::error::DOMAIN, []);
    let status = Status::with_error_details(Code::NotFound, "gone", details);
    let fault = Fault::from(status);
    assert_eq!((fault.status.as_u16(), &*fault.detail), (404, "gone"));
}

/// What is too large for a message is so the next time too: the client has to ask for less.
#[test]
fn a_message_that_is_too_large_is_too_many() {
    let fault = |words: &str| {
        Fault::from(Status::with_error_details(
            Code::OutOfRange,
            words,
            ErrorDetails::new(),
        ))
    };
    for direction in ["decoded", "encoded"] {
        let fault = fault(&format!(
            "Error, {direction} message length too large: found 9 bytes, the limit is: 8 bytes"
        ));
        assert_eq!(
            (fault.status.as_u16(), fault.scim_type),
            (400, Some("tooMany"))
        );
        assert_eq!(fault.retry_after, None);
    }
    let broken = fault("error reading a body from connection: unexpected end of file");
    assert_eq!(broken.status.as_u16(), 503);
}

/// R-AUTH: an identity provider gives up an integration at 401, 403 or 404.
#[test]
fn a_status_from_elsewhere_never_blames_the_client() {
    let table = [
        (Code::Unavailable, 503),
        (Code::NotFound, 503),
        (Code::Unauthenticated, 503),
        (Code::PermissionDenied, 503),
        (Code::ResourceExhausted, 503),
        (Code::DeadlineExceeded, 504),
        (Code::Cancelled, 504),
        (Code::Unimplemented, 501),
        (Code::Unknown, 500),
    ];
    for (code, expected) in table {
        let status = Status::with_error_details(code, "secret words", ErrorDetails::new());
        let fault = Fault::from(status);
        assert_eq!(fault.status.as_u16(), expected, "{code:?}");
        assert!(!fault.detail.contains("secret"));
    }
}
