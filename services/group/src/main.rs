//! The process `group`.

use std::net::SocketAddr;

use chassis::env::Env;
use clap::{Parser, Subcommand};
use group::Config;
use tokio::net::TcpListener;

/// Keeps the groups of every account and who is in them.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serves gRPC until SIGTERM (the default).
    Serve,
    /// Brings the schema of the database up to date.
    Migrate,
    /// Spreads the tables over a Citus cluster, by account; to be run after each migration.
    Distribute,
    /// Asks the process on this machine whether it serves.
    Healthcheck,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let command = Arguments::parse().command.unwrap_or(Command::Serve);
    let mut env = Env::from_process();
    let _telemetry = chassis::telemetry::init("group", &mut env)?;
    match command {
        Command::Serve => serve(env).await,
        Command::Migrate => migrate(env).await,
        Command::Distribute => distribute(env).await,
        Command::Healthcheck => chassis::probe::grpc(address(&mut env)).await,
    }
}

fn address(env: &mut Env) -> SocketAddr {
    env.or("LISTEN_ADDR", SocketAddr::from(([0, 0, 0, 0], 50052)))
}

async fn serve(mut env: Env) -> anyhow::Result<()> {
    let config = Config::from_env(&mut env);
    let address = address(&mut env);
    let metrics = chassis::metrics::address(&mut env);
    env.finish()?;
    chassis::metrics::serve("group", metrics).await?;
    let listener = TcpListener::bind(address).await?;
    tracing::info!(%address, "serving");
    group::serve(config, listener, chassis::shutdown::signal()).await
}

async fn migrate(mut env: Env) -> anyhow::Result<()> {
    let url = env.secret("DATABASE_URL");
    env.finish()?;
    let count = storage::postgres::migrate(&url, group::MIGRATIONS).await?;
    tracing::info!(count, "the schema is up to date");
    Ok(())
}

async fn distribute(mut env: Env) -> anyhow::Result<()> {
    let url = env.secret("DATABASE_URL");
    env.finish()?;
    for done in storage::postgres::distribute(&url).await? {
        tracing::info!("{done}");
    }
    Ok(())
}
