//! What a service with a database has in common with the others: its start, its pool and migrations, errors, the change
//! log, page tokens; and the Redis connection.

pub mod changes;
pub mod cursor;
pub mod error;
pub mod page;
pub mod postgres;
pub mod process;
pub mod redis;

pub use error::Error;
