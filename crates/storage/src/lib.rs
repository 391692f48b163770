//! Postgres pool, migrations, constraint errors, the change log; the Redis connection.

pub mod changes;
pub mod error;
pub mod postgres;
pub mod redis;

pub use error::Error;
