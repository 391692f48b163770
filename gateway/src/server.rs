//! Accepts connections. Not `axum::serve`, which sets no timer, so that a client could hold a connection for
//! ever by sending its headers byte by byte.

use std::{convert::Infallible, io, pin::pin, time::Duration};

use axum::{body::Body, extract::Request, response::Response};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
};
use tokio::{
    net::TcpListener,
    time::{sleep, timeout},
};
use tower::{Service, ServiceExt};

use crate::address::Peer;
use patience::{Phase, Stream};

mod patience;

/// The largest head of a request, bytes: a query of 16 KiB and headers of as much.
const HEAD_LIMIT: u32 = 32 * 1024;
/// The most headers of a request.
const HEADER_COUNT: usize = 64;
/// The most requests at once on one HTTP/2 connection.
const STREAMS: u32 = 100;
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
    S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static,
{
    let builder = builder();
    let graceful = GracefulShutdown::new();
    let mut shutdown = pin!(async {
        shutdown.await;
        sleep(GRACE).await;
    });
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        let (stream, peer) = match accepted {
            Ok((stream, address)) => (stream, Peer(address.ip())),
            Err(error) => {
                refused(&error).await;
                continue;
            }
        };
        // Answers are written whole: waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        let phase = Phase::default();
        let io = TokioIo::new(Stream::new(stream, phase.clone()));
        let service = service.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            phase.begin(request.version());
            let answer = service.clone().oneshot(request);
            let phase = phase.clone();
            async move {
                let answer = answer.await;
                phase.end();
                answer
            }
        });
        let connection = builder.serve_connection(io, service).into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // The client's fault, such as bytes that are no HTTP.
            if let Err(error) = connection.await {
                tracing::debug!(error, "a connection ended early");
            }
        });
    }
    drop(listener);
    if timeout(DRAIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("stopped with requests in hand");
    }
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
