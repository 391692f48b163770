use chassis::env::Env;
use storage::postgres;

/// What the process is told by its environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// The database of this service.
    pub database: postgres::Config,
    /// Where the identity service is, `IDENTITY_URL`.
    pub identity_url: String,
    /// Where the settings service is, `SETTINGS_URL`.
    pub settings_url: String,
}

impl Config {
    /// Reads the configuration; faults are noted in `env`.
    pub fn from_env(env: &mut Env) -> Config {
        Config {
            database: postgres::Config::from_env(env),
            identity_url: env.required("IDENTITY_URL"),
            settings_url: env.required("SETTINGS_URL"),
        }
    }
}
