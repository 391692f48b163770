//! HTTP in, gRPC out: the SCIM endpoints, the admin API and the console, without any state of their own.

use tokio::net::TcpListener;

mod address;
mod admin;
mod auth;
mod body;
mod clients;
mod config;
mod console;
mod cors;
mod error;
mod health;
mod loader;
mod middleware;
mod rates;
mod request;
mod router;
mod scim;
mod server;
mod state;
mod trace;

pub use config::Config;

/// Serves until `shutdown` completes, then for the configured drain, in which it says that it is not ready and tells its
/// clients to close their connections; then finishes what is in hand, for at most 25 s.
///
/// # Errors
/// The URL of a service is malformed.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let drain = config.drain;
    let gateway = state::Gateway::new(config)?;
    let address = listener.local_addr()?;
    tracing::info!(%address, "listening");
    let stopping = gateway.clone();
    let shutdown = async move {
        shutdown.await;
        stopping.health.stop();
    };
    server::run(listener, router::service(gateway), shutdown, drain).await;
    Ok(())
}
