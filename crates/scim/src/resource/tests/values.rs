//! The forms of values: types, formats, references.

use serde_json::json;

use super::*;

#[test]
fn types() {
    let mail = json!({"emails": [{"value": "a"}]});
    check_rows(vec![
        (
            "R-ATTR-02",
            LENIENT,
            json!({"active": "False"}),
            Ok(json!({"active": false})),
        ),
        (
            "R-ATTR-02",
            STRICT,
            json!({"active": "False"}),
            Err(InvalidValue),
        ),
        (
            "R-ATTR-02",
            LENIENT,
            json!({"emails": [{"value": "a", "primary": "TRUE"}]}),
            Ok(json!({"emails": [{"value": "a", "primary": true}]})),
        ),
        (
            "R-ATTR-02",
            BOTH,
            json!({"title": "true"}),
            Ok(json!({"title": "true"})),
        ),
        ("R-ATTR-02", BOTH, json!({"active": ""}), Err(InvalidValue)),
        ("R-ATTR-02", BOTH, json!({"active": 1}), Err(InvalidValue)),
        (
            "R-ATTR-17",
            LENIENT,
            json!({"emails": {"value": "a"}}),
            Ok(mail.clone()),
        ),
        (
            "R-ATTR-17",
            STRICT,
            json!({"emails": {"value": "a"}}),
            Err(InvalidValue),
        ),
        ("R-ATTR-17", BOTH, json!({"emails": "a"}), Err(InvalidValue)),
        (
            "R-ATTR-17",
            BOTH,
            json!({"emails": ["a"]}),
            Err(InvalidValue),
        ),
        (
            "R-ATTR-17",
            BOTH,
            json!({"name": "Ann Lee"}),
            Err(InvalidValue),
        ),
        (
            "R-ATTR-17",
            BOTH,
            json!({"name": [{"givenName": "A"}, {"givenName": "B"}]}),
            Err(InvalidValue),
        ),
        ("R-ATTR-17", BOTH, json!({"title": 7}), Err(InvalidValue)),
        (
            "R-ATTR-17",
            BOTH,
            json!({"title": ["a"]}),
            Err(InvalidValue),
        ),
        (
            "R-ATTR-17",
            BOTH,
            json!({"title": {"a": 1}}),
            Err(InvalidValue),
        ),
        (
            "R-ATTR-06",
            BOTH,
            json!({"x509Certificates": [{"value": "MAA"}]}),
            Ok(json!({"x509Certificates": [{"value": "MAA"}]})),
        ),
        (
            "R-ATTR-06",
            BOTH,
            json!({"x509Certificates": [{"value": "-----BEGIN CERTIFICATE-----"}]}),
            Err(InvalidValue),
        ),
        (
            "R-ATTR-07",
            STRICT,
            json!({"profileUrl": "not a uri"}),
            Err(InvalidValue),
        ),
        (
            "R-ATTR-07",
            LENIENT,
            json!({"profileUrl": "not a uri"}),
            Ok(json!({"profileUrl": "not a uri"})),
        ),
        (
            "R-SEC-07",
            BOTH,
            json!({"profileUrl": "javascript:alert(1)"}),
            Err(InvalidValue),
        ),
        (
            "R-SEC-07",
            BOTH,
            json!({"photos": [{"value": " JaVa\tScript\u{1}:alert(1)"}]}),
            Err(InvalidValue),
        ),
        (
            "R-SEC-07: only as a scheme",
            BOTH,
            json!({"profileUrl": "https://x.test/javascript:", "photos": [{"value": "javascript"}]}),
            Ok(
                json!({"profileUrl": "https://x.test/javascript:", "photos": [{"value": "javascript"}]}),
            ),
        ),
    ]);
}

/// R-USER-06, R-USER-07, R-USER-08, R-INTEROP-04: what the lenient dialect keeps as sent and the strict one refuses.
#[test]
fn forms() {
    let mut rows: Vec<Row> = Vec::new();
    for (name, good, bad) in [
        (
            "preferredLanguage",
            json!("da, en-gb;q=0.8"),
            json!("Danish please"),
        ),
        ("locale", json!("en_US"), json!("American English")),
        (
            "timezone",
            json!("Europe/Paris"),
            json!("Pacific Standard Time"),
        ),
        (
            "addresses",
            json!([{"country": "NO"}]),
            json!([{"country": "Norway"}]),
        ),
        (
            "addresses",
            json!([{"type": "WORK", "region": "x"}]),
            json!([{"type": "billing", "region": "x"}]),
        ),
        (
            "emails",
            json!([{"value": "a", "type": "Home"}]),
            json!([{"value": "a", "type": "zulu"}]),
        ),
        (
            "phoneNumbers",
            json!([{"value": "1", "type": "pager"}]),
            json!([{"value": "1", "type": "desk"}]),
        ),
        (
            "ims",
            json!([{"value": "a", "type": "xmpp"}]),
            json!([{"value": "a", "type": "smoke"}]),
        ),
        (
            "photos",
            json!([{"value": "a", "type": "thumbnail"}]),
            json!([{"value": "a", "type": "oil"}]),
        ),
        (
            "x509Certificates",
            json!([{"value": "MAA="}]),
            json!([{"value": "AAAA"}]),
        ),
        (
            LICENSE,
            json!({"licenseType": "it"}),
            json!({"licenseType": "platinum"}),
        ),
    ] {
        let (good, bad) = (json!({name: good}), json!({name: bad}));
        rows.push((name, BOTH, good.clone(), Ok(good)));
        rows.push((name, LENIENT, bad.clone(), Ok(bad.clone())));
        rows.push((name, STRICT, bad, Err(InvalidValue)));
    }
    // Any is as good as another where the schema suggests none.
    let roles = json!({"roles": [{"value": "a", "type": "x"}]});
    rows.push(("roles", BOTH, roles.clone(), Ok(roles)));
    let two = json!({"x509Certificates": [{"value": "MAAwAA=="}]});
    rows.push(("two certificates", BOTH, two, Err(InvalidValue)));
    check_rows(rows);
}

/// R-ATTR-07: in the strict dialect a reference is a URI.
#[test]
fn references() {
    let photo = |value: &str| json!({"photos": [{"value": value}]});
    let mut rows: Vec<Row> = Vec::new();
    for good in [
        "https://x.test/a.png?b=c%20d#e",
        "urn:x:y",
        "../a/b:c",
        "a.png",
        "#top",
        "//x.test/~a",
        "http://[::1]/",
    ] {
        rows.push(("R-ATTR-07", BOTH, photo(good), Ok(photo(good))));
    }
    for bad in [
        "not a uri",
        "a\nb",
        "a<b",
        "a\"b",
        "a%2",
        "a%zz",
        "a#b#c",
        "1:2",
        "ä",
        "a b:c",
        "{x}",
        "a|b",
    ] {
        rows.push(("R-ATTR-07", STRICT, photo(bad), Err(InvalidValue)));
        rows.push(("R-ATTR-07", LENIENT, photo(bad), Ok(photo(bad))));
    }
    check_rows(rows);
}

/// R-ATTR-04, RFC 8259 §6: an integer is what it is, however it is written, or refused; never another.
#[test]
fn integers() {
    let mut user = user();
    user.schema.attributes.push(crate::schema::Attribute::new(
        "rank",
        crate::schema::Type::Integer,
        "",
    ));
    let rows = [
        ("5", Some(json!(5)), Some(json!(5))),
        ("-0", Some(json!(0)), Some(json!(0))),
        (
            "18446744073709551615",
            Some(json!(u64::MAX)),
            Some(json!(u64::MAX)),
        ),
        ("5.0", Some(json!(5)), None),
        ("50e-1", Some(json!(5)), None),
        ("-5e0", Some(json!(-5)), None),
        ("5.5", None, None),
        ("9007199254740993.0", None, None),
        ("1e30", None, None),
        ("-1e30", None, None),
        ("18446744073709551616", None, None),
    ];
    for (text, lenient, strict) in rows {
        for (dialect, expected) in [(Dialect::Lenient, lenient), (Dialect::Strict, strict)] {
            let body = format!(r#"{{"schemas": ["{USER_URN}"], "userName": "a", "rank": {text}}}"#);
            let body = crate::json::parse_object(body.as_bytes()).expect("JSON");
            let found = read(&user, body, dialect).map(|mut it| it.shift_remove("rank"));
            let expected = expected.map_or(Err(InvalidValue), |number| Ok(Some(number)));
            assert_eq!(
                found.map_err(|error| error.kind),
                expected,
                "{dialect:?} {text}"
            );
        }
    }
}
