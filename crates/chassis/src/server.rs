//! Serves gRPC: spans, deadlines, panics, load, health, reflection and an orderly stop.

use std::{convert::Infallible, future::Future, io, time::Duration};

use anyhow::Context as _;
use futures::{FutureExt, Stream, TryStreamExt, stream};
use http::{Request, Response};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{oneshot, watch},
};
use tonic::{body::Body, server::NamedService, service::Routes, transport::Server};
use tower::Service;

mod call;
mod ending;
mod health;

/// How long a stop waits for what is in flight.
const STOP_TIME: Duration = Duration::from_secs(25);
/// After this age a connection is told to go, so that callers spread over new replicas.
const CONNECTION_AGE: Duration = Duration::from_secs(300);
const MAX_STREAMS: u32 = 1024;
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(30);
const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(10);
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 4 << 20;

/// The gRPC services of one process.
#[derive(Debug)]
pub struct Services {
    routes: Routes,
    names: Vec<health::Name>,
    descriptors: &'static [u8],
}

impl Services {
    /// No services yet; `descriptors` is the encoded `FileDescriptorSet` for reflection.
    pub fn new(descriptors: &'static [u8]) -> Services {
        Services {
            routes: Routes::default(),
            names: Vec::new(),
            descriptors,
        }
    }

    /// Adds a service, whose health is reported under its full name.
    #[expect(
        clippy::should_implement_trait,
        reason = "adds no numbers; tonic's builders call it so too"
    )]
    pub fn add<S>(self, service: S) -> Services
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.push(service, None)
    }

    /// Adds a service that can be unwell by itself: under its name health reports that it serves only while
    /// `well` holds.
    pub fn add_with_health<S>(self, service: S, well: watch::Receiver<bool>) -> Services
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.push(service, Some(well))
    }

    fn push<S>(mut self, service: S, well: Option<watch::Receiver<bool>>) -> Services
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.names.push(health::Name::new(S::NAME, well));
        self.routes = self.routes.add_service(service);
        self
    }

    fn with_reflection(mut self) -> anyhow::Result<Services> {
        let builder = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(self.descriptors)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        let v1 = builder()
            .build_v1()
            .context("the descriptors for reflection are malformed")?;
        // Tools older than 2023 ask for the alpha version.
        let v1alpha = builder()
            .build_v1alpha()
            .context("the descriptors for reflection are malformed")?;
        self.routes = self.routes.add_service(v1).add_service(v1alpha);
        Ok(self)
    }
}

/// Serves until `shutdown` completes and what is in flight is done, at most 25 s later; streams still open
/// are ended with UNAVAILABLE at once. `ready` is asked every second whether the process can do its work
/// (its database answers), and health reports the answer.
///
/// # Errors
/// The descriptors are malformed, or the transport fails.
pub async fn serve<R, F>(
    listener: TcpListener,
    services: Services,
    ready: R,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()>
where
    R: Fn() -> F + Send + Sync + 'static,
    F: Future<Output = bool> + Send,
{
    let address = listener
        .local_addr()
        .context("the listener has no address")?;
    let stop = shutdown.boxed().shared();
    let mut services = services.with_reflection()?;
    let (reporter, health) = tonic_health::server::health_reporter();
    let mut names = std::mem::take(&mut services.names);
    names.push(health::Name::new("", None));
    services.routes = services.routes.add_service(health);

    let (connections, closed) = connections(listener, stop.clone());
    let server = Server::builder()
        .max_concurrent_streams(MAX_STREAMS)
        .http2_keepalive_interval(Some(KEEP_ALIVE_INTERVAL))
        .http2_keepalive_timeout(Some(KEEP_ALIVE_TIMEOUT))
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_connection_age(CONNECTION_AGE)
        .layer(call::Layer::new(stop.clone()))
        .add_routes(services.routes)
        .serve_with_incoming_shutdown(connections, closed);
    tracing::info!(%address, "serving");

    tokio::select! {
        served = server => served.context("the server failed"),
        () = health::report(reporter, names, ready, stop.clone()) => unreachable!("health is reported for ever"),
        () = stop.then(|()| tokio::time::sleep(STOP_TIME)) => {
            tracing::warn!("stopped with calls still in flight");
            Ok(())
        }
    }
}

/// The connections until `stop`, those that wait to be accepted by then included; and what completes once the listener
/// is closed. Only then are peers told to go: one that connects again is refused at once, not left in a queue that
/// nobody serves.
fn connections(
    listener: TcpListener,
    stop: impl Future<Output = ()> + Clone + Send,
) -> (
    impl Stream<Item = io::Result<TcpStream>>,
    impl Future<Output = ()>,
) {
    let (open, closed) = oneshot::channel::<()>();
    let state = (open, Some(listener), Vec::new());
    let connections = stream::unfold(state, move |(open, mut listener, mut waiting)| {
        let stop = stop.clone();
        async move {
            if let Some(serving) = listener.take() {
                tokio::select! {
                    accepted = serving.accept() => {
                        let connection = accepted.map(|(stream, _)| stream);
                        return Some((connection, (open, Some(serving), waiting)));
                    }
                    () = stop => waiting = crate::listener::close(serving),
                }
            }
            let connection = waiting.pop()?;
            Some((Ok(connection), (open, None, waiting)))
        }
    });
    let connections = connections.inspect_ok(|connection| {
        // Messages are written whole: waiting to fill a packet only delays them.
        let _ = connection.set_nodelay(true);
    });
    (connections, closed.map(|_| ()))
}
