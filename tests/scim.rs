//! The SCIM protocol, as any client may use it. Everything here needs a base URL and a token only.

mod attributes;
mod bad_input;
mod bulk;
mod concurrency;
mod cursors;
mod discovery;
mod etags;
mod filters;
mod groups;
mod http;
mod managers;
pub(crate) mod not_found;
mod projection;
mod requirements;
mod search;
mod users;
