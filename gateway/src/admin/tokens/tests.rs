use chrono::{TimeDelta, Utc};
use proto::token::v1::Token;
use serde_json::Value;

use super::describe_any;

#[test]
fn the_end_of_a_token_is_announced_a_month_ahead() {
    let now = Utc::now();
    let ending = |time: Option<TimeDelta>| {
        let token = Token {
            expire_time: time.map(|time| proto::time::timestamp(now + time)),
            ..Token::default()
        };
        describe_any(&token, now)
    };
    for (time, soon) in [
        (None, false),
        (Some(TimeDelta::days(31)), false),
        (Some(TimeDelta::days(29)), true),
        (Some(TimeDelta::days(-1)), true),
    ] {
        assert_eq!(ending(time)["expires_soon"], soon, "{time:?}");
    }
    assert_eq!(ending(None)["expires_at"], Value::Null);
    assert!(ending(Some(TimeDelta::days(1)))["expires_at"].is_string());
}
