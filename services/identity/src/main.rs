//! The identity service: `serve` (the default), `migrate` or `refresh-search`.

use std::net::SocketAddr;

use chassis::{env::Env, probe, shutdown, telemetry};
use clap::{Parser, Subcommand};
use identity::{Config, MIGRATIONS};
use tokio::net::TcpListener;

/// Users, e-mails and licences of every account.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand, Clone, Copy)]
enum Command {
    /// Serves gRPC until told to stop (the default).
    Serve,
    /// Brings the database schema up to date, then ends.
    Migrate,
    /// Spreads the tables over a Citus cluster, by account; to be run after each migration.
    Distribute,
    /// Writes anew what administrators find users by; after an update, when no old process is left.
    RefreshSearch,
    /// Asks the process on this machine whether it serves.
    Healthcheck,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let command = Arguments::parse().command.unwrap_or(Command::Serve);
    let mut env = Env::from_process();
    let telemetry = telemetry::init("identity", &mut env)?;
    let result = match command {
        Command::Serve => serve(env).await,
        Command::Migrate => migrate(env).await,
        Command::Distribute => distribute(env).await,
        Command::RefreshSearch => refresh_search(env).await,
        Command::Healthcheck => probe::grpc(address(&mut env)).await,
    };
    drop(telemetry);
    result
}

fn address(env: &mut Env) -> SocketAddr {
    env.or("LISTEN_ADDR", SocketAddr::from(([0, 0, 0, 0], 50051)))
}

async fn serve(mut env: Env) -> anyhow::Result<()> {
    let config = Config::from_env(&mut env);
    let address = address(&mut env);
    let metrics = chassis::metrics::address(&mut env);
    env.finish()?;
    chassis::metrics::serve("identity", metrics).await?;
    let listener = TcpListener::bind(address).await?;
    tracing::info!(%address, "listening");
    identity::serve(config, listener, shutdown::signal()).await
}

async fn migrate(mut env: Env) -> anyhow::Result<()> {
    let database = storage::postgres::Config::from_env(&mut env);
    env.finish()?;
    let count = storage::postgres::migrate(&database.url, MIGRATIONS).await?;
    tracing::info!(count, "migrated");
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

async fn refresh_search(mut env: Env) -> anyhow::Result<()> {
    let database = storage::postgres::Config::from_env(&mut env);
    env.finish()?;
    let pool = storage::postgres::pool(&database)?;
    let count = identity::refresh_search(&pool).await?;
    tracing::info!(count, "users are found by what this version knows of them");
    Ok(())
}
