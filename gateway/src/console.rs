//! The console: what an account's administrator does in a browser, as pages made here. It calls the services as
//! the admin API does; what may be done is theirs to say. Everything works without scripts.

mod admin_tokens;
mod assets;
mod audit_log;
mod confirm;
mod deliveries;
mod failure;
mod form;
mod group;
mod groups;
mod invitations;
mod ip_restrictions;
mod licenses;
mod members;
mod page;
mod permissions;
pub(crate) mod routes;
mod scim;
mod seal;
mod session;
mod sign_in;
mod time;
mod tokens;
mod user;
mod users;
mod webhook;

pub(crate) use failure::{harden, render};
pub(crate) use seal::Site;

#[cfg(test)]
mod tests;
