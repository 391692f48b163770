//! Calls other services over gRPC: spans, trace context, deadlines, reconnection.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use anyhow::Context as _;
use futures::{FutureExt, future::BoxFuture};
use http::{Request, Response, Uri, uri::Scheme};
use http_body_util::BodyExt;
use tokio::time::Instant;
use tonic::{
    Status,
    body::Body,
    transport::{ClientTlsConfig, Endpoint},
};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tower::{BoxError, Service, ServiceExt};
use tracing::{Instrument, Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::{
    deadline,
    env::Env,
    propagation,
    rpc::{
        observe::{Call, Side},
        status,
    },
};
use replay::Replay;

pub use crate::rpc::status::{deadline_exceeded, panicked};

mod replay;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(5);
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;
/// The time a call has where neither it nor the request being handled sets one.
const DEFAULT_TIME: Duration = Duration::from_secs(10);
/// How long a call that no peer has begun with is tried again: long enough for a peer that restarts.
const PATIENCE: Duration = Duration::from_secs(3);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// Short enough that a peer which is back is found soon.
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// A connection to a peer, to be given to a generated client; cheap to clone.
///
/// Every failure is a `Status` with an `ErrorInfo`: a peer that cannot be reached is UNAVAILABLE, a call
/// that takes too long DEADLINE_EXCEEDED, both with the reason DEPENDENCY_UNAVAILABLE. The time allowed is
/// what the call sets (`Request::set_timeout`) or what is left of the request being handled
/// ([`deadline::remaining`]), whichever is less, else 10 s; of a stream it bounds only the start.
#[derive(Debug, Clone)]
pub struct Channel {
    inner: tonic::transport::Channel,
    host: Arc<str>,
    port: u16,
}

/// Put into a request's extensions to send it without a deadline: for streams that never end.
#[derive(Debug, Clone, Copy)]
pub struct NoDeadline;

/// A channel to `url` (`http://host:port`), which connects at its first use and again whenever the
/// connection is lost. To be called inside a tokio runtime.
///
/// # Errors
/// The URL is malformed.
pub fn channel(url: &str) -> anyhow::Result<Channel> {
    let endpoint = endpoint(url)?;
    let uri = endpoint.uri();
    let host = uri.host().unwrap_or_default().into();
    let port = uri
        .port_u16()
        .unwrap_or(if is_https(uri) { 443 } else { 80 });
    Ok(Channel {
        inner: endpoint.connect_lazy(),
        host,
        port,
    })
}

/// The URL of a peer, from a variable that must be set; one that is malformed is noted in `env`.
pub fn url(env: &mut Env, name: &'static str) -> String {
    let url: String = env.required(name);
    if !url.is_empty()
        && let Err(error) = endpoint(&url)
    {
        env.fault(name, error.to_string());
    }
    url
}

pub(crate) fn endpoint(url: &str) -> anyhow::Result<Endpoint> {
    let endpoint =
        Endpoint::from_shared(url.to_owned()).context("must be like http://host:port")?;
    let uri = endpoint.uri();
    let is_http = uri.scheme() == Some(&Scheme::HTTP) || is_https(uri);
    anyhow::ensure!(
        is_http && uri.host().is_some(),
        "must be like http://host:port"
    );
    let endpoint = endpoint
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEP_ALIVE_INTERVAL)
        .keep_alive_timeout(KEEP_ALIVE_TIMEOUT)
        .keep_alive_while_idle(true)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW);
    if is_https(endpoint.uri()) {
        let tls = ClientTlsConfig::new().with_native_roots();
        return endpoint
            .tls_config(tls)
            .context("TLS to a peer cannot be set up");
    }
    Ok(endpoint)
}

fn is_https(uri: &Uri) -> bool {
    uri.scheme() == Some(&Scheme::HTTPS)
}

impl Channel {
    /// Whether the peer says, within a second, that it serves; for readiness.
    pub async fn is_serving(&self) -> bool {
        self.serves("").await
    }

    /// The same of one gRPC service of the peer, by its full name.
    pub async fn serves(&self, service: &str) -> bool {
        let mut health = HealthClient::new(self.inner.clone());
        let check = health.check(HealthCheckRequest {
            service: service.to_owned(),
        });
        match tokio::time::timeout(Duration::from_secs(1), check).await {
            Ok(Ok(response)) => response.get_ref().status() == ServingStatus::Serving,
            _ => false,
        }
    }

    async fn send(self, mut request: Request<Body>) -> Response<Body> {
        let span = self.span(&request);
        let method = request.uri().path().trim_start_matches('/').to_owned();
        let call = Call::new(span.clone(), Side::Client, method);
        // Without a collector there is the span of the request alone.
        let place = if span.is_disabled() {
            Span::current()
        } else {
            span.clone()
        };
        propagation::inject_context(&place.context(), request.headers_mut());
        let time = time(&request);
        if let Some(time) = time {
            deadline::write(request.headers_mut(), time);
        }
        let attempts = attempts(self.inner, request).instrument(span);
        let sent = match time {
            Some(time) => tokio::time::timeout(time, attempts)
                .await
                .unwrap_or_else(|_| Err(status::deadline_exceeded())),
            None => attempts.await,
        };
        call.response(sent.unwrap_or_else(Status::into_http))
    }

    fn span(&self, request: &Request<Body>) -> Span {
        let method = request.uri().path().trim_start_matches('/');
        tracing::info_span!(
            "rpc client",
            otel.name = method,
            otel.kind = "client",
            otel.status_code = Empty,
            rpc.system.name = "grpc",
            rpc.method = method,
            rpc.response.status_code = Empty,
            server.address = &*self.host,
            server.port = i64::from(self.port),
            error.type = Empty,
        )
    }
}

/// The time a call is allowed; `None`: as long as it takes.
fn time(request: &Request<Body>) -> Option<Duration> {
    if request.extensions().get::<NoDeadline>().is_some() {
        return None;
    }
    let asked = deadline::read(request.headers());
    let left = deadline::remaining();
    Some(
        [asked, left]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(DEFAULT_TIME),
    )
}

/// Sends a request, which is one message; again, for a while, as long as the peer has surely not begun with it, and
/// once more where it changes nothing.
async fn attempts(
    channel: tonic::transport::Channel,
    request: Request<Body>,
) -> Result<Response<Body>, Status> {
    let (parts, body) = request.into_parts();
    let content = body.collect().await?.to_bytes();
    let mut replay = Replay::new(content, parts.uri.path());
    let until = Instant::now() + PATIENCE;
    let mut pause = FIRST_PAUSE;
    loop {
        let request = Request::from_parts(parts.clone(), replay.body());
        let error = match attempt(channel.clone(), request, replay.is_read()).await {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        tracing::debug!(error, "a call failed");
        if !replay.may_be_sent_again(&*error) || Instant::now() + pause > until {
            return Err(status::of_transport(&*error));
        }
        drop(error);
        tokio::time::sleep(pause).await;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

/// Sends a request once. The answer to a read, which is one message, is awaited whole: it may break off half-way, too.
async fn attempt(
    channel: tonic::transport::Channel,
    request: Request<Body>,
    is_read: bool,
) -> Result<Response<Body>, BoxError> {
    let response = channel.oneshot(request).await?;
    if !is_read {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    Ok(Response::from_parts(
        parts,
        Body::new(body.collect().await?),
    ))
}

impl Service<Request<Body>> for Channel {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // Waiting for the connection is part of the call, so that its deadline bounds it.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.clone().send(request).map(Ok).boxed()
    }
}
