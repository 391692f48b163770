//! The bare chain: an axum handler, one tonic call, one prepared select by key, JSON out. No authentication, no spans,
//! no checks: the limit that the benchmark sets Muster's reads against. And an axum server that does nothing at all.
//!
//! ```text
//! chain hello ADDRESS
//! chain service ADDRESS DATABASE_URL
//! chain gateway ADDRESS SERVICE_URL
//! ```

mod gateway;
mod service;

use std::env;

use anyhow::bail;
use axum::{Router, routing::get, serve::ListenerExt};
use tokio::net::TcpListener;

/// The generated code.
#[expect(
    clippy::allow_attributes,
    clippy::too_many_lines,
    unreachable_pub,
    reason = "generated"
)]
mod wire {
    tonic::include_proto!("chain");
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["hello", address] => serve(address, hello()).await,
        ["service", address, database] => service::serve(address, database).await,
        ["gateway", address, service] => serve(address, gateway::router(service)?).await,
        _ => bail!(
            "chain hello ADDRESS | service ADDRESS DATABASE_URL | gateway ADDRESS SERVICE_URL"
        ),
    }
}

fn hello() -> Router {
    Router::new().route("/", get(async || "hello"))
}

async fn serve(address: &str, router: Router) -> anyhow::Result<()> {
    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        // Without it answers are sent late; they still are sent.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router).await?;
    Ok(())
}
