use scim::error::{Error, Kind};

use super::*;

fn reasons() -> impl Iterator<Item = ErrorReason> {
    (0..).map_while(|number| ErrorReason::try_from(number).ok())
}

/// The code that the comment of a reason states, as in `(NOT_FOUND)` or `(INVALID_ARGUMENT; ...)`.
fn documented(reason: ErrorReason) -> Option<Code> {
    let proto = include_str!("../../muster/protocol/v1/error_reason.proto");
    let before = proto
        .split(&format!("  {} = ", reason.as_str_name()))
        .next()?;
    let stated = &before[before.rfind('(')? + 1..];
    let word: String = stated
        .chars()
        .take_while(|c| c.is_ascii_uppercase() || *c == '_')
        .collect();
    (0..17)
        .map(Code::from)
        .find(|code| format!("{code:?}") == camel_case(&word))
}

fn camel_case(word: &str) -> String {
    let parts = word
        .split('_')
        .map(|part| part[..1].to_owned() + &part[1..].to_lowercase());
    parts.collect()
}

#[test]
fn every_reason_has_the_code_its_comment_states_and_survives_the_wire() {
    let mut count = 0;
    for reason in reasons().skip(1) {
        let metadata = HashMap::from([("attribute".to_owned(), "userName".to_owned())]);
        let sent = status_with(reason, "text", metadata.clone());
        assert_eq!(Some(sent.code()), documented(reason), "{reason:?}");

        let http: tonic::codegen::http::Response<()> = sent.into_http();
        let received = Status::from_header_map(http.headers()).unwrap();
        assert_eq!(super::reason(&received), Some(reason));
        assert_eq!(super::metadata(&received), metadata);
        assert_eq!(received.message(), "text");
        count += 1;
    }
    assert_eq!(count, 26);
}

#[test]
fn an_error_that_is_not_ours_has_no_reason() {
    let details = ErrorDetails::with_error_info("NO_SEAT", "example.com", HashMap::new());
    assert_eq!(
        reason(&Status::with_error_details(Code::NotFound, "", details)),
        None
    );
    let details = ErrorDetails::with_error_info("NEWER", DOMAIN, HashMap::new());
    assert_eq!(
        reason(&Status::with_error_details(Code::NotFound, "", details)),
        None
    );
    assert_eq!(
        reason(&Status::with_error_details(
            Code::NotFound,
            "",
            ErrorDetails::new()
        )),
        None
    );
}

#[test]
fn faults_of_scim_keep_their_detail() {
    for (kind, expected) in [
        (Kind::InvalidFilter, ErrorReason::InvalidFilter),
        (Kind::InvalidPath, ErrorReason::InvalidPath),
        (Kind::InvalidSyntax, ErrorReason::InvalidSyntax),
        (Kind::InvalidValue, ErrorReason::InvalidValue),
        (Kind::NoTarget, ErrorReason::NoTarget),
        (Kind::Mutability, ErrorReason::Mutability),
    ] {
        let status = from_scim(Error {
            kind,
            detail: "detail".to_owned(),
        });
        assert_eq!(
            (reason(&status), status.message()),
            (Some(expected), "detail")
        );
    }
}
