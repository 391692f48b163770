use super::*;
use crate::secret::Sha256;

fn key(account_id: i64, byte: u8) -> Key {
    Key {
        account_id,
        secret: Sha256::from_slice(&[byte; 32]).unwrap(),
    }
}

fn token(expires_at: Option<DateTime<Utc>>) -> Token {
    Token {
        account_id: 7,
        id: 12,
        kind: Kind::Admin,
        name: "Okta \"prod\" é".to_owned(),
        created_at: time(1_700_000_000_123).unwrap(),
        last_used_at: None,
        expires_at,
        read_only: false,
    }
}

#[test]
fn what_is_written_is_read_back() {
    let key = key(7, 1);
    for token in [token(None), token(time(1_900_000_000_001))] {
        let value = live(&key, &token);
        assert_eq!(read(&key, value.as_bytes()), Some(Answer::Token(token)));
    }
    assert_eq!(read(&key, unknown().as_bytes()), Some(Answer::None));
    assert_eq!(read(&key, deleted().as_bytes()), Some(Answer::None));
}

/// R-AUTH-06: a value that does not say whether the token may write is not taken to say that it may.
#[test]
fn what_a_token_may_do_is_kept() {
    let key = key(7, 1);
    let reader = Token {
        read_only: true,
        ..token(None)
    };
    let value = live(&key, &reader);
    assert_eq!(read(&key, value.as_bytes()), Some(Answer::Token(reader)));
    let older = value.replace(",\"read_only\":true", "");
    assert_ne!(value, older);
    assert_eq!(read(&key, older.as_bytes()), None);
}

#[test]
fn the_last_use_is_not_cached() {
    let key = key(7, 1);
    let used = Token {
        last_used_at: time(5),
        ..token(None)
    };
    assert_eq!(
        read(&key, live(&key, &used).as_bytes()),
        Some(Answer::Token(token(None)))
    );
}

#[test]
fn a_value_under_a_wrong_key_opens_nothing() {
    let value = live(&key(7, 1), &token(None));
    assert_eq!(read(&key(8, 1), value.as_bytes()), None);
    assert_eq!(read(&key(7, 2), value.as_bytes()), None);
}

#[test]
fn what_is_not_ours_is_ignored() {
    let key = key(7, 1);
    let good = live(&key, &token(None));
    for value in [
        "",
        "1",
        "null",
        "{}",
        "[]",
        "{\"state\":\"live\"}",
        "{\"state\":\"other\"}",
        "{\"state\":\"deleted\"",
        "\u{0}\u{1}",
        good.replace("\"admin\"", "\"root\"").as_str(),
        good.replace("\"id\":12", "\"id\":\"12\"").as_str(),
        good.replace("\"id\":12", "\"id\":12,\"more\":1").as_str(),
        good.replace("1700000000123", "9223372036854775807")
            .as_str(),
    ] {
        assert_eq!(read(&key, value.as_bytes()), None, "{value}");
    }
    assert_eq!(read(&key, &[0xff, 0xfe]), None);
}
