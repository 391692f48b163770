use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::net::TcpListener;
use tonic::Code;

use crate::probe::{Act, Running, call, reason};

async fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
}

#[tokio::test]
async fn a_peer_that_is_away_is_unavailable_and_found_when_it_comes_back() {
    let address = free_address().await;
    let channel = chassis::client::channel(&format!("http://{address}")).unwrap();
    for _ in 0..2 {
        let start = Instant::now();
        let status = call(channel.clone()).await.unwrap_err();
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::Unavailable, "DEPENDENCY_UNAVAILABLE")
        );
        assert!(
            start.elapsed() < Duration::from_secs(4),
            "{:?}",
            start.elapsed()
        );
        assert!(!channel.is_serving().await);

        let running = Running::start_at(address, Act::Answer).await;
        call(channel.clone()).await.unwrap();
        running.stop().await;
    }
}

#[tokio::test]
async fn a_call_waits_for_a_peer_that_restarts() {
    let address = free_address().await;
    let channel = chassis::client::channel(&format!("http://{address}")).unwrap();
    let waiting = tokio::spawn(call(channel));
    tokio::time::sleep(Duration::from_millis(600)).await;
    let running = Running::start_at(address, Act::Answer).await;
    waiting.await.unwrap().unwrap();
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_is_lost_while_a_peer_restarts_in_an_orderly_way() {
    let mut running = Running::start(Act::AnswerAfter(Duration::from_millis(5))).await;
    let (address, channel) = (running.address, running.channel());
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let channel = channel.clone();
            tokio::spawn(async move {
                for _ in 0..400 {
                    call(channel.clone()).await.unwrap();
                }
            })
        })
        .collect();
    while !callers.iter().all(tokio::task::JoinHandle::is_finished) {
        tokio::time::sleep(Duration::from_millis(500)).await;
        running.stop().await;
        running = Running::start_at(address, Act::AnswerAfter(Duration::from_millis(5))).await;
    }
    for caller in callers {
        caller.await.unwrap();
    }
}

#[tokio::test]
async fn a_peer_that_accepts_and_never_answers_costs_the_deadline_and_no_more() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let channel = chassis::client::channel(&url).unwrap();
    let start = Instant::now();
    let status = chassis::deadline::within(Duration::from_millis(300), call(channel))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded);
    assert_eq!(reason(&status), "DEPENDENCY_UNAVAILABLE");
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn a_peer_that_drops_every_connection_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok(connection) = listener.accept().await {
            drop(connection)
        }
    });
    let channel = chassis::client::channel(&url).unwrap();
    let start = Instant::now();
    let status = call(channel).await.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::Unavailable, "DEPENDENCY_UNAVAILABLE")
    );
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn a_malformed_url_is_refused() {
    for url in ["", "identity", "http://", "/path"] {
        assert!(chassis::client::channel(url).is_err(), "{url:?}");
    }
}
