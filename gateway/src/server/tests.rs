use std::time::Duration;

use axum::{Router, routing::get};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::sleep,
};

use super::run;

const REQUEST: &[u8] = b"GET /slow HTTP/1.1\r\nHost: test\r\n\r\n";

async fn spawn() -> (TcpStream, oneshot::Sender<()>, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let slow = || async {
        sleep(Duration::from_millis(300)).await;
        "done"
    };
    let router = Router::new().route("/slow", get(slow));
    let (stop, stopped) = oneshot::channel();
    let server = tokio::spawn(run(listener, router, async {
        let _ = stopped.await;
    }));
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

#[tokio::test]
async fn too_many_headers_are_refused() {
    let (mut client, _stop, _server) = spawn().await;
    let mut request = b"GET /slow HTTP/1.1\r\n".to_vec();
    for number in 0..70 {
        request.extend(format!("X-{number}: 1\r\n").bytes());
    }
    request.extend(b"\r\n");
    client.write_all(&request).await.unwrap();
    let answer = rest(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}
