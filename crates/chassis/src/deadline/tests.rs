use super::*;

#[test]
fn reads_every_unit_and_refuses_the_rest() {
    for (text, expected) in [
        ("2H", Some(Duration::from_secs(7200))),
        ("3M", Some(Duration::from_secs(180))),
        ("4S", Some(Duration::from_secs(4))),
        ("5m", Some(Duration::from_millis(5))),
        ("6u", Some(Duration::from_micros(6))),
        ("7n", Some(Duration::from_nanos(7))),
        ("0n", Some(Duration::ZERO)),
        ("99999999H", Some(Duration::from_secs(99_999_999 * 3600))),
        ("100000000S", None),
        ("", None),
        ("S", None),
        ("5", None),
        ("-5S", None),
        ("5x", None),
        ("5 S", None),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, HeaderValue::from_static(text));
        assert_eq!(read(&headers), expected, "{text:?}");
    }
}

#[test]
fn writes_what_it_reads() {
    for micros in [
        0,
        1,
        999,
        1_000_000,
        99_999_999,
        100_000_000,
        30_000_000_000,
        2_000_000_000_000,
    ] {
        let time = Duration::from_micros(micros);
        let mut headers = HeaderMap::new();
        write(&mut headers, time);
        assert!(headers[HEADER].len() <= 9);
        assert_eq!(read(&headers), Some(time), "{micros}");
    }
}

#[tokio::test]
async fn the_earlier_deadline_holds() {
    assert_eq!(remaining(), None);
    within(Duration::from_millis(20), async {
        within(Duration::from_secs(60), async {
            assert!(remaining().unwrap() <= Duration::from_millis(20));
            assert!(
                tokio::time::timeout(Duration::from_millis(30), std::future::pending::<()>())
                    .await
                    .is_err()
            );
            assert_eq!(remaining(), Some(Duration::ZERO));
        })
        .await;
    })
    .await;
    assert_eq!(remaining(), None);
}
