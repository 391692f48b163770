//! The service as its callers see it: gRPC in, Postgres behind.

mod batch_get_users;
mod create_user;
mod delete_user;
mod filter;
mod fixture;
mod get_user;
mod link_user;
mod list_users;
mod patch_user;
mod replace_user;
mod schema;
mod seats;
mod settings_away;
mod watch_changes;
