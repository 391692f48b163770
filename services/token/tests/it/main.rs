//! The token service over gRPC, on a real Postgres and Redis.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod admin_tokens;
mod authenticate;
mod cache;
mod command;
mod deletion;
mod faults;
mod harness;
mod last_used;
mod logs;
mod proxy;
mod sessions;
mod tokens;
