//! SCIM and admin tokens, with a Redis cache in front.

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use proto::protocol::v1::change_log_service_server::ChangeLogServiceServer;
use proto::token::v1::session_service_server::SessionServiceServer;
use proto::token::v1::token_service_server::TokenServiceServer;
use storage::{changes::Log, cursor::Cursors, process::Process};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub mod cache;
pub mod command;
mod config;
pub mod error;
pub mod last_used;
pub mod lookup;
mod schema;
pub mod secret;
pub mod service;
pub mod sessions;
pub mod tokens;

pub use config::Config;

/// The migrations of the service's database.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// How the process is started.
pub const PROCESS: Process = Process {
    name: "token",
    port: 50053,
    migrations: || MIGRATIONS,
};

/// Serves until `shutdown` completes and what is in hand is done.
///
/// # Errors
/// The database stays away or its schema is too old; the listener fails.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let pool = storage::postgres::pool(&config.database)?;
    storage::postgres::check_schema(&pool, MIGRATIONS).await?;
    let redis = storage::redis::Client::new(&config.redis_url)?;
    let cache = cache::Cache::new(redis, config.cache_key.as_ref(), config.lease)?;
    let last_used = last_used::LastUsed::default();
    let mut background = JoinSet::new(); // ends with this call
    background.spawn(last_used.clone().run(pool.clone()));

    let service = service::Service::new(
        pool.clone(),
        lookup::Lookup::new(pool.clone(), cache, config.lease),
        last_used.clone(),
    );
    let sessions = service::Sessions::new(pool.clone(), last_used.clone());
    let log = Log::new(pool.clone(), Cursors::new(config.cursor_key.as_ref()));
    let services = chassis::server::Services::new(proto::DESCRIPTORS)
        .add(TokenServiceServer::new(service))
        .add(SessionServiceServer::new(sessions))
        .add(ChangeLogServiceServer::new(log));
    let database = pool.clone();
    let ready = move || {
        let database = database.clone();
        async move { storage::postgres::is_ready(&database).await }
    };
    let served = chassis::server::serve(listener, services, ready, shutdown).await;

    background.shutdown().await;
    last_used.finish(&pool).await;
    served
}
