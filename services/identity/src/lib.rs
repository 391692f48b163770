//! Users, their e-mails and licences, and the change log that others follow.

mod administrators;
mod columns;
mod config;
mod difference;
mod error;
mod expiry;
mod feed;
mod invitations;
mod keys;
mod mail;
mod managers;
mod resources;
mod rules;
mod schema;
mod seats;
mod service;
mod settings;
mod source;
mod users;
mod words;

use std::{future::Future, sync::Arc};

use chassis::server::Services;
use delivery::{DeadLetters, Deliverer};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use proto::{
    identity::v1::{
        identity_service_server::IdentityServiceServer,
        invitation_service_server::InvitationServiceServer,
        license_service_server::LicenseServiceServer,
        resource_service_server::ResourceServiceServer,
    },
    protocol::v1::{
        change_log_service_server::ChangeLogServiceServer,
        delivery_service_server::DeliveryServiceServer,
    },
};
use storage::{
    changes::{Log, Sequencer},
    cursor::Cursors,
    postgres::{self, Pool},
    process::Process,
};
use tokio::{net::TcpListener, sync::watch};

use crate::{settings::Settings, source::Source};

pub use config::Config;
pub use mail::Mail;
pub use words::refresh as refresh_search;

/// The schema of the service's database.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// How the process is started.
pub const PROCESS: Process = Process {
    name: "identity",
    port: 50051,
    migrations: || MIGRATIONS,
};

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
    let settings = Settings::new(&config.settings_url)?;
    let source = Source::new(config.mail.as_ref(), pool.clone(), settings.clone())?;
    let deliverer = Deliverer::new(&config.delivery, source, pool.clone(), &sequencer)?;
    let delivering = tokio::spawn(deliverer.run(stopped.clone()));
    let interval = config.delivery.interval;
    tokio::spawn(expiry::run(
        pool.clone(),
        sequencer.clone(),
        interval,
        stopped.clone(),
    ));
    let context = Context {
        pool: pool.clone(),
        settings,
        sequencer,
        stopped,
        cursors: Cursors::new(config.cursor_key.as_ref()),
    };
    let services = services(&config, context)?;
    let ready = move || {
        let pool = pool.clone();
        async move { postgres::is_ready(&pool).await }
    };
    chassis::server::serve(listener, services, ready, shutdown).await?;
    delivering.await?;
    Ok(())
}

/// What the services share.
struct Context {
    pool: Pool,
    settings: Settings,
    sequencer: Sequencer,
    /// Turns true when the process is told to stop.
    stopped: watch::Receiver<bool>,
    cursors: Cursors,
}

fn services(config: &Config, context: Context) -> anyhow::Result<Services> {
    let log = Log::new(context.pool.clone(), context.cursors.clone());
    let dead_letters = DeadLetters::new(context.pool.clone(), context.sequencer.clone());
    let numbering = context.sequencer.numbering();
    let identity = Arc::new(service::Identity::new(config, context)?);
    let users = IdentityServiceServer::from_arc(identity.clone())
        .max_decoding_message_size(MESSAGE_LIMIT)
        .max_encoding_message_size(MESSAGE_LIMIT);
    let invitations = InvitationServiceServer::from_arc(identity.clone())
        .max_decoding_message_size(MESSAGE_LIMIT)
        .max_encoding_message_size(MESSAGE_LIMIT);
    let licenses = LicenseServiceServer::from_arc(identity.clone())
        .max_decoding_message_size(MESSAGE_LIMIT)
        .max_encoding_message_size(MESSAGE_LIMIT);
    let resources = ResourceServiceServer::from_arc(identity)
        .max_decoding_message_size(MESSAGE_LIMIT)
        .max_encoding_message_size(MESSAGE_LIMIT);
    Ok(Services::new(proto::DESCRIPTORS)
        .add(users)
        .add(invitations)
        .add(licenses)
        .add(resources)
        .add_with_health(ChangeLogServiceServer::new(log), numbering)
        .add(DeliveryServiceServer::new(dead_letters)))
}
