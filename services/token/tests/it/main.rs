//! The token service over gRPC, on a real Postgres and Redis.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod authenticate;
mod cache;
mod deletion;
mod faults;
mod harness;
mod last_used;
mod logs;
mod proxy;
mod tokens;
