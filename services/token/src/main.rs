//! The process `token`.

use chassis::{env::Env, shutdown};
use clap::{Parser, Subcommand};
use secrecy::ExposeSecret;
use storage::{postgres, process};
use token::{
    Config, PROCESS,
    command::{self, DeleteToken, ListTokens, TokenArguments},
    tokens::Kind,
};

/// SCIM and admin tokens, and whose a presented one is. Configured by the environment.
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
    match Arguments::parse().command {
        None => run(process::Command::Serve).await,
        Some(Command::Common(command)) => run(command).await,
        Some(Command::CreateToken { kind, token }) => create(kind, &token).await,
        Some(Command::CreateAdminToken(token)) => create(Kind::Admin, &token).await,
        Some(Command::ListTokens(list)) => {
            for line in command::list_tokens(&read(postgres::Config::from_env)?, list).await? {
                println!("{line}");
            }
            Ok(())
        }
        Some(Command::DeleteToken(delete)) => {
            command::delete_token(&read(Config::from_env)?, delete).await?;
            println!("token {} is deleted", delete.id);
            Ok(())
        }
    }
}

async fn run(command: process::Command) -> anyhow::Result<()> {
    let serve = |config, listener| token::serve(config, listener, shutdown::signal());
    PROCESS.run(command, Config::from_env, serve).await
}

async fn create(kind: Kind, token: &TokenArguments) -> anyhow::Result<()> {
    let database = read(postgres::Config::from_env)?;
    let secret = command::create_token(&database, kind, token).await?;
    println!("{}", secret.expose_secret());
    Ok(())
}

/// For a command whose answer alone goes to standard output: telemetry is not started.
fn read<C>(config: impl FnOnce(&mut Env) -> C) -> anyhow::Result<C> {
    let mut env = Env::from_process();
    let config = config(&mut env);
    env.finish()?;
    Ok(config)
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
