//! Accounts, their SCIM configuration and options, licence seats and maps, IP rules and webhooks.

mod accounts;
mod changed;
mod command;
mod config;
mod error;
mod ip_rules;
mod license_maps;
mod license_seats;
mod mask;
mod networks;
mod rules;
mod schema;
mod service;
mod source;
mod webhooks;
mod wire;

use std::future::Future;

use chassis::server::Services;
use delivery::{DeadLetters, Deliverer};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use proto::{
    protocol::v1::{
        change_log_service_server::ChangeLogServiceServer,
        delivery_service_server::DeliveryServiceServer,
    },
    settings::v1::{
        account_service_server::AccountServiceServer,
        settings_service_server::SettingsServiceServer,
    },
};
use storage::{
    changes::{Log, Sequencer},
    cursor::Cursors,
    postgres,
    process::Process,
};
use tokio::{net::TcpListener, sync::watch};

pub use self::{
    command::{
        CreateAccount, Created, LiftIpRestrictions, UpdateAccount, create_account,
        lift_ip_restrictions, list_accounts, update_account,
    },
    config::Config,
};
use crate::{service::Service, source::Source};

/// The migrations of this service's database.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// How the process is started.
pub const PROCESS: Process = Process {
    name: "settings",
    port: 50054,
    migrations: || MIGRATIONS,
};

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
    let service = Service::new(pool.clone(), &config);
    let log = Log::new(pool.clone(), Cursors::new(config.cursor_key.as_ref()));
    // Numbers what is to be delivered; nobody follows it, so nobody need be woken.
    let sequencer = Sequencer::start(pool.clone());
    let source = Source { pool: pool.clone() };
    let deliverer = Deliverer::new(&config.delivery, source, pool.clone(), &sequencer)?;
    let (stopping, stopped) = watch::channel(false);
    let shutdown = async move {
        shutdown.await;
        stopping.send_replace(true);
    };
    let delivering = tokio::spawn(deliverer.run(stopped));
    let numbering = sequencer.numbering();
    let dead_letters = DeadLetters::new(pool.clone(), sequencer);
    let services = Services::new(proto::DESCRIPTORS)
        .add(SettingsServiceServer::new(service.clone()))
        .add(AccountServiceServer::new(service))
        .add_with_health(ChangeLogServiceServer::new(log), numbering)
        .add(DeliveryServiceServer::new(dead_letters));
    let ready = move || {
        let pool = pool.clone();
        async move { postgres::is_ready(&pool).await }
    };
    chassis::server::serve(listener, services, ready, shutdown).await?;
    Ok(delivering.await?)
}
