//! Test support: a Postgres schema per test, the Redis for tests, services on port 0, the other side of a webhook, a
//! proxy that notes what is asked of Postgres.

mod database;
pub mod proxy;
mod receiver;
mod running;

use chassis::env::Env;
use secrecy::SecretString;

pub use self::{
    database::Database,
    receiver::{Received, Receiver},
    running::{Running, Shutdown, spawn},
};

/// The Redis for tests, `TEST_REDIS_URL`. It is shared: keys must not meet those of other tests.
///
/// # Panics
/// The variable is not set.
pub fn redis_url() -> SecretString {
    variable("TEST_REDIS_URL").into()
}

fn variable(name: &'static str) -> String {
    Env::from_process()
        .optional(name)
        .unwrap_or_else(|| panic!("{name} is not set; tests/run sets it"))
}
