use super::*;

const QUERY: Query<'_> = Query {
    kind: "users",
    account_id: 7,
    filter: "active eq true",
    order_by: "userName",
    descending: false,
    across_types: false,
    page_size: 10,
};

fn position() -> Position {
    Position {
        key: Some("ann".to_owned()),
        id: Uuid::now_v7(),
    }
}

fn cursors() -> Cursors {
    Cursors::new(None)
}

/// R-CUR-01, R-CUR-14.
#[test]
fn a_token_gives_its_position_back_and_is_safe_in_urls() {
    let cursors = cursors();
    let position = position();
    let token = cursors.write(QUERY, &position, Utc::now());
    assert_eq!(cursors.read(QUERY, &token, Utc::now()), Ok(position));
    assert!(
        token
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
    );
}

/// R-CUR-14, R-SEC-03: the sort key, which may be an e-mail address, is not to be read in a URL.
#[test]
fn a_token_does_not_show_its_position() {
    let token = cursors().write(QUERY, &position(), Utc::now());
    let bytes = URL_SAFE_NO_PAD.decode(token).expect("base64url");
    assert!(!bytes.windows(3).any(|window| window == b"ann"));
}

/// R-CUR-04, R-CUR-07, R-CUR-13: another account, filter, order, key or byte.
#[test]
fn a_token_is_good_for_its_query_alone() {
    let cursors = cursors();
    let token = cursors.write(QUERY, &position(), Utc::now());
    let others = [
        Query {
            account_id: 8,
            ..QUERY
        },
        Query {
            filter: "active eq false",
            ..QUERY
        },
        Query {
            order_by: "userNam",
            ..QUERY
        },
        Query {
            descending: true,
            ..QUERY
        },
        Query {
            kind: "groups",
            ..QUERY
        },
        Query {
            across_types: true,
            ..QUERY
        },
    ];
    for other in others {
        assert_eq!(cursors.read(other, &token, Utc::now()), Err(Error::Invalid));
    }
    let strange = Cursors::new(Some(&"another key".to_owned().into()));
    assert_eq!(strange.read(QUERY, &token, Utc::now()), Err(Error::Invalid));
    for i in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[i] = if bytes[i] == b'A' { b'B' } else { b'A' };
        let tampered = String::from_utf8(bytes).expect("ASCII");
        assert!(
            cursors.read(QUERY, &tampered, Utc::now()).is_err(),
            "byte {i}"
        );
    }
    for garbage in ["", "x", "not base64 !", &"A".repeat(200)] {
        assert_eq!(
            cursors.read(QUERY, garbage, Utc::now()),
            Err(Error::Invalid)
        );
    }
}

/// R-CUR-05, R-CUR-07.
#[test]
fn a_token_expires_and_keeps_its_page_size() {
    let cursors = cursors();
    let token = cursors.write(QUERY, &position(), Utc::now());
    let later = Utc::now() + TOKEN_LIFETIME;
    assert_eq!(cursors.read(QUERY, &token, later), Err(Error::Expired));
    let just_before = later - std::time::Duration::from_secs(1);
    assert!(cursors.read(QUERY, &token, just_before).is_ok());
    let other = Query {
        page_size: 11,
        ..QUERY
    };
    assert_eq!(cursors.read(other, &token, Utc::now()), Err(Error::Count));
}
