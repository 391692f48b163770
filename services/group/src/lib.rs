//! Groups, their members, and which groups a user is in.

mod administrators;
mod attributes;
mod columns;
mod config;
mod delta;
mod edit;
mod error;
mod follower;
mod groups;
mod known_users;
mod licenses;
mod members;
mod memberships;
mod mutation;
mod peer;
mod permission_sets;
mod permissions;
mod placement;
mod protection;
mod references;
mod rules;
mod schema;
mod service;
mod settings;
mod standing;
mod users;

use std::future::Future;

use chassis::server::Services;
use delivery::{DeadLetters, Deliverer};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use proto::protocol::v1::{
    change_log_service_server::ChangeLogServiceServer,
    delivery_service_server::DeliveryServiceServer,
};
use storage::{
    changes::{Log, Sequencer},
    cursor::Cursors,
    postgres,
    process::Process,
};
use tokio::{net::TcpListener, sync::watch};

pub use config::Config;
pub use permission_sets::PermissionSets;

use crate::{
    follower::Follower, licenses::Licenses, service::Service, settings::Settings, users::Users,
};

/// The schema of this service.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// How the process is started.
pub const PROCESS: Process = Process {
    name: "group",
    port: 50052,
    migrations: || MIGRATIONS,
};

/// Serves the group service on the listener until `shutdown` completes, and follows the change log of the
/// identity service meanwhile.
///
/// # Errors
/// The schema is not up to date, the database stays away, or a peer's URL is malformed.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let pool = postgres::pool(&config.database)?;
    postgres::check_schema(&pool, MIGRATIONS).await?;
    let users = Users::new(&config.identity_url)?;
    let sequencer = Sequencer::start(pool.clone());
    let licenses = Licenses::new(&config.identity_url, users.clone())?;
    let sweeping = tokio::spawn(administrators::sweep(
        pool.clone(),
        licenses.clone(),
        config.permission_sets.clone(),
    ));
    let follower = Follower::new(
        pool.clone(),
        users.clone(),
        licenses.clone(),
        sequencer.clone(),
    );
    let cursors = Cursors::new(config.cursor_key.as_ref());
    let log = ChangeLogServiceServer::new(Log::new(pool.clone(), cursors.clone()));
    let settings = Settings::new(&config.settings_url)?;
    let deliverer = Deliverer::new(&config.delivery, settings.clone(), pool.clone(), &sequencer)?;
    let dead_letters = DeadLetters::new(pool.clone(), sequencer.clone());
    let numbering = sequencer.numbering();
    let service = Service::new(
        pool.clone(),
        (users, licenses),
        settings,
        sequencer,
        cursors,
        (config.schemas.group(), config.permission_sets),
    );
    let services = Services::new(proto::DESCRIPTORS)
        .add(service.clone().admin_server())
        .add(service.into_server())
        .add_with_health(log, numbering)
        .add(DeliveryServiceServer::new(dead_letters));
    let (stopping, stopped) = watch::channel(false);
    let shutdown = async move {
        shutdown.await;
        stopping.send_replace(true);
    };
    let delivering = tokio::spawn(deliverer.run(stopped));
    let following = tokio::spawn(follower.run());
    let served = chassis::server::serve(
        listener,
        services,
        move || {
            let pool = pool.clone();
            async move { postgres::is_ready(&pool).await }
        },
        shutdown,
    )
    .await;
    following.abort();
    sweeping.abort();
    delivering.await?;
    served
}
