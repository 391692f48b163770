use futures::{executor::block_on, future::poll_fn};
use http_body::Body as _;

use super::*;

fn next(body: &mut Body) -> Option<String> {
    let frame = block_on(poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)))?;
    let data = frame.unwrap().into_data().unwrap();
    Some(String::from_utf8(data.to_vec()).unwrap())
}

fn lost(replay: &mut Replay) -> bool {
    replay.may_be_sent_again(&std::io::Error::other("lost"))
}

#[test]
fn nothing_has_left_before_content_is_asked_for() {
    let mut replay = Replay::new(Bytes::from_static(b"one"), "/v1.S/CreateThing");
    for _ in 0..3 {
        let body = replay.body();
        assert!(!body.is_end_stream());
        assert!(lost(&mut replay), "the headers alone");
    }
    let mut body = replay.body();
    assert_eq!(next(&mut body).as_deref(), Some("one"));
    assert_eq!(next(&mut body), None);
    assert!(!lost(&mut replay));
    let _ = replay.body();
    assert!(lost(&mut replay), "of the next attempt nothing left");
}

#[test]
fn only_a_peer_can_say_that_it_has_not_begun() {
    let mut replay = Replay::new(Bytes::from_static(b"one"), "/v1.S/CreateThing");
    let _ = next(&mut replay.body());
    let ours = h2::Error::from(h2::Reason::REFUSED_STREAM);
    assert!(!replay.may_be_sent_again(&ours));
}

#[test]
fn a_read_may_be_sent_once_more() {
    let mut replay = Replay::new(Bytes::from_static(b"one"), "/v1.S/GetThing");
    let _ = next(&mut replay.body());
    assert!(lost(&mut replay));
    let _ = replay.body();
    assert!(lost(&mut replay), "nothing left");
    let _ = next(&mut replay.body());
    assert!(!lost(&mut replay), "lost twice");
}

/// Every method is told right by its name.
#[test]
fn reads_are_told_by_their_names() {
    for method in [
        "GetUser",
        "ListUsers",
        "BatchGetUsers",
        "BatchListUserGroups",
    ] {
        assert!(is_read(&format!("/v1.S/{method}")), "{method}");
    }
    for method in [
        "Getaway",
        "CreateUser",
        "Get",
        "",
        "Listen",
        "ApplySignIn",
        "UpdateCount",
    ] {
        assert!(!is_read(&format!("/v1.GetService/{method}")), "{method}");
    }
}
