//! The gateway process.

use std::net::SocketAddr;

use anyhow::{Context, ensure};
use chassis::{env::Env, probe, shutdown, telemetry};
use clap::{Parser, Subcommand};
use gateway::Config;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// HTTP in, gRPC out: the SCIM endpoints and the admin API. Configured by the environment.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve HTTP (the default)
    Serve,
    /// Ask the process on this machine whether it lives
    Healthcheck,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let command = Arguments::parse().command.unwrap_or(Command::Serve);
    let mut env = Env::from_process();
    let address = env.or("LISTEN_ADDR", SocketAddr::from(([0, 0, 0, 0], 8080)));
    match command {
        Command::Serve => serve(env, address).await,
        Command::Healthcheck => healthcheck(address).await,
    }
}

async fn serve(mut env: Env, address: SocketAddr) -> anyhow::Result<()> {
    let _telemetry = telemetry::init("gateway", &mut env)?;
    let config = Config::from_env(&mut env);
    let metrics = chassis::metrics::address(&mut env);
    env.finish()?;
    chassis::metrics::serve("gateway", metrics).await?;
    let listener = TcpListener::bind(address).await;
    let listener = listener.with_context(|| format!("cannot listen on {address}"))?;
    gateway::serve(config, listener, shutdown::signal()).await
}

/// Too little to need an HTTP client for.
async fn healthcheck(address: SocketAddr) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(probe::reachable(address)).await?;
    let request = b"GET /livez HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    ensure!(answer.starts_with("HTTP/1.1 200"), "not serving");
    Ok(())
}
