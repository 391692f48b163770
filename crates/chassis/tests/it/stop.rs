use std::{
    pin::pin,
    process::Command,
    time::{Duration, Instant},
};

use tokio::net::TcpStream;
use tokio_stream::StreamExt;
use tonic::{Code, transport::Endpoint};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::probe::{Act, Running, call, reason};

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_finishes_calls_ends_streams_and_takes_no_more() {
    let running = Running::start(Act::AnswerAfter(Duration::from_secs(1))).await;
    let (address, channel) = (running.address, running.channel());
    let health = Endpoint::from_shared(running.url())
        .unwrap()
        .connect()
        .await
        .unwrap();
    let request = HealthCheckRequest {
        service: String::new(),
    };
    let mut changes = HealthClient::new(health)
        .watch(request)
        .await
        .unwrap()
        .into_inner();
    let in_flight = tokio::spawn(call(channel));
    while running.remaining.lock().unwrap().is_none() {
        tokio::task::yield_now().await;
    }

    let start = Instant::now();
    running.stop().await;
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
    in_flight.await.unwrap().unwrap();

    let mut last = None;
    let end = loop {
        match changes.next().await.unwrap() {
            Ok(change) => last = Some(change.status()),
            Err(status) => break status,
        }
    };
    assert_eq!(
        (end.code(), reason(&end).as_str()),
        (Code::Unavailable, "DEPENDENCY_UNAVAILABLE")
    );
    // The stream may end before the news of the stop gets into it.
    assert!(
        matches!(
            last,
            None | Some(ServingStatus::NotServing | ServingStatus::Serving)
        ),
        "{last:?}"
    );
    TcpStream::connect(address).await.unwrap_err();
}

#[tokio::test]
async fn the_process_is_told_of_a_signal() {
    let mut signal = pin!(chassis::shutdown::signal());
    // Not before the handler is in place, which the first poll does.
    assert!(futures::poll!(&mut signal).is_pending());
    let pid = std::process::id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    tokio::time::timeout(Duration::from_secs(5), signal)
        .await
        .unwrap();
}
