//! What the environment decides.

use std::net::{Ipv4Addr, SocketAddr};

use chassis::env::Env;
use secrecy::SecretString;
use storage::postgres;

/// The configuration of the process.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen for gRPC.
    pub listen_addr: SocketAddr,
    /// The database of this service.
    pub database: postgres::Config,
    /// `REDIS_URL`: the look-up cache, which may be away.
    pub redis_url: SecretString,
    /// `CACHE_KEY`: seals what is cached, the same for all replicas; none: a random one, so that each replica
    /// believes only what it cached itself.
    pub cache_key: Option<SecretString>,
    /// Authenticates page tokens, the same for all replicas; none: a random one, so that tokens end with
    /// the process and are good on this replica alone.
    pub cursor_key: Option<SecretString>,
}

/// The fewest characters of a `CACHE_KEY`.
const CACHE_KEY_LENGTH: usize = 32;

impl Config {
    /// Reads the environment; the caller asks it for faults.
    pub fn from_env(env: &mut Env) -> Self {
        Self {
            listen_addr: env.or("LISTEN_ADDR", (Ipv4Addr::UNSPECIFIED, 50053).into()),
            database: postgres::Config::from_env(env),
            redis_url: env.secret("REDIS_URL"),
            cache_key: cache_key(env),
            cursor_key: env.optional::<String>("CURSOR_KEY").map(Into::into),
        }
    }
}

fn cache_key(env: &mut Env) -> Option<SecretString> {
    let key: String = env.optional("CACHE_KEY")?;
    if key.len() < CACHE_KEY_LENGTH {
        env.fault("CACHE_KEY", "must have at least 32 characters");
    }
    Some(key.into())
}

#[cfg(test)]
mod tests;
