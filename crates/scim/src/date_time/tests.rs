use proptest::prelude::*;

use super::{parse, sortable, to_utc};

/// R-ATTR-05, R-FILTER-19.
#[test]
fn the_forms_that_clients_send() {
    for (text, expected) in [
        ("2024-05-13T04:42:34Z", "2024-05-13T04:42:34.000000000Z"),
        ("2024-05-13t04:42:34z", "2024-05-13T04:42:34.000000000Z"),
        ("2024-05-13T04:42:34", "2024-05-13T04:42:34.000000000Z"),
        ("2024-05-13T04:42:34.5", "2024-05-13T04:42:34.500000000Z"),
        (
            "2024-05-13T06:42:34+02:00",
            "2024-05-13T04:42:34.000000000Z",
        ),
        (
            "2024-05-12T23:42:34.25-05:00",
            "2024-05-13T04:42:34.250000000Z",
        ),
        (
            "0001-01-03T00:00:00.0000000Z",
            "0001-01-03T00:00:00.000000000Z",
        ),
        (
            "0001-01-01T00:00:00+01:00",
            "0000-12-31T23:00:00.000000000Z",
        ),
        (
            "9999-12-31T23:59:59.9999999Z",
            "9999-12-31T23:59:59.999999900Z",
        ),
        (
            "2024-05-13T04:42:34.1234567899Z",
            "2024-05-13T04:42:34.123456789Z",
        ),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000000Z"),
    ] {
        assert_eq!(
            parse(text).map(sortable).as_deref(),
            Some(expected),
            "{text}"
        );
    }
}

/// R-ATTR-05: what is shown is UTC with `Z`; what was sent so stays as it is.
#[test]
fn in_utc() {
    for (text, expected) in [
        ("2024-05-13T04:42:34Z", "2024-05-13T04:42:34Z"),
        (
            "2024-05-13T04:42:34.0000000Z",
            "2024-05-13T04:42:34.0000000Z",
        ),
        ("2024-05-13t04:42:34Z", "2024-05-13T04:42:34Z"),
        ("2024-05-13T04:42:34z", "2024-05-13T04:42:34Z"),
        ("2024-05-13T04:42:34", "2024-05-13T04:42:34Z"),
        ("2024-05-13T06:42:34.5+02:00", "2024-05-13T04:42:34.500Z"),
        ("2024-05-12T23:42:34-05:00", "2024-05-13T04:42:34Z"),
    ] {
        assert_eq!(to_utc(text.to_owned()).as_deref(), Some(expected), "{text}");
    }
    assert_eq!(to_utc("2024-05-13".to_owned()), None);
}

#[test]
fn what_is_no_date_and_time() {
    for text in [
        "",
        "T",
        "2024-05-13",
        "04:42:34Z",
        "2024-05-13 04:42:34Z",
        "2024-5-13T04:42:34Z",
        "2024-05-13T4:42:34Z",
        "2023-02-29T00:00:00Z",
        "2024-13-01T00:00:00Z",
        "2024-05-13T24:00:00Z",
        "2024-05-13T04:60:34Z",
        "2024-05-13T04:42:60Z",
        "2024-05-13T04:42Z",
        "2024-05-13T04:42:34.Z",
        "2024-05-13T04:42:34.x",
        "2024-05-13T04:42:34+2",
        "2024-05-13T04:42:34+15:00",
        "2024-05-13T04:42:34+01:60",
        "2024-05-13T04:42:34ZZ",
        "12024-05-13T04:42:34Z",
        "-2024-05-13T04:42:34Z",
        "9999-12-31T23:59:59-01:00",
        "２024-05-13T04:42:34Z",
        "yesterday",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn the_sortable_form_sorts(left in 0_i64..253_402_300_799, right in 0_i64..253_402_300_799) {
        let instant = |seconds| chrono::DateTime::from_timestamp(seconds, 7).unwrap();
        prop_assert_eq!(sortable(instant(left)).cmp(&sortable(instant(right))), left.cmp(&right));
        prop_assert_eq!(parse(&sortable(instant(left))), Some(instant(left)));
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = parse(&text);
        let _ = parse(&format!("2024-05-13T{text}"));
    }
}
