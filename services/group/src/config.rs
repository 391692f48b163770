use chassis::{client, env::Env};
use scim::configuration::Configuration;
use secrecy::SecretString;
use storage::postgres;

use crate::permission_sets::PermissionSets;

/// What the process is told by its environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// The database of this service.
    pub database: postgres::Config,
    /// Where the identity service is, `IDENTITY_URL`.
    pub identity_url: String,
    /// Where the settings service is, `SETTINGS_URL`.
    pub settings_url: String,
    /// The operator's own schemas, `SCIM_SCHEMAS`.
    pub schemas: Configuration,
    /// The permission sets there are, `PERMISSION_SETS`.
    pub permission_sets: PermissionSets,
    /// Authenticates page tokens, the same for all replicas; none: a random one, so that tokens end with
    /// the process and are good on this replica alone.
    pub cursor_key: Option<SecretString>,
    /// How changes are delivered.
    pub delivery: delivery::Config,
}

impl Config {
    /// Reads the configuration; faults are noted in `env`.
    pub fn from_env(env: &mut Env) -> Config {
        Config {
            database: postgres::Config::from_env(env),
            identity_url: client::url(env, "IDENTITY_URL"),
            settings_url: client::url(env, "SETTINGS_URL"),
            schemas: env.file("SCIM_SCHEMAS").unwrap_or_default(),
            permission_sets: env.file("PERMISSION_SETS").unwrap_or_default(),
            cursor_key: env.key("CURSOR_KEY"),
            delivery: delivery::Config::from_env(env),
        }
    }
}
