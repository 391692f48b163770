//! The `token` process.

use chassis::env::Env;
use chrono::{TimeDelta, Utc};
use clap::{Parser, Subcommand, ValueEnum};
use proto::protocol::v1::{Actor, actor};
use secrecy::ExposeSecret;
use token::service::Creation;
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
        kind: KindArgument,
        #[command(flatten)]
        token: TokenArguments,
    },
    /// Creates an admin token and prints its secret.
    CreateAdminToken {
        #[command(flatten)]
        token: TokenArguments,
    },
}

#[derive(clap::Args)]
struct TokenArguments {
    /// The account the token belongs to.
    #[arg(long)]
    account_id: i64,
    /// A name for people to read.
    #[arg(long)]
    name: String,
    /// How many days the token works; without it, for ever.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    expires_in_days: Option<u32>,
    /// Whether the token may only read.
    #[arg(long)]
    read_only: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum KindArgument {
    Scim,
    Admin,
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
        Command::CreateToken { kind, token } => {
            let kind = match kind {
                KindArgument::Scim => Kind::Scim,
                KindArgument::Admin => Kind::Admin,
            };
            create(kind, &token).await
        }
        Command::CreateAdminToken { token } => create(Kind::Admin, &token).await,
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
async fn create(kind: Kind, arguments: &TokenArguments) -> anyhow::Result<()> {
    let mut env = Env::from_process();
    let database = storage::postgres::Config::from_env(&mut env);
    env.finish()?;
    let pool = storage::postgres::pool(&database)?;
    storage::postgres::check_schema(&pool, token::MIGRATIONS).await?;
    let creation = Creation {
        account_id: arguments.account_id,
        kind,
        name: &arguments.name,
        expires_at: arguments
            .expires_in_days
            .map(|days| Utc::now() + TimeDelta::days(i64::from(days))),
        read_only: arguments.read_only,
    };
    let operator = Actor {
        kind: actor::Kind::Operator.into(),
        id: "operator".to_owned(),
        name: "operator".to_owned(),
        request_id: String::new(),
        ip_address: String::new(),
    };
    let (_, secret) = token::service::create(&pool, &creation, &operator).await?;
    println!("{}", secret.expose_secret());
    Ok(())
}
