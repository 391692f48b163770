//! The process `settings`.

use chassis::{env::Env, shutdown};
use clap::{Parser, Subcommand};
use settings::{Config, CreateAccount, LiftIpRestrictions, PROCESS, UpdateAccount};
use storage::process;

/// Accounts, their SCIM configuration and options. Configured by the environment.
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
    /// Creates an account, unless it exists.
    CreateAccount(CreateAccount),
    /// Changes name or plan of an account.
    UpdateAccount(UpdateAccount),
    /// Lists the accounts.
    ListAccounts,
    /// Switches the IP rules of an account off.
    LiftIpRestrictions(LiftIpRestrictions),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        None => run(process::Command::Serve).await,
        Some(Command::Common(command)) => run(command).await,
        Some(Command::CreateAccount(account)) => {
            let id = account.id;
            let created = settings::create_account(config()?, account).await?;
            println!("account {id} {created}");
            Ok(())
        }
        Some(Command::UpdateAccount(update)) => {
            let account = settings::update_account(config()?, update).await?;
            println!("account {} updated", account.id);
            Ok(())
        }
        Some(Command::LiftIpRestrictions(lift)) => {
            settings::lift_ip_restrictions(config()?, lift).await?;
            println!("the IP rules of account {} are off", lift.id);
            Ok(())
        }
        Some(Command::ListAccounts) => {
            for line in settings::list_accounts(config()?).await? {
                println!("{line}");
            }
            Ok(())
        }
    }
}

async fn run(command: process::Command) -> anyhow::Result<()> {
    let serve = |config, listener| settings::serve(config, listener, shutdown::signal());
    PROCESS.run(command, Config::from_env, serve).await
}

/// For a command whose answer alone goes to standard output: telemetry is not started.
fn config() -> anyhow::Result<Config> {
    let mut env = Env::from_process();
    let config = Config::from_env(&mut env);
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
