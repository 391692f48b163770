//! Tells when the process is asked to stop.

use tokio::signal::unix::{SignalKind, signal as listen};

/// Completes at SIGTERM or SIGINT.
pub async fn signal() {
    let mut terminate =
        listen(SignalKind::terminate()).expect("the runtime has its I/O driver enabled");
    let mut interrupt =
        listen(SignalKind::interrupt()).expect("the runtime has its I/O driver enabled");
    let name = tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    };
    tracing::info!(signal = name, "stopping");
}
