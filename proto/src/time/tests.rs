use super::*;

#[test]
fn instants_go_there_and_back() {
    for text in [
        "2026-11-24T08:00:01.713304999Z",
        "1969-12-31T23:59:59.5Z",
        "1970-01-01T00:00:00Z",
    ] {
        let instant: DateTime<Utc> = text.parse().unwrap();
        assert_eq!(date_time(&timestamp(instant)), instant, "{text}");
    }
}

#[test]
fn what_no_calendar_holds_becomes_the_nearest() {
    assert_eq!(
        date_time(&Timestamp {
            seconds: i64::MAX,
            nanos: 0
        }),
        DateTime::<Utc>::MAX_UTC
    );
    assert_eq!(
        date_time(&Timestamp {
            seconds: i64::MIN,
            nanos: 0
        }),
        DateTime::<Utc>::MIN_UTC
    );
    let clamped = date_time(&Timestamp {
        seconds: 0,
        nanos: -1,
    });
    assert_eq!(clamped, DateTime::UNIX_EPOCH);
}
