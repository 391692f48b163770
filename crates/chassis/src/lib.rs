//! What a process needs to start, be observed, serve and stop.

pub mod client;
pub mod deadline;
pub mod env;
pub mod probe;
pub mod propagation;
mod rpc;
pub mod server;
pub mod shutdown;
pub mod telemetry;
