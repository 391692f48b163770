use super::*;
use crate::secret::Sha256;

const NOW: i64 = 1_700_000_000_000;
const GOOD_FOR: Duration = Duration::from_secs(5);

fn at(milliseconds: i64) -> DateTime<Utc> {
    time(NOW + milliseconds).unwrap()
}

fn sealer() -> Sealer {
    Sealer::new(b"a key for tests")
}

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

fn seal(key: &Key, entry: &Entry) -> Vec<u8> {
    sealer().seal(key, entry, GOOD_FOR, at(0))
}

/// The answer that a token lives, as long as what was just sealed is good.
fn live(token: Token) -> Answer {
    let good_for = GOOD_FOR;
    Answer::Token { token, good_for }
}

fn open(key: &Key, value: &[u8]) -> Option<Answer> {
    sealer().open(key, value, at(0))
}

/// JSON under a good MAC.
fn sealed(key: &Key, json: &str) -> Vec<u8> {
    let mac = sealer().mac(key, json.as_bytes()).finalize().into_bytes();
    [mac.as_slice(), json.as_bytes()].concat()
}

#[test]
fn what_is_sealed_is_read_back() {
    let key = key(7, 1);
    for token in [token(None), token(time(1_900_000_000_001))] {
        let value = seal(&key, &Entry::live(&token));
        assert_eq!(open(&key, &value), Some(live(token)));
    }
    for entry in [Entry::Unknown, Entry::Deleted] {
        assert_eq!(open(&key, &seal(&key, &entry)), Some(Answer::None));
    }
}

/// R-AUTH-06: a value that does not say whether the token may write is not taken to say that it may.
#[test]
fn what_a_token_may_do_is_kept() {
    let key = key(7, 1);
    let reader = Token {
        read_only: true,
        ..token(None)
    };
    let value = seal(&key, &Entry::live(&reader));
    assert_eq!(open(&key, &value), Some(live(reader)));
    let json = String::from_utf8(value[MAC_LENGTH..].to_vec()).unwrap();
    let older = json.replace(",\"read_only\":true", "");
    assert_ne!(json, older);
    assert_eq!(open(&key, &sealed(&key, &older)), None);
}

#[test]
fn the_last_use_is_not_cached() {
    let key = key(7, 1);
    let used = Token {
        last_used_at: time(5),
        ..token(None)
    };
    assert_eq!(
        open(&key, &seal(&key, &Entry::live(&used))),
        Some(live(token(None)))
    );
}

#[test]
fn a_value_of_another_key_is_none() {
    for entry in [Entry::live(&token(None)), Entry::Unknown, Entry::Deleted] {
        let value = seal(&key(7, 1), &entry);
        assert_eq!(open(&key(8, 1), &value), None);
        assert_eq!(open(&key(7, 2), &value), None);
    }
}

#[test]
fn a_value_sealed_with_another_key_is_none() {
    let key = key(7, 1);
    let other = Sealer::new(b"another key for tests");
    for entry in [Entry::live(&token(None)), Entry::Unknown, Entry::Deleted] {
        let value = other.seal(&key, &entry, GOOD_FOR, at(0));
        assert_eq!(open(&key, &value), None);
    }
}

#[test]
fn a_value_is_good_for_its_time_alone() {
    let key = key(7, 1);
    for entry in [Entry::live(&token(None)), Entry::Unknown, Entry::Deleted] {
        let value = seal(&key, &entry);
        for (later, is_good) in [(0, true), (4999, true), (5000, false), (60_000, false)] {
            let found = sealer().open(&key, &value, at(later));
            assert_eq!(found.is_some(), is_good, "{later} ms");
        }
    }
}

#[test]
fn any_byte_changed_makes_it_none() {
    let key = key(7, 1);
    let value = seal(&key, &Entry::live(&token(None)));
    for position in 0..value.len() {
        let mut changed = value.clone();
        changed[position] ^= 1;
        assert_eq!(open(&key, &changed), None, "byte {position}");
        assert_eq!(open(&key, &value[..position]), None, "{position} bytes");
    }
    let more = [&value[..], b" "].concat();
    assert_eq!(open(&key, &more), None);
}

/// As an older process writes, or one to come.
#[test]
fn what_is_not_ours_is_ignored_under_a_good_mac_too() {
    let key = key(7, 1);
    let value = seal(&key, &Entry::live(&token(None)));
    let good = String::from_utf8(value[MAC_LENGTH..].to_vec()).unwrap();
    assert!(open(&key, &sealed(&key, &good)).is_some());
    for json in [
        "",
        "1",
        "null",
        "{}",
        "[]",
        "[1700000005000]",
        "{\"state\":\"deleted\"}",
        "[\"1700000005000\",{\"state\":\"deleted\"}]",
        "[1700000005000,{\"state\":\"live\"}]",
        "[1700000005000,{\"state\":\"other\"}]",
        "[1700000005000,{\"state\":\"deleted\"}",
        "[9223372036854775807,{\"state\":\"deleted\"}]",
        "\u{0}\u{1}",
        good.replace("\"admin\"", "\"root\"").as_str(),
        good.replace("\"id\":12", "\"id\":\"12\"").as_str(),
        good.replace("\"id\":12", "\"id\":12,\"more\":1").as_str(),
        good.replace("1700000000123", "9223372036854775807")
            .as_str(),
    ] {
        assert_eq!(open(&key, &sealed(&key, json)), None, "{json}");
    }
    assert_eq!(open(&key, b""), None);
    assert_eq!(open(&key, good.as_bytes()), None);
    assert_eq!(open(&key, &[0xff, 0xfe]), None);
}
