//! The settings service over gRPC, against a real Postgres.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod app;
mod command;
mod create_account;
mod get_account;
mod update_account_options;
mod update_scim_configuration;
