//! The service as its callers see it: gRPC in, Postgres behind.

mod administrators;
mod batch_get_users;
mod calls;
mod change_log;
mod create_user;
mod delete_user;
mod deliver;
mod deliver_mail;
mod external_ids;
mod filter;
mod fixture;
mod get_user;
mod invitations;
mod link_user;
mod list_users;
mod managers;
mod manual_updates;
mod patch_user;
mod replace_user;
mod resources;
mod schema;
mod seats;
mod settings;
mod settings_away;
mod sign_in;
mod watch_changes;
