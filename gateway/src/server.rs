//! Accepts connections. Not `axum::serve`, which sets no timer, so that a client could hold a connection for
//! ever by sending its headers byte by byte.

use std::{convert::Infallible, io, pin::pin, time::Duration};

use axum::{body::Body, extract::Request, response::Response};
use chassis::listener;
use http::{HeaderValue, Version, header::CONNECTION};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{sleep, timeout},
};
use tower::{Service, ServiceExt};

use crate::address::Peer;
use patience::{Phase, Stream, Turn};
use remainder::Lent;

mod patience;
mod remainder;

/// The largest head of a request, bytes: a URL of 32 KiB and headers of half as much, and some more, of which
/// `middleware` tells the client better than hyper would.
const HEAD_LIMIT: u32 = 64 * 1024;
/// The most headers of a request that come as far as `middleware`, which takes fewer.
const HEADER_COUNT: usize = 128;
/// The most requests at once on one HTTP/2 connection.
const STREAMS: u32 = 100;
/// The most requests of an HTTP/2 connection that are taken back before they were begun with, and that break the
/// protocol, before the connection is ended: who opens and cancels without end costs more than it pays (R29).
const RESETS: usize = 20;
/// How long a connection is used, so that clients spread over new replicas and none is held for ever.
const AGE: Duration = Duration::from_secs(30 * 60);
/// How often an HTTP/2 peer is asked whether it is still there.
const PING_INTERVAL: Duration = Duration::from_secs(30);
/// How long it may take to answer.
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// How long what is in hand may take once nothing more is accepted.
const LAST: Duration = Duration::from_secs(25);
/// How long a client that connected just before the listener was closed has to send its request.
const LATECOMERS: Duration = Duration::from_millis(500);
/// The wait after a failed accept, as when there are no file descriptors left.
const PAUSE: Duration = Duration::from_millis(100);

/// How far the server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Serving,
    /// Asked to stop: everything is served, and every client told to close its connection.
    Draining,
    /// Nothing more is accepted.
    Ending,
}

/// Serves until `shutdown` completes, for `drain` after it, and until what is in hand is done.
pub(crate) async fn run<S>(
    listener: TcpListener,
    service: S,
    shutdown: impl Future<Output = ()> + Send + 'static,
    drain: Duration,
) where
    S: Service<Request<Lent>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static,
{
    let builder = builder();
    // Each connection has a receiver for as long as it lives.
    let (stage, stages) = watch::channel(Stage::Serving);
    let mut shutdown = pin!(async {
        shutdown.await;
        stage.send_replace(Stage::Draining);
        sleep(drain).await;
    });
    let take = |stream: TcpStream| {
        // One that has gone already has no address.
        if let Ok(address) = stream.peer_addr() {
            let service = (Peer(address.ip()), service.clone());
            serve(&builder, stream, service, stages.clone());
        }
    };
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, _)) => take(stream),
            Err(error) => refused(&error).await,
        }
    }
    listener::close(listener).into_iter().for_each(take);
    drop(stages);
    sleep(LATECOMERS).await;
    stage.send_replace(Stage::Ending);
    if timeout(LAST, stage.closed()).await.is_err() {
        tracing::warn!("stopped with requests in hand");
    }
}

/// Serves one connection in a task of its own.
fn serve<S>(
    builder: &Builder<TokioExecutor>,
    stream: TcpStream,
    (peer, service): (Peer, S),
    stages: watch::Receiver<Stage>,
) where
    S: Service<Request<Lent>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static,
{
    // Answers are written whole: waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    let phase = Phase::default();
    let io = TokioIo::new(Stream::new(stream, phase.clone()));
    let leaving = time_to_go(stages.clone(), phase.clone());
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        let turn = phase.begin(request.version());
        handle(service.clone(), request, turn)
    });
    let connection = builder.serve_connection(io, service).into_owned();
    tokio::spawn(async move {
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = leaving => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        // The client's fault, such as bytes that are no HTTP.
        if let Err(error) = ended {
            tracing::debug!(error, "a connection ended early");
        }
        drop(stages);
    });
}

async fn handle<S>(
    service: S,
    request: Request<Incoming>,
    turn: Turn,
) -> Result<Response<Body>, Infallible>
where
    S: Service<Request<Lent>, Response = Response<Body>, Error = Infallible>,
{
    // HTTP/2 ends one stream without the others.
    let has_streams = request.version() == Version::HTTP_2;
    let (parts, body) = request.into_parts();
    let (lent, mut rest) = remainder::lend(body, &parts.headers);
    let Ok(mut answer) = service.oneshot(Request::from_parts(parts, lent)).await;
    if !has_streams && turn.is_last() {
        let close = HeaderValue::from_static("close");
        answer.headers_mut().insert(CONNECTION, close);
    }
    match rest.try_recv() {
        Ok(rest) if !has_streams => {
            tokio::spawn(async move {
                remainder::drain(rest).await;
                turn.end();
            });
        }
        _ => turn.end(),
    }
    Ok(answer)
}

/// Sees to it that a connection takes no more requests once the server stops or the connection is old, and loses none.
/// Over HTTP/1 the next answer says so, and a connection without a request ends only when nothing of one has come.
/// Completes when hyper is to say so over HTTP/2, which leaves no doubt which requests are answered.
async fn time_to_go(mut stages: watch::Receiver<Stage>, phase: Phase) {
    let _ = timeout(AGE, reached(&mut stages, Stage::Draining)).await;
    phase.leave();
    tokio::select! {
        () = phase.is_http2() => return,
        () = reached(&mut stages, Stage::Ending) => phase.end(),
    }
    phase.is_http2().await;
}

async fn reached(stages: &mut watch::Receiver<Stage>, wanted: Stage) {
    // An error means that the server is gone.
    let _ = stages.wait_for(|stage| *stage >= wanted).await;
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .max_headers(HEADER_COUNT)
        .max_buf_size(HEAD_LIMIT as usize)
        // `patience` sees to it: this one would count idle time too.
        .header_read_timeout(None);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEAD_LIMIT)
        .max_pending_accept_reset_streams(RESETS)
        .max_local_error_reset_streams(RESETS)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT);
    builder
}

/// A client that left before it was accepted is nothing; anything else is a lack of resources, which needs a
/// pause more than a repetition.
async fn refused(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    ) {
        tracing::error!(%error, "cannot accept connections");
        sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests;
