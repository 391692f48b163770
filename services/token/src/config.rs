//! What the environment decides.

use chassis::env::Env;
use lease::Term;
use secrecy::SecretString;
use storage::postgres;

/// The configuration of the process.
#[derive(Debug, Clone)]
pub struct Config {
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
    /// `LEASE_MILLISECONDS`: how long callers and the cache may use what was read of a token; the same for all
    /// replicas.
    pub lease: Term,
}

impl Config {
    /// Reads the environment; the caller asks it for faults.
    pub fn from_env(env: &mut Env) -> Self {
        Self {
            database: postgres::Config::from_env(env),
            redis_url: storage::redis::url(env),
            cache_key: env.key("CACHE_KEY"),
            cursor_key: env.key("CURSOR_KEY"),
            lease: Term::from_env(env),
        }
    }
}

#[cfg(test)]
mod tests;
