//! The settings process.

use chassis::{env::Env, probe, shutdown, telemetry};
use clap::{Parser, Subcommand};
use settings::{Config, CreateAccount, LiftIpRestrictions, MIGRATIONS, UpdateAccount};
use storage::postgres;
use tokio::net::TcpListener;

/// Accounts, their SCIM configuration and options. Configured by the environment.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve gRPC (the default)
    Serve,
    /// Bring the database schema up to date
    Migrate,
    /// Spread the tables over a Citus cluster, by account; run it after each migration
    Distribute,
    /// Ask the process on this machine whether it serves
    Healthcheck,
    /// Create an account, unless it exists
    CreateAccount(CreateAccount),
    /// Change name or plan of an account
    UpdateAccount(UpdateAccount),
    /// List the accounts
    ListAccounts,
    /// Switch the IP rules of an account off
    LiftIpRestrictions(LiftIpRestrictions),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let command = Arguments::parse().command.unwrap_or(Command::Serve);
    let mut env = Env::from_process();
    let config = Config::from_env(&mut env);
    match command {
        Command::Serve => serve(env, config).await,
        Command::Migrate => {
            env.finish()?;
            let done = postgres::migrate(&config.database.url, MIGRATIONS).await?;
            println!("{done} migrations run");
            Ok(())
        }
        Command::Distribute => {
            env.finish()?;
            for done in postgres::distribute(&config.database.url).await? {
                println!("{done}");
            }
            Ok(())
        }
        Command::Healthcheck => probe::grpc(config.listen_addr).await,
        Command::CreateAccount(account) => {
            env.finish()?;
            let id = account.id;
            let created = settings::create_account(config, account).await?;
            println!("account {id} {created}");
            Ok(())
        }
        Command::UpdateAccount(update) => {
            env.finish()?;
            let account = settings::update_account(config, update).await?;
            println!("account {} updated", account.id);
            Ok(())
        }
        Command::LiftIpRestrictions(lift) => {
            env.finish()?;
            settings::lift_ip_restrictions(config, lift).await?;
            println!("the IP rules of account {} are off", lift.id);
            Ok(())
        }
        Command::ListAccounts => {
            env.finish()?;
            for line in settings::list_accounts(config).await? {
                println!("{line}");
            }
            Ok(())
        }
    }
}

async fn serve(mut env: Env, config: Config) -> anyhow::Result<()> {
    let _telemetry = telemetry::init("settings", &mut env)?;
    let metrics = chassis::metrics::address(&mut env);
    env.finish()?;
    chassis::metrics::serve("settings", metrics).await?;
    let listener = TcpListener::bind(config.listen_addr).await?;
    settings::serve(config, listener, shutdown::signal()).await
}
