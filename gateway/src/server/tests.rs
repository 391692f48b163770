use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    routing::{get, post},
};
use http::{StatusCode, Version};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{oneshot, watch},
    task::JoinHandle,
    time::{Instant, sleep},
};

use super::{AGE, Phase, Stage, run, time_to_go};

/// How long the server takes new connections after it was asked to stop.
const DRAIN: Duration = Duration::from_millis(200);
const REQUEST: &[u8] = b"GET /slow HTTP/1.1\r\nHost: test\r\n\r\n";

async fn spawn() -> (TcpStream, oneshot::Sender<()>, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let slow = || async {
        sleep(Duration::from_millis(300)).await;
        "done"
    };
    let early = || async { StatusCode::UNAUTHORIZED };
    let router = Router::new()
        .route("/quick", get(async || "done"))
        .route("/slow", get(slow))
        .route("/early", post(early));
    let (stop, stopped) = oneshot::channel();
    let stopped = async {
        let _ = stopped.await;
    };
    let server = tokio::spawn(run(listener, router, stopped, DRAIN));
    (TcpStream::connect(address).await.unwrap(), stop, server)
}

/// Reads until the server closes.
async fn rest(client: &mut TcpStream) -> String {
    let mut text = String::new();
    client.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn what_is_in_hand_is_finished_before_the_server_stops() {
    let (mut client, stop, server) = spawn().await;
    client.write_all(REQUEST).await.unwrap();
    sleep(Duration::from_millis(100)).await;
    stop.send(()).unwrap();
    let answer = rest(&mut client).await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"),
        "{answer}"
    );
    server.await.unwrap();
}

#[tokio::test]
async fn an_idle_connection_does_not_keep_the_server() {
    let (mut client, stop, server) = spawn().await;
    client.write_all(REQUEST).await.unwrap();
    let mut buffer = [0; 512];
    assert!(client.read(&mut buffer).await.unwrap() > 0);
    stop.send(()).unwrap();
    server.await.unwrap();
}

/// What is no HTTP is answered by hyper, with the status alone, and the connection ends.
#[tokio::test]
async fn a_head_that_is_no_http_gets_the_bare_status() {
    let many: String = (0..200)
        .map(|number| format!("X-{number}: 1\r\n"))
        .collect();
    let large = format!("X: {}\r\n", "a".repeat(100_000));
    for (head, status) in [
        ("NONSENSE\r\n\r\n".to_owned(), 400),
        ("GET /slow HTTP/9.9\r\n\r\n".to_owned(), 400),
        ("GET /slow HTTP/1.1\r\nno colon\r\n\r\n".to_owned(), 400),
        (format!("GET /slow HTTP/1.1\r\n{many}\r\n"), 431),
        (format!("GET /slow HTTP/1.1\r\n{large}\r\n"), 431),
    ] {
        let (mut client, _stop, _server) = spawn().await;
        // The server may close before it has read everything.
        let _ = client.write_all(head.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = client.read_to_end(&mut answer).await;
        let answer = String::from_utf8(answer).unwrap();
        let line = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&line), "{answer}");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("content-length: 0"), "{answer}");
        assert_eq!(body, "");
    }
}

/// A client that keeps its connection for as long as it is not told to close it, and asks without a pause until
/// nobody listens any more. How many answers it got, and how many of its requests got none.
async fn ask_on_and_on(address: SocketAddr) -> (usize, usize) {
    let (mut answered, mut lost) = (0, 0);
    while let Ok(mut client) = TcpStream::connect(address).await {
        loop {
            let request = b"GET /quick HTTP/1.1\r\nHost: test\r\n\r\n";
            let mut answer = [0; 512];
            let length = match client.write_all(request).await {
                Ok(()) => client.read(&mut answer).await.unwrap_or(0),
                Err(_) => 0,
            };
            let answer = String::from_utf8_lossy(&answer[..length]).to_lowercase();
            if length == 0 {
                lost += 1;
                break;
            }
            assert!(answer.starts_with("http/1.1 200"), "{answer}");
            answered += 1;
            if answer.contains("connection: close") {
                break;
            }
        }
    }
    (answered, lost)
}

/// Every client that keeps its connection is told to close it before the server does.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_stop_loses_no_request_of_clients_that_keep_their_connections() {
    for _ in 0..5 {
        let (client, stop, server) = spawn().await;
        let address = client.peer_addr().unwrap();
        drop(client);
        let clients: Vec<_> = (0..16)
            .map(|_| tokio::spawn(ask_on_and_on(address)))
            .collect();
        sleep(Duration::from_millis(100)).await;
        stop.send(()).unwrap();
        let mut sum = (0, 0);
        for client in clients {
            let (answered, lost) = client.await.unwrap();
            sum = (sum.0 + answered, sum.1 + lost);
        }
        server.await.unwrap();
        assert!(sum.0 > 100, "{sum:?}");
        assert_eq!(sum.1, 0, "answered, lost: {sum:?}");
    }
}

/// A client that is idle while the server is asked to stop may ask until the drain is over, and is told to close.
#[tokio::test]
async fn an_idle_connection_is_served_until_the_drain_is_over() {
    let (mut client, stop, server) = spawn().await;
    let mut buffer = [0; 512];
    client.write_all(REQUEST).await.unwrap();
    assert!(client.read(&mut buffer).await.unwrap() > 0);
    stop.send(()).unwrap();
    sleep(DRAIN / 2).await;
    client.write_all(REQUEST).await.unwrap();
    let answer = rest(&mut client).await.to_lowercase();
    assert!(answer.starts_with("http/1.1 200"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    server.await.unwrap();
}

/// R-ERR-01: an answer before the whole body is sent reaches a client that reads only after it, also where the client
/// is slow, and the connection goes on.
#[tokio::test]
async fn an_early_answer_is_not_lost_to_a_client_still_sending() {
    let (mut client, _stop, _server) = spawn().await;
    let chunk = vec![b'a'; 64 * 1024];
    for _ in 0..2 {
        let head = "POST /early HTTP/1.1\r\nHost: test\r\nContent-Length: 1048576\r\n\r\n";
        client.write_all(head.as_bytes()).await.unwrap();
        for _ in 0..16 {
            client.write_all(&chunk).await.unwrap();
            sleep(Duration::from_millis(20)).await;
        }
        let mut answer = [0; 512];
        let length = client.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..length]);
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    }
}

/// The same where the connection is not to go on.
#[tokio::test]
async fn an_early_answer_is_not_lost_where_the_connection_ends_with_it() {
    let (mut client, _stop, _server) = spawn().await;
    let head = "POST /early HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: 1048576\r\n\r\n";
    client.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..16 {
        client.write_all(&vec![b'a'; 64 * 1024]).await.unwrap();
        sleep(Duration::from_millis(20)).await;
    }
    let answer = rest(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
}

/// R-HTTP-22: a client that waits to be told is not told to send what nobody wants.
#[tokio::test]
async fn a_body_that_is_not_wanted_is_not_asked_for() {
    let (mut client, _stop, _server) = spawn().await;
    let head =
        "POST /early HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n";
    client.write_all(head.as_bytes()).await.unwrap();
    let answer = rest(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert!(!answer.contains("100 Continue"));
}

/// A frame of HTTP/2 (RFC 9113 section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// R29: who opens requests and takes them back at once is told to calm down, and is let go.
#[tokio::test]
async fn a_flood_of_cancelled_requests_ends_the_connection() {
    const HEADERS: u8 = 1;
    const RST_STREAM: u8 = 3;
    const SETTINGS: u8 = 4;
    const GOAWAY: u8 = 7;
    const END_STREAM_AND_HEADERS: u8 = 5;
    const CANCEL: [u8; 4] = [0, 0, 0, 8];
    const ENHANCE_YOUR_CALM: [u8; 4] = [0, 0, 0, 11];
    // GET, http, /, and the authority "x", by the static table of HPACK.
    let request = [0x82, 0x86, 0x84, 0x41, 1, b'x'];
    let mut flood = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    flood.extend(frame(SETTINGS, 0, 0, &[]));
    for stream in (1..1000).step_by(2) {
        flood.extend(frame(HEADERS, END_STREAM_AND_HEADERS, stream, &request));
        flood.extend(frame(RST_STREAM, 0, stream, &CANCEL));
    }
    let (mut client, _stop, _server) = spawn().await;
    let _ = client.write_all(&flood).await;
    let mut answer = Vec::new();
    let _ = client.read_to_end(&mut answer).await;
    let mut frames = &*answer;
    let mut reason = None;
    while let [a, b, c, kind, _, _, _, _, _, rest @ ..] = frames {
        let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
        if *kind == GOAWAY {
            reason = rest.get(4..8);
        }
        frames = rest.get(length..).unwrap_or_default();
    }
    assert_eq!(reason, Some(&ENHANCE_YOUR_CALM[..]), "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_and_an_old_one_is_told_to_go() {
    let (mut client, _stop, _server) = spawn().await;
    let started = Instant::now();
    client.write_all(REQUEST).await.unwrap();
    let answer = rest(&mut client).await;
    assert!(answer.ends_with("done"), "{answer}");
    assert_eq!(started.elapsed().as_secs(), 75);

    let (_stage, stages) = watch::channel(Stage::Serving);
    let started = Instant::now();
    let phase = Phase::default();
    let turn = phase.begin(Version::HTTP_2);
    assert!(!turn.is_last());
    time_to_go(stages, phase).await;
    assert_eq!(started.elapsed(), AGE);
    assert!(turn.is_last());
}
