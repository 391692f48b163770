use chrono::TimeDelta;
use proto::time::timestamp;

use super::*;

fn change(created: DateTime<Utc>) -> Change {
    Change {
        create_time: Some(timestamp(created)),
        ..Change::default()
    }
}

/// It grows while the feed is lost and while a change is not applied, whether or not anything comes.
#[test]
fn it_grows_until_all_is_applied() {
    let lag = Lag::default();
    lag.connected();
    let start = Utc::now();
    let later = start + TimeDelta::seconds(30);
    assert!(lag.seconds(later) <= 0.0, "nothing has come");

    lag.at(&change(start));
    assert!((lag.seconds(later) - 30.0).abs() < 0.01, "not applied yet");
    lag.lost();
    assert!(
        (lag.seconds(later) - 30.0).abs() < 0.01,
        "no younger for that"
    );
    lag.connected();
    lag.caught_up();
    assert!(lag.seconds(later) <= 0.0);

    lag.lost();
    let seconds = lag.seconds(later);
    assert!(
        (29.0..=30.0).contains(&seconds),
        "lost since just now: {seconds}"
    );
}
