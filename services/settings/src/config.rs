//! What the environment decides.

use std::net::{Ipv4Addr, SocketAddr};

use chassis::env::Env;
use storage::postgres;

/// The configuration of the process.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen for gRPC.
    pub listen_addr: SocketAddr,
    /// The database of this service.
    pub database: postgres::Config,
    /// The licence types of a new account.
    pub license_types: Vec<String>,
}

impl Config {
    /// Reads the environment; the caller asks it for faults.
    pub fn from_env(env: &mut Env) -> Config {
        Config {
            listen_addr: env.or("LISTEN_ADDR", (Ipv4Addr::UNSPECIFIED, 50054).into()),
            database: postgres::Config::from_env(env),
            license_types: env.list(
                "LICENSE_TYPES",
                &["developer", "read_only", "analyst", "it"],
            ),
        }
    }
}
