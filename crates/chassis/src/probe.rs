//! Asks a process on this machine whether it serves: what a container's health check runs.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::ensure;

use crate::client;

/// Asks the gRPC service that listens on `address` of this machine.
///
/// # Errors
/// Nothing answers there within a second, or what does says it is not serving.
pub async fn grpc(address: SocketAddr) -> anyhow::Result<()> {
    let channel = client::channel(&format!("http://{}", reachable(address)))?;
    ensure!(channel.is_serving().await, "not serving");
    Ok(())
}

/// The address to reach a listener by: one that listens on every address is on the loopback too.
#[must_use]
pub fn reachable(address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        (Ipv4Addr::LOCALHOST, address.port()).into()
    } else {
        address
    }
}
