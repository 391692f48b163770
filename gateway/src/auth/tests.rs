use http::{HeaderMap, HeaderValue, Method, header::AUTHORIZATION};
use proto::token::v1::TokenKind;
use sha2::{Digest, Sha256};

use super::{account_of, only_reads, parse_account_id, secret};
use crate::error::Fault;

/// Values of the header, and what they are read as.
type Case<'a> = (&'a [&'a str], Result<Option<Vec<u8>>, Fault>);

fn headers(values: &[&str]) -> HeaderMap {
    let values = values
        .iter()
        .map(|value| HeaderValue::from_str(value).unwrap());
    values.map(|value| (AUTHORIZATION, value)).collect()
}

/// R-AUTH-01, R-AUTH-12.
#[test]
fn only_a_bearer_token_is_a_secret() {
    let hash = Some(Sha256::digest("s3cret").to_vec());
    let table: &[Case<'_>] = &[
        (&[], Ok(None)),
        (&["Bearer s3cret"], Ok(hash.clone())),
        (&["bEARER   s3cret "], Ok(hash)),
        (&["Basic s3cret"], Err(Fault::token_missing())),
        (&["Token s3cret"], Err(Fault::token_missing())),
        (&[""], Err(Fault::token_missing())),
        (&["Bearer"], Err(Fault::token_invalid())),
        (&["Bearer "], Err(Fault::token_invalid())),
        (&["Bearer a", "Bearer b"], Err(Fault::token_invalid())),
    ];
    for (values, expected) in table {
        assert_eq!(
            &secret(&headers(values), &["Bearer"]),
            expected,
            "{values:?}"
        );
    }
}

#[test]
fn the_admin_api_takes_two_schemes() {
    for value in ["Token s3cret", "token s3cret", "Bearer s3cret"] {
        let found = secret(&headers(&[value]), &["Bearer", "Token"]);
        assert_eq!(found, Ok(Some(Sha256::digest("s3cret").to_vec())));
    }
}

#[test]
fn an_account_has_one_spelling() {
    let table = [
        ("1", Some(1)),
        ("9223372036854775807", Some(i64::MAX)),
        ("9223372036854775808", None),
        ("0", None),
        ("01", None),
        ("+1", None),
        ("-1", None),
        ("1a", None),
        ("", None),
    ];
    for (text, expected) in table {
        assert_eq!(parse_account_id(text), expected, "{text}");
    }
}

/// R-AUTH-06, R-SRCH-05.
#[test]
fn a_search_reads_and_a_bulk_request_writes() {
    let base = "/api/v3/accounts/1/scim/v2";
    for (method, path, expected) in [
        (Method::GET, "/Users", true),
        (Method::HEAD, "/Users/1", true),
        (Method::POST, "/.search", true),
        (Method::POST, "/Users/.search", true),
        (Method::POST, "/Users", false),
        (Method::POST, "/Bulk", false),
        (Method::PUT, "/Users/1", false),
        (Method::PATCH, "/Users/1", false),
        (Method::DELETE, "/Users/1", false),
        (Method::DELETE, "/Users/.search", false),
    ] {
        let path = format!("{base}{path}");
        let found = only_reads(&method, &path, TokenKind::Scim);
        assert_eq!(found, expected, "{method} {path}");
    }
    // What is called like a search is none outside SCIM.
    let path = "/api/v3/accounts/1/licenses/.search";
    assert!(!only_reads(&Method::POST, path, TokenKind::Admin));
}

/// T13: where the address names no account, the token does.
#[test]
fn the_token_of_an_administrator_names_its_account() {
    let table = [
        ("mst_admin_70471_1fJjk", Some(70_471)),
        ("mst_admin_1fJjk", None),
        ("mst_admin_0_1fJjk", None),
        ("mst_admin__1fJjk", None),
        ("mst_scim_7_1fJjk", None),
        ("", None),
    ];
    for (token, expected) in table {
        assert_eq!(account_of(token), expected, "{token}");
    }
}
