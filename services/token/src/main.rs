//! The `token` process.

use chassis::env::Env;
use clap::{Parser, Subcommand};
use secrecy::ExposeSecret;
use token::command::{self, DeleteToken, ListTokens, TokenArguments};
use token::tokens::Kind;

/// Keeps SCIM and admin tokens and tells whose a presented one is.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serves gRPC (the default).
    Serve,
    /// Brings the schema of the database up to date.
    Migrate,
    /// Spreads the tables over a Citus cluster, by account; to be run after each migration.
    Distribute,
    /// Asks the process on this machine whether it serves.
    Healthcheck,
    /// Creates a token and prints its secret.
    CreateToken {
        /// What the token opens.
        #[arg(long)]
        kind: Kind,
        #[command(flatten)]
        token: TokenArguments,
    },
    /// Creates an admin token and prints its secret.
    CreateAdminToken(TokenArguments),
    /// Lists the tokens of an account.
    ListTokens(ListTokens),
    /// Deletes a token.
    DeleteToken(DeleteToken),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Arguments::parse().command.unwrap_or(Command::Serve) {
        Command::Serve => serve().await,
        Command::Migrate => migrate().await,
        Command::Distribute => distribute().await,
        Command::Healthcheck => {
            let config = token::Config::from_env(&mut Env::from_process());
            chassis::probe::grpc(config.listen_addr).await
        }
        Command::CreateToken { kind, token } => create(kind, &token).await,
        Command::CreateAdminToken(token) => create(Kind::Admin, &token).await,
        Command::ListTokens(list) => {
            for line in command::list_tokens(&database()?, list).await? {
                println!("{line}");
            }
            Ok(())
        }
        Command::DeleteToken(delete) => {
            let mut env = Env::from_process();
            let config = token::Config::from_env(&mut env);
            env.finish()?;
            command::delete_token(&config, delete).await?;
            println!("token {} is deleted", delete.id);
            Ok(())
        }
    }
}

async fn serve() -> anyhow::Result<()> {
    let mut env = Env::from_process();
    let _telemetry = chassis::telemetry::init("token", &mut env)?;
    let config = token::Config::from_env(&mut env);
    let metrics = chassis::metrics::address(&mut env);
    env.finish()?;
    chassis::metrics::serve("token", metrics).await?;
    let listener = tokio::net::TcpListener::bind(config.listen_addr).await?;
    token::serve(config, listener, chassis::shutdown::signal()).await
}

async fn migrate() -> anyhow::Result<()> {
    let mut env = Env::from_process();
    let _telemetry = chassis::telemetry::init("token", &mut env)?;
    let database = storage::postgres::Config::from_env(&mut env);
    env.finish()?;
    let applied = storage::postgres::migrate(&database.url, token::MIGRATIONS).await?;
    tracing::info!(applied, "the schema is up to date");
    Ok(())
}

async fn distribute() -> anyhow::Result<()> {
    let mut env = Env::from_process();
    let _telemetry = chassis::telemetry::init("token", &mut env)?;
    let database = storage::postgres::Config::from_env(&mut env);
    env.finish()?;
    for done in storage::postgres::distribute(&database.url).await? {
        tracing::info!("{done}");
    }
    Ok(())
}

/// Telemetry is not started: standard output holds the secret alone.
async fn create(kind: Kind, token: &TokenArguments) -> anyhow::Result<()> {
    let secret = command::create_token(&database()?, kind, token).await?;
    println!("{}", secret.expose_secret());
    Ok(())
}

fn database() -> anyhow::Result<storage::postgres::Config> {
    let mut env = Env::from_process();
    let database = storage::postgres::Config::from_env(&mut env);
    env.finish()?;
    Ok(database)
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
