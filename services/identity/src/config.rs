//! What the process is told by its environment.

use chassis::env::Env;
use scim::definitions::LicenseExtension;
use secrecy::SecretString;

/// The configuration of the identity service.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the users are kept.
    pub database: storage::postgres::Config,
    /// The base URL of the settings service.
    pub settings_url: String,
    /// The schema extension that holds the licence, and the licence types there are.
    pub license: LicenseExtension,
    /// Authenticates page tokens, the same for all replicas; none: a random one, so that tokens end with
    /// the process and are good on this replica alone.
    pub cursor_key: Option<SecretString>,
}

impl Config {
    /// Reads `DATABASE_URL`, `DATABASE_MAX_CONNECTIONS`, `SETTINGS_URL`, `LICENSE_EXTENSION_URN`,
    /// `LICENSE_TYPES` and `CURSOR_KEY`.
    pub fn from_env(env: &mut Env) -> Config {
        let standard = LicenseExtension::default();
        let types: Vec<&str> = standard.types.iter().map(String::as_str).collect();
        Config {
            database: storage::postgres::Config::from_env(env),
            settings_url: env.required("SETTINGS_URL"),
            license: LicenseExtension {
                types: env.list("LICENSE_TYPES", &types),
                urn: env.or("LICENSE_EXTENSION_URN", standard.urn),
            },
            cursor_key: env.optional::<String>("CURSOR_KEY").map(Into::into),
        }
    }
}
