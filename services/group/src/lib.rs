//! Groups, their members, and which groups a user is in.

mod attributes;
mod config;
mod delta;
mod edit;
mod error;
mod filter;
mod follower;
mod fragment;
mod groups;
mod ids;
mod known_users;
mod members;
mod memberships;
mod mutation;
mod order;
mod peer;
mod references;
mod rules;
mod schema;
mod service;
mod settings;
mod users;

use std::future::Future;

use chassis::server::Services;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use storage::{changes::Sequencer, postgres};
use tokio::net::TcpListener;

pub use config::Config;

use crate::{follower::Follower, service::Service, settings::Settings, users::Users};

/// The schema of this service.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

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
    let follower = Follower::new(pool.clone(), users.clone(), sequencer.clone());
    let service = Service::new(
        pool.clone(),
        users,
        Settings::new(&config.settings_url)?,
        sequencer,
    );
    let services = Services::new(proto::DESCRIPTORS).add(service.into_server());
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
    served
}
