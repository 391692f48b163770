//! What happens around every call, from outside in: span, load limit, deadline, panic.

use std::{
    convert::Infallible,
    panic::AssertUnwindSafe,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use http::{Request, Response};
use tokio::sync::Semaphore;
use tonic::{body::Body, service::Routes};
use tracing::{Instrument, Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::ending::{Stop, at_stop};
use crate::{
    deadline, propagation,
    rpc::{
        observe::{Call, Side},
        status,
    },
};

const MAX_CALLS: usize = 512;
const DEFAULT_TIME: Duration = Duration::from_secs(30);
/// Taken off the time a caller allows. tonic has a timer of its own for it, which answers a bare CANCELLED;
/// ours has to be the first.
const MARGIN: Duration = Duration::from_millis(5);

#[derive(Debug, Clone)]
pub(super) struct Layer {
    stop: Stop,
    calls: Arc<Semaphore>,
}

impl Layer {
    pub(super) fn new(stop: Stop) -> Layer {
        Layer {
            stop,
            calls: Arc::new(Semaphore::new(MAX_CALLS)),
        }
    }
}

impl tower::Layer<Routes> for Layer {
    type Service = Service;

    fn layer(&self, routes: Routes) -> Service {
        Service {
            routes,
            stop: self.stop.clone(),
            calls: Arc::clone(&self.calls),
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Service {
    routes: Routes,
    stop: Stop,
    calls: Arc<Semaphore>,
}

impl tower::Service<Request<Body>> for Service {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // Routes are always ready; the limit answers rather than waits.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Service {
            routes,
            stop,
            calls,
        } = self.clone();
        async move {
            if is_infrastructure(request.uri().path()) {
                return Ok(run(routes, request).await.map(|body| at_stop(body, stop)));
            }
            let span = span(&request);
            let method = request.uri().path().trim_start_matches('/').to_owned();
            let call = Call::new(span.clone(), Side::Server, method);
            let response = limited(&calls, routes, request).instrument(span).await;
            Ok(call.response(response.map(|body| at_stop(body, stop))))
        }
        .boxed()
    }
}

/// Probes and tools: they would drown the traces, and must get through when the server is at its limit.
fn is_infrastructure(path: &str) -> bool {
    path.starts_with("/grpc.health.") || path.starts_with("/grpc.reflection.")
}

fn span(request: &Request<Body>) -> Span {
    let method = request.uri().path().trim_start_matches('/');
    let span = tracing::info_span!(
        parent: None,
        "rpc server",
        otel.name = method,
        otel.kind = "server",
        otel.status_code = Empty,
        rpc.system.name = "grpc",
        rpc.method = method,
        rpc.response.status_code = Empty,
        error.type = Empty,
    );
    // Fails only where telemetry is not set up, as in tests.
    let _ = span.set_parent(propagation::extract(request.headers()));
    span
}

async fn limited(calls: &Semaphore, routes: Routes, request: Request<Body>) -> Response<Body> {
    let Ok(_permit) = calls.try_acquire() else {
        return status::overloaded().into_http();
    };
    let allowed = deadline::read(request.headers()).unwrap_or(DEFAULT_TIME);
    let time = allowed.saturating_sub(MARGIN);
    if time.is_zero() {
        return status::deadline_exceeded().into_http();
    }
    let call = deadline::within(time, run(routes, request));
    tokio::time::timeout(time, call)
        .await
        .unwrap_or_else(|_| status::deadline_exceeded().into_http())
}

/// The panic itself is logged by the hook that `telemetry` sets, where the place is known.
async fn run(mut routes: Routes, request: Request<Body>) -> Response<Body> {
    let call = async move { tower::Service::call(&mut routes, request).await };
    match AssertUnwindSafe(call).catch_unwind().await {
        Ok(Ok(response)) => response,
        Err(_) => status::panicked().into_http(),
    }
}
