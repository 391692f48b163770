use chrono::{DateTime, TimeDelta, Utc};
use proto::protocol::v1::Change;
use uuid::Uuid;

use super::Position;

#[test]
fn a_cursor_is_read_as_it_was_written() {
    let change = Change {
        id: Uuid::now_v7().to_string(),
        create_time: Some(prost_types::Timestamp {
            seconds: 1_700_000_000,
            nanos: 123_456_000,
        }),
        ..Change::default()
    };
    let position = Position::of(&change);
    assert_eq!(Position::parse(&position.to_string()), Ok(position));

    let later = Position {
        time: position.time + TimeDelta::microseconds(1),
        id: Uuid::nil(),
    };
    assert!(later > position);
}

#[test]
fn what_is_no_cursor_is_refused() {
    let at = |time: DateTime<Utc>| {
        let id = Uuid::nil();
        Position { time, id }.to_string()
    };
    for text in [
        "",
        "x",
        "AAAA",
        "\u{e9}",
        &at(DateTime::UNIX_EPOCH - TimeDelta::seconds(1)),
        &at(Utc::now() + TimeDelta::days(2)),
        &at(DateTime::<Utc>::MAX_UTC),
        &format!("{}AA", at(Utc::now())),
    ] {
        assert!(Position::parse(text).is_err(), "{text}");
    }
}
