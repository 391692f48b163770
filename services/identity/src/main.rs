//! The process `identity`.

use chassis::{env::Env, shutdown, telemetry};
use clap::{Parser, Subcommand};
use identity::{Config, PROCESS};
use storage::process;

/// Users, e-mails and licences of every account. Configured by the environment.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Common(process::Command),
    /// Writes anew what administrators find users by; after an update, when no old process is left.
    RefreshSearch,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Some(Command::RefreshSearch) => refresh_search().await,
        Some(Command::Common(command)) => run(command).await,
        None => run(process::Command::Serve).await,
    }
}

async fn run(command: process::Command) -> anyhow::Result<()> {
    let serve = |config, listener| identity::serve(config, listener, shutdown::signal());
    PROCESS.run(command, Config::from_env, serve).await
}

async fn refresh_search() -> anyhow::Result<()> {
    let mut env = Env::from_process();
    let _telemetry = telemetry::init(PROCESS.name, &mut env)?;
    let database = storage::postgres::Config::from_env(&mut env);
    env.finish()?;
    let pool = storage::postgres::pool(&database)?;
    let count = identity::refresh_search(&pool).await?;
    tracing::info!(count, "users are found by what this version knows of them");
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    /// Clap finds some faults of a command line only when it runs.
    #[test]
    fn the_command_line_is_sound() {
        super::Arguments::command().debug_assert();
    }
}
