//! What a process needs to start, be observed, serve and stop.

pub mod client;
pub mod deadline;
pub mod env;
pub mod listener;
pub mod metrics;
pub mod probe;
pub mod propagation;
mod rpc;
pub mod server;
pub mod shutdown;
pub mod telemetry;
pub mod work;

/// The version of the workspace, which all processes share.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Requests allocate much and briefly, on any thread, which the allocator of the C library is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
