//! The process `group`.

use chassis::shutdown;
use clap::Parser;
use group::{Config, PROCESS};
use storage::process::Command;

/// Groups of every account, and who is in them. Configured by the environment.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let command = Arguments::parse().command.unwrap_or(Command::Serve);
    let serve = |config, listener| group::serve(config, listener, shutdown::signal());
    PROCESS.run(command, Config::from_env, serve).await
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
