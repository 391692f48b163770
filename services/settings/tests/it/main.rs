//! The settings service over gRPC, against a real Postgres.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod app;
mod change_log;
mod command;
mod create_account;
mod deliver;
mod enumerations;
mod get_account;
mod ip_restrictions;
mod ip_rules;
mod license_maps;
mod license_seats;
mod lockout;
mod masks;
mod round_trips;
mod update_account;
mod update_account_options;
mod update_scim_configuration;
mod webhook;
