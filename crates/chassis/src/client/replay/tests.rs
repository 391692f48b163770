use futures::{executor::block_on, future::poll_fn, stream};
use http_body::Body as _;
use http_body_util::StreamBody;

use super::*;

fn body(frames: &'static [&'static str]) -> Body {
    let frames = frames
        .iter()
        .map(|text| Ok::<_, Status>(Frame::data(Bytes::from_static(text.as_bytes()))));
    Body::new(StreamBody::new(stream::iter(frames)))
}

fn next(body: &mut Body) -> Option<String> {
    let frame = block_on(poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)))?;
    let data = frame.unwrap().into_data().unwrap();
    Some(String::from_utf8(data.to_vec()).unwrap())
}

/// Whether it may be sent again after a failure that tells nothing, and is kept for one that tells more.
fn state(replay: &Replay) -> (bool, bool) {
    let error = std::io::Error::other("lost");
    (
        replay.may_be_sent_again(&error),
        replay.with(|state| matches!(state, State::Sent(_))),
    )
}

#[test]
fn nothing_has_left_before_content_is_asked_for() {
    let replay = Replay::new(body(&["one"]));
    let lent = replay.lend();
    assert!(!lent.is_end_stream());
    assert_eq!(state(&replay), (true, false));
    drop(lent);
    assert_eq!(
        next(&mut replay.lend()).as_deref(),
        Some("one"),
        "the next attempt has it all"
    );
}

#[test]
fn a_unary_request_is_kept_and_can_be_sent_any_number_of_times() {
    let replay = Replay::new(body(&["one"]));
    let mut lent = replay.lend();
    assert_eq!(next(&mut lent).as_deref(), Some("one"));
    assert_eq!(state(&replay), (false, false), "there may be more");
    assert_eq!(next(&mut lent), None);
    for _ in 0..2 {
        assert_eq!(state(&replay), (false, true));
        let mut again = replay.lend();
        assert_eq!(
            (next(&mut again).as_deref(), next(&mut again)),
            (Some("one"), None)
        );
    }
}

#[test]
fn a_stream_is_not_kept() {
    let replay = Replay::new(body(&["one", "two"]));
    let mut lent = replay.lend();
    while next(&mut lent).is_some() {}
    assert_eq!(state(&replay), (false, false));
    assert_eq!(next(&mut replay.lend()), None);
}
