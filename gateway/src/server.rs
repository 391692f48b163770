//! Accepts connections. Not `axum::serve`, which sets no timer, so that a client could hold a connection for
//! ever by sending its headers byte by byte.

use std::{convert::Infallible, io, pin::pin, time::Duration};

use axum::{body::Body, extract::Request, response::Response};
use http::Version;
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
use refusal::Completed;
use remainder::Lent;

mod patience;
mod refusal;
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
/// How long after being asked to stop connections are still accepted: a request that a client has sent by then
/// is answered, not cut off.
const GRACE: Duration = Duration::from_millis(500);
/// How long what is in hand may take after the process was asked to stop.
const DRAIN: Duration = Duration::from_secs(25);
/// The wait after a failed accept, as when there are no file descriptors left.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `shutdown` completes and what is in hand is done.
pub(crate) async fn run<S>(
    listener: TcpListener,
    service: S,
    shutdown: impl Future<Output = ()> + Send + 'static,
) where
    S: Service<Request<Lent>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static,
{
    let builder = builder();
    // Each connection has a receiver for as long as it lives.
    let (stop, stopped) = watch::channel(());
    let mut shutdown = pin!(async {
        shutdown.await;
        sleep(GRACE).await;
    });
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, address)) => {
                let service = service.clone();
                serve(
                    &builder,
                    stream,
                    (Peer(address.ip()), service),
                    stopped.clone(),
                );
            }
            Err(error) => refused(&error).await,
        }
    }
    drop((listener, stopped));
    let _ = stop.send(());
    if timeout(DRAIN, stop.closed()).await.is_err() {
        tracing::warn!("stopped with requests in hand");
    }
}

/// Serves one connection in a task of its own.
fn serve<S>(
    builder: &Builder<TokioExecutor>,
    stream: TcpStream,
    (peer, service): (Peer, S),
    stopped: watch::Receiver<()>,
) where
    S: Service<Request<Lent>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static,
{
    // Answers are written whole: waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    let phase = Phase::default();
    let io = TokioIo::new(Completed::new(Stream::new(stream, phase.clone())));
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
            () = time_to_go(stopped.clone()) => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        // The client's fault, such as bytes that are no HTTP.
        if let Err(error) = ended {
            tracing::debug!(error, "a connection ended early");
        }
        drop(stopped);
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
    let answer = service.oneshot(Request::from_parts(parts, lent)).await;
    match rest.try_recv() {
        Ok(rest) if !has_streams => {
            tokio::spawn(async move {
                remainder::drain(rest).await;
                turn.end();
            });
        }
        _ => turn.end(),
    }
    answer
}

/// Completes when a connection is to take no more requests: the server stops, or the connection is old.
async fn time_to_go(mut stopped: watch::Receiver<()>) {
    let _ = timeout(AGE, stopped.changed()).await;
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
