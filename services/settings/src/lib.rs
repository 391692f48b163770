//! Accounts, their SCIM configuration and options.

mod accounts;
mod command;
mod config;
mod error;
mod rules;
mod schema;
mod service;
mod wire;

use std::future::Future;

use chassis::server::Services;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use proto::settings::v1::settings_service_server::SettingsServiceServer;
use storage::postgres;
use tokio::net::TcpListener;

pub use self::{
    command::{CreateAccount, Created, create_account},
    config::Config,
};
use crate::service::Service;

/// The migrations of this service's database.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// Serves until `shutdown` completes and what is in flight is done.
///
/// # Errors
/// The database stays away or has an older schema, or the listener fails.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let pool = postgres::pool(&config.database)?;
    postgres::check_schema(&pool, MIGRATIONS).await?;
    let service = Service::new(pool.clone(), config.license_types);
    let services = Services::new(proto::DESCRIPTORS).add(SettingsServiceServer::new(service));
    let ready = move || {
        let pool = pool.clone();
        async move { postgres::is_ready(&pool).await }
    };
    chassis::server::serve(listener, services, ready, shutdown).await
}
