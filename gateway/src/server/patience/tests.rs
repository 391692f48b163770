use http::Version;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    time::{Duration, Instant, timeout},
};

use super::{HEAD, IDLE, Phase, Stream};

fn connection() -> (DuplexStream, Stream<DuplexStream>, Phase) {
    let (client, server) = duplex(64);
    let phase = Phase::default();
    (client, Stream::new(server, phase.clone()), phase)
}

/// How long the server waits for a silent client.
async fn patience(server: &mut Stream<DuplexStream>) -> Duration {
    let started = Instant::now();
    let read = server.read(&mut [0; 8]).await.unwrap();
    assert_eq!(read, 0, "the end of the stream");
    started.elapsed()
}

#[tokio::test(start_paused = true)]
async fn the_first_request_must_come_soon() {
    let (_client, mut server, _) = connection();
    assert_eq!(patience(&mut server).await.as_secs(), HEAD.as_secs());
}

#[tokio::test(start_paused = true)]
async fn a_head_in_pieces_has_one_time_for_all() {
    let (mut client, mut server, _) = connection();
    for _ in 0..9 {
        client.write_all(b"G").await.unwrap();
        assert_eq!(server.read(&mut [0; 8]).await.unwrap(), 1);
        let _ = timeout(Duration::from_secs(1), server.read(&mut [0; 8])).await;
    }
    assert!(patience(&mut server).await <= Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn between_requests_there_is_more_time() {
    let (mut client, mut server, phase) = connection();
    let turn = phase.begin(Version::HTTP_11);
    let busy = timeout(Duration::from_secs(600), server.read(&mut [0; 8])).await;
    assert!(busy.is_err(), "a handler may take its time");
    turn.end();
    assert_eq!(patience(&mut server).await.as_secs(), IDLE.as_secs());

    client.write_all(b"G").await.unwrap();
    assert_eq!(server.read(&mut [0; 8]).await.unwrap(), 1);
    assert_eq!(patience(&mut server).await.as_secs(), HEAD.as_secs());
}

/// Also where the request between two pauses is answered before the timer is looked at again.
#[tokio::test(start_paused = true)]
async fn each_pause_has_all_of_its_time() {
    let (mut client, mut server, phase) = connection();
    phase.begin(Version::HTTP_11).end();
    let pause = timeout(Duration::from_secs(60), server.read(&mut [0; 8])).await;
    assert!(pause.is_err());
    client.write_all(b"G").await.unwrap();
    assert_eq!(server.read(&mut [0; 8]).await.unwrap(), 1);
    phase.begin(Version::HTTP_11).end();
    assert_eq!(patience(&mut server).await.as_secs(), IDLE.as_secs());
}

/// The rest of a body may be read by a task that learns of its end after the next request has begun.
#[tokio::test(start_paused = true)]
async fn a_request_ends_none_but_itself() {
    let (_client, mut server, phase) = connection();
    let first = phase.begin(Version::HTTP_11);
    let _second = phase.begin(Version::HTTP_11);
    first.end();
    let busy = timeout(Duration::from_secs(600), server.read(&mut [0; 8])).await;
    assert!(busy.is_err(), "the second is under way");
}

#[tokio::test(start_paused = true)]
async fn http2_is_left_to_its_pings() {
    let (_client, mut server, phase) = connection();
    phase.begin(Version::HTTP_2).end();
    let silent = timeout(Duration::from_secs(600), server.read(&mut [0; 8])).await;
    assert!(silent.is_err());
}
