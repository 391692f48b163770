use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use sha2::{Digest, Sha256};

use super::{parse_account_id, secret};
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
