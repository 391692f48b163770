//! Postgres pool, migrations, errors, the change log, page tokens; the Redis connection.

pub mod changes;
pub mod cursor;
pub mod error;
pub mod page;
pub mod postgres;
pub mod redis;

pub use error::Error;
