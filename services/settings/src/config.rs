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
    /// The licence types there are; those of a new account.
    pub license_types: Vec<String>,
    /// Authenticates page tokens, the same for all replicas; none: a random one, so that tokens end with
    /// the process and are good on this replica alone.
    pub cursor_key: Option<SecretString>,
    /// How changes are delivered.
    pub delivery: delivery::Config,
    /// `LEASE_MILLISECONDS`: how long callers may use what they were told of an account; the same for all replicas.
    pub lease: Term,
}

impl Config {
    /// Reads the environment; the caller asks it for faults.
    pub fn from_env(env: &mut Env) -> Config {
        Config {
            database: postgres::Config::from_env(env),
            license_types: env.names(
                "LICENSE_TYPES",
                &["developer", "read_only", "analyst", "it"],
            ),
            cursor_key: env.key("CURSOR_KEY"),
            delivery: delivery::Config::from_env(env),
            lease: Term::from_env(env),
        }
    }
}
