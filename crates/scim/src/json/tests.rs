use serde_json::json;

use super::*;

fn kind(bytes: &[u8]) -> Kind {
    parse_object(bytes).expect_err("must be refused").kind
}

#[test]
fn an_object_keeps_its_order_and_values() {
    let object =
        parse_object("\u{feff} {\"b\":1,\"a\":[\"é😀\",null,true,1.5,-3]} ".as_bytes()).unwrap();
    assert_eq!(
        Value::Object(object.clone()),
        json!({"b": 1, "a": ["é😀", null, true, 1.5, -3]})
    );
    assert_eq!(object.keys().collect::<Vec<_>>(), ["b", "a"]);
}

/// R-HTTP-01, R-HTTP-16.
#[test]
fn what_is_not_an_object_is_invalid_syntax() {
    let bodies: [&[u8]; 14] = [
        b"",
        b"  \n",
        b"\xef\xbb\xbf",
        b"[]",
        b"null",
        b"\"a\"",
        b"{",
        b"{\"a\":1",
        b"{\"a\":1}x",
        b"{'a':1}",
        b"{\"a\":\"\xff\"}",
        b"{\"a\":01}",
        b"{\"a\":1,}",
        b"{\"a\":1e999}",
    ];
    for body in bodies {
        assert_eq!(kind(body), Kind::InvalidSyntax, "{body:?}");
    }
}

/// R-HTTP-16.
#[test]
fn a_member_named_twice_is_invalid_syntax() {
    for body in [
        r#"{"a":1,"a":1}"#,
        r#"{"userName":"a","username":"b"}"#,
        r#"{"x":[{"A":1,"a":2}]}"#,
    ] {
        assert_eq!(kind(body.as_bytes()), Kind::InvalidSyntax, "{body}");
    }
}

/// R-HTTP-17.
#[test]
fn deep_nesting_is_refused_without_recursion() {
    for open in ["[", "{\"a\":"] {
        let body = format!("{{\"a\":{}", open.repeat(100_000));
        assert_eq!(kind(body.as_bytes()), Kind::InvalidSyntax);
        assert_eq!(
            parse_value(&open.repeat(100_000)).unwrap_err().kind,
            Kind::InvalidSyntax
        );
    }
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse_value(&nested(MAX_DEPTH)).is_ok());
    assert!(parse_value(&nested(MAX_DEPTH + 1)).is_err());
}

/// R-HTTP-17, R-TEST-08.
#[test]
fn arrays_are_limited_but_members_may_be_many() {
    let array = |length: usize| format!("[{}]", vec!["1"; length].join(","));
    let body = |name: &str, length: usize| {
        parse_object(format!("{{\"{name}\":{}}}", array(length)).as_bytes())
    };
    assert!(body("emails", MAX_ARRAY).is_ok());
    assert_eq!(
        body("emails", MAX_ARRAY + 1).unwrap_err().kind,
        Kind::InvalidSyntax
    );
    for name in ["members", "Members", "value"] {
        assert!(body(name, MAX_MEMBERS).is_ok());
        assert_eq!(
            body(name, MAX_MEMBERS + 1).unwrap_err().kind,
            Kind::InvalidSyntax
        );
    }
    assert!(parse_value(&array(MAX_MEMBERS)).is_ok());
    assert!(parse_value(&array(MAX_MEMBERS + 1)).is_err());
    assert!(parse_value(&format!("[{}]", array(MAX_ARRAY + 1))).is_err());
}

/// R-HTTP-17: an unknown name costs more to look up than to send.
#[test]
fn names_are_limited_in_an_object_and_in_all() {
    let object = |names: usize| {
        let names: Vec<String> = (0..names).map(|name| format!("\"n{name}\":1")).collect();
        format!("{{{}}}", names.join(","))
    };
    assert!(parse_object(object(1_000).as_bytes()).is_ok());
    assert_eq!(kind(object(1_001).as_bytes()), Kind::InvalidSyntax);
    let nested = format!("{{\"a\":[{}]}}", object(1_001));
    assert_eq!(kind(nested.as_bytes()), Kind::InvalidSyntax);
    // The outermost object has one.
    let body = |objects: usize, names: usize| {
        let objects = vec![object(names); objects].join(",");
        format!("{{\"a\":[{objects}]}}")
    };
    assert!(parse_object(body(199, 1_000).as_bytes()).is_ok());
    assert_eq!(kind(body(200, 1_000).as_bytes()), Kind::InvalidSyntax);
    assert!(parse_object(body(9_999, 20).as_bytes()).is_ok());
}

/// R-STR-04.
#[test]
fn nul_and_lone_surrogates_are_invalid_values() {
    for body in [
        r#"{"a":"x\u0000"}"#,
        r#"{"a\u0000":1}"#,
        r#"{"a":"\ud800"}"#,
        r#"{"a":"\ud800x"}"#,
        r#"{"a":"\udc00"}"#,
    ] {
        assert_eq!(kind(body.as_bytes()), Kind::InvalidValue, "{body}");
    }
    assert_eq!(parse_value(r#""\ud83d\ude00""#).unwrap(), json!("😀"));
}

#[test]
fn long_strings_are_invalid_values() {
    let body = |length: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(length));
    assert!(parse_object(body(MAX_STRING).as_bytes()).is_ok());
    assert_eq!(kind(body(MAX_STRING + 1).as_bytes()), Kind::InvalidValue);
}

/// R-ATTR-03, R-FILTER-34.
#[test]
fn numbers_keep_their_precision() {
    for number in [
        "9007199254740993",
        "18446744073709551615",
        "-9223372036854775808",
        "0.1",
    ] {
        assert_eq!(parse_value(number).unwrap().to_string(), number);
    }
    // By default, what serde_json reads may be one bit off.
    for number in [
        "-922337203618446744073709551615",
        "184467440789.123456789e-5",
    ] {
        let exact: f64 = number.parse().unwrap();
        let read = parse_value(number).unwrap();
        assert_eq!(read, Value::from(exact));
        assert_eq!(parse_value(&read.to_string()).unwrap(), read);
    }
}

/// RFC 8259 §6: a number is the same however it is written.
#[test]
fn integers_in_every_spelling() {
    let rows = [
        ("7", Some(7)),
        ("7.0", Some(7)),
        ("7e0", Some(7)),
        ("70E-1", Some(7)),
        ("0.7e1", Some(7)),
        ("-7.000", Some(-7)),
        ("0", Some(0)),
        ("-0", Some(0)),
        ("-0.0", Some(0)),
        ("0e9", Some(0)),
        ("1.5", None),
        ("15e-1", None),
        ("1e-9", None),
        ("9007199254740991.0", Some(9_007_199_254_740_991)),
        ("9223372036854775807", Some(i64::MAX.into())),
        ("-9223372036854775808", Some(i64::MIN.into())),
        ("18446744073709551615", Some(u64::MAX.into())),
        ("18446744073709551616", Some(i128::MAX)),
        ("-9223372036854775809", Some(i128::MIN)),
        // Digits are lost: it is not the number before.
        ("9007199254740993.0", Some(i128::MAX)),
        ("-9007199254740993e0", Some(i128::MIN)),
        ("1e30", Some(i128::MAX)),
        ("-1e300", Some(i128::MIN)),
    ];
    for (text, expected) in rows {
        let Ok(Value::Number(number)) = parse_value(text) else {
            panic!("{text} is no number");
        };
        assert_eq!(integer(&number), expected, "{text}");
    }
}
