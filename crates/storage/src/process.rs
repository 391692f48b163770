//! The start of a service: what each can be told to do, and how it begins.

use std::net::{Ipv4Addr, SocketAddr};

use chassis::{env::Env, metrics, probe, telemetry};
use clap::Subcommand;
use diesel_migrations::EmbeddedMigrations;
use tokio::net::TcpListener;

use crate::postgres;

/// A service with a database of its own.
#[derive(Debug, Clone, Copy)]
pub struct Process {
    /// Its name in logs, traces and metrics.
    pub name: &'static str,
    /// The port it listens on unless `LISTEN_ADDR` says otherwise.
    pub port: u16,
    /// The schema of its database.
    pub migrations: fn() -> EmbeddedMigrations,
}

/// What every service can be told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Serves gRPC until SIGTERM (the default).
    Serve,
    /// Brings the schema of the database up to date.
    Migrate,
    /// Spreads the tables over a Citus cluster, by account; to be run after each migration.
    Distribute,
    /// Asks the process on this machine whether it serves.
    Healthcheck,
}

impl Process {
    /// Does what is told; serves with the configuration that `config` reads. `serve` runs until
    /// [`chassis::shutdown::signal`] completes.
    ///
    /// # Errors
    /// The configuration is at fault, which is told whole; the address is taken; the database stays away; or `serve` fails.
    pub async fn run<C, F>(
        self,
        command: Command,
        config: impl FnOnce(&mut Env) -> C,
        serve: impl FnOnce(C, TcpListener) -> F,
    ) -> anyhow::Result<()>
    where
        F: Future<Output = anyhow::Result<()>>,
    {
        let mut env = Env::from_process();
        if command == Command::Healthcheck {
            return probe::grpc(self.address(&mut env)).await;
        }
        let _telemetry = telemetry::init(self.name, &mut env)?;
        match command {
            Command::Migrate => {
                let url = env.secret("DATABASE_URL");
                env.finish()?;
                let count = postgres::migrate(&url, (self.migrations)()).await?;
                tracing::info!(count, "the schema is up to date");
            }
            Command::Distribute => {
                let url = env.secret("DATABASE_URL");
                env.finish()?;
                for done in postgres::distribute(&url).await? {
                    tracing::info!("{done}");
                }
            }
            Command::Serve | Command::Healthcheck => {
                let config = config(&mut env);
                let address = self.address(&mut env);
                let metrics = metrics::address(&mut env);
                env.finish()?;
                metrics::serve(self.name, metrics).await?;
                let listener = TcpListener::bind(address).await?;
                tracing::info!(%address, "listening");
                serve(config, listener).await?;
            }
        }
        Ok(())
    }

    fn address(self, env: &mut Env) -> SocketAddr {
        env.or("LISTEN_ADDR", (Ipv4Addr::UNSPECIFIED, self.port).into())
    }
}
