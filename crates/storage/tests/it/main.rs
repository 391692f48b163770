//! The storage crate against a real Postgres and Redis.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod change_log;
mod changes;
mod migrations;
mod outage;
mod proxy;
mod redis;
mod spans;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use secrecy::SecretString;
use storage::postgres::{self, Config, Pool};

/// Those of a service, since every service has the tables of the change log.
const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../services/settings/migrations");

fn pool(url: SecretString) -> Pool {
    postgres::pool(&Config {
        url,
        max_connections: 16,
    })
    .unwrap()
}
