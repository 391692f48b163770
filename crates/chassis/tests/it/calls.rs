use std::time::{Duration, Instant};

use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, trace_service_client::TraceServiceClient,
};
use tonic::{Code, Request};

use crate::probe::{Act, Running, call, reason};

const LONG: Act = Act::AnswerAfter(Duration::from_secs(20));

#[tokio::test]
async fn a_panic_is_internal_and_the_server_goes_on() {
    let running = Running::start(Act::Panic).await;
    for _ in 0..3 {
        let status = call(running.channel()).await.unwrap_err();
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::Internal, "INTERNAL_FAULT")
        );
        assert!(!status.message().contains("as asked"));
    }
}

#[tokio::test]
async fn a_call_takes_no_longer_than_its_caller_allows() {
    let running = Running::start(LONG).await;
    let start = Instant::now();
    let mut request = Request::new(ExportTraceServiceRequest::default());
    request.set_timeout(Duration::from_millis(200));
    let status = TraceServiceClient::new(running.channel())
        .export(request)
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (Code::DeadlineExceeded, "DEPENDENCY_UNAVAILABLE")
    );
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
}

/// A caller without a timer of its own sees what the server itself answers; that must not be the bare
/// CANCELLED of tonic's timer, however the two race.
#[tokio::test]
async fn the_server_answers_when_the_time_is_up() {
    let running = Running::start(LONG).await;
    let http = Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http();
    let mut client = TraceServiceClient::with_origin(http, running.url().parse().unwrap());
    for micros in [
        0, 1, 900, 4_000, 5_000, 5_100, 6_000, 7_000, 10_000, 20_000, 30_500, 50_000,
    ] {
        let mut request = Request::new(ExportTraceServiceRequest::default());
        request.set_timeout(Duration::from_micros(micros));
        let status = client.export(request).await.unwrap_err();
        assert_eq!(
            status.code(),
            Code::DeadlineExceeded,
            "{micros}: {status:?}"
        );
        assert_eq!(reason(&status), "DEPENDENCY_UNAVAILABLE");
    }
}

#[tokio::test]
async fn what_is_left_of_the_time_is_handed_down() {
    let last = Running::start(Act::Answer).await;
    let first = Running::start(Act::CallOn(last.channel())).await;
    let left = || last.remaining.lock().unwrap().unwrap();

    call(first.channel()).await.unwrap();
    assert!(
        left() <= Duration::from_secs(10) && left() > Duration::from_secs(8),
        "{:?}",
        left()
    );

    chassis::deadline::within(Duration::from_secs(3), call(first.channel()))
        .await
        .unwrap();
    assert!(
        left() < Duration::from_secs(3) && left() > Duration::from_secs(1),
        "{:?}",
        left()
    );
}

#[tokio::test]
async fn without_a_deadline_the_server_sets_one() {
    let running = Running::start(Act::Answer).await;
    let mut request = Request::new(ExportTraceServiceRequest::default());
    request.extensions_mut().insert(chassis::client::NoDeadline);
    TraceServiceClient::new(running.channel())
        .export(request)
        .await
        .unwrap();
    let left = running.remaining.lock().unwrap().unwrap();
    assert!(
        left > Duration::from_secs(25) && left < Duration::from_secs(30),
        "{left:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_over_the_limit_are_refused_at_once() {
    let running = Running::start(Act::AnswerAfter(Duration::from_secs(3))).await;
    let channel = running.channel();
    let calls = (0..600).map(|_| tokio::spawn(call(channel.clone())));
    let results = futures::future::join_all(calls.collect::<Vec<_>>()).await;
    let refused: Vec<_> = results
        .into_iter()
        .filter_map(|result| result.unwrap().err())
        .collect();
    assert_eq!(refused.len(), 600 - 512);
    for status in refused {
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::Unavailable, "DEPENDENCY_UNAVAILABLE")
        );
    }
}
