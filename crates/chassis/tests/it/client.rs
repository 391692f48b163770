use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use tokio::{net::TcpListener, time::timeout};
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
    let callers: Vec<_> = (0..64)
        .map(|_| {
            let channel = channel.clone();
            tokio::spawn(async move {
                for _ in 0..200 {
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

/// A peer that loses its connection when a request has come, so many times, or when it has begun to answer; and answers
/// those after.
async fn forgetful(losses: usize, begins: bool) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&requests);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let mut connection = h2::server::handshake(stream).await.unwrap();
            while let Some(Ok((request, mut respond))) = connection.accept().await {
                // Once all of it is here: the peer may have begun with it.
                let mut body = request.into_body();
                let data = async { while body.data().await.is_some() {} };
                tokio::select! { () = data => {} _ = connection.accept() => {} }
                if seen.fetch_add(1, Ordering::Relaxed) < losses {
                    if begins {
                        let head = http::Response::new(());
                        let _stream = respond.send_response(head, false).unwrap();
                        let _ = timeout(Duration::from_millis(50), connection.accept()).await;
                    }
                    break;
                }
                let head = http::Response::builder()
                    .header("content-type", "application/grpc")
                    .header("grpc-status", "0");
                respond.send_response(head.body(()).unwrap(), true).unwrap();
            }
        }
    });
    (url, requests)
}

/// The code of a call that a peer answers with nothing at all, if it answers.
async fn ask(url: &str, method: &'static str) -> Code {
    let channel = chassis::client::channel(url).unwrap();
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.unwrap();
    let path = http::uri::PathAndQuery::from_static(method);
    let codec = tonic_prost::ProstCodec::<ExportTraceServiceRequest, ()>::default();
    let request = tonic::Request::new(ExportTraceServiceRequest::default());
    let answer = match client.server_streaming(request, path, codec).await {
        Ok(answer) => answer.into_inner().message().await,
        Err(status) => Err(status),
    };
    answer.map_or_else(|status| status.code(), |_| Code::Ok)
}

/// What changes nothing is asked once more when the peer is lost with the request; what may have changed something is not.
#[tokio::test]
async fn a_read_that_was_lost_is_repeated_once_and_a_write_is_not() {
    for (method, losses, code, requests) in [
        ("/test.v1.Service/GetThing", 1, Code::Ok, 2),
        ("/test.v1.Service/ListThings", 1, Code::Ok, 2),
        ("/test.v1.Service/BatchGetThings", 1, Code::Ok, 2),
        ("/test.v1.Service/BatchListThingParts", 1, Code::Ok, 2),
        ("/test.v1.Service/BatchCheckThings", 1, Code::Ok, 2),
        ("/test.v1.Service/CountThings", 1, Code::Ok, 2),
        ("/test.v1.Service/AuthenticateToken", 1, Code::Ok, 2),
        ("/test.v1.Service/GetThing", 2, Code::Unavailable, 2),
        ("/test.v1.Service/CreateThing", 1, Code::Unavailable, 1),
        ("/test.v1.Service/DeleteThing", 1, Code::Unavailable, 1),
        ("/test.v1.Service/Getaway", 1, Code::Unavailable, 1),
        ("/test.v1.GetService/PatchThing", 1, Code::Unavailable, 1),
    ] {
        for begins in [false, true] {
            let (url, seen) = forgetful(losses, begins).await;
            assert_eq!(ask(&url, method).await, code, "{method}");
            assert_eq!(seen.load(Ordering::Relaxed), requests, "{method}");
        }
    }
}

#[tokio::test]
async fn a_malformed_url_is_refused() {
    for url in ["", "identity", "http://", "/path"] {
        assert!(chassis::client::channel(url).is_err(), "{url:?}");
    }
}
