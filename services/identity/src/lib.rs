//! Users, their e-mails and licences, and the change log that others follow.

mod config;
mod cursor;
mod difference;
mod error;
mod feed;
mod filter;
mod log;
mod order;
mod rules;
mod schema;
mod service;
mod settings;
mod sql;
mod users;

use std::future::Future;

use chassis::server::Services;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use proto::identity::v1::identity_service_server::IdentityServiceServer;
use storage::{changes::Sequencer, postgres};
use tokio::{net::TcpListener, sync::watch};

pub use config::Config;

/// The schema of the service's database.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// The most bytes of a message: a request of 10,000 users' ids or a page of 1,000 users fits well.
const MESSAGE_LIMIT: usize = 64 * 1024 * 1024;

/// Serves until `shutdown` completes, then finishes what is in hand.
///
/// # Errors
/// The schema is not that of [`MIGRATIONS`], the database stays away while starting, or the
/// configuration is unusable.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let pool = postgres::pool(&config.database)?;
    postgres::check_schema(&pool, MIGRATIONS).await?;
    // Streams of changes would never end by themselves, so they have to hear of the shutdown.
    let (stopping, stopped) = watch::channel(false);
    let shutdown = async move {
        shutdown.await;
        stopping.send_replace(true);
    };
    let sequencer = Sequencer::start(pool.clone());
    let identity = service::Identity::new(&config, pool.clone(), sequencer, stopped)?;
    let server = IdentityServiceServer::new(identity)
        .max_decoding_message_size(MESSAGE_LIMIT)
        .max_encoding_message_size(MESSAGE_LIMIT);
    let ready = move || {
        let pool = pool.clone();
        async move { postgres::is_ready(&pool).await }
    };
    let services = Services::new(proto::DESCRIPTORS).add(server);
    chassis::server::serve(listener, services, ready, shutdown).await
}
