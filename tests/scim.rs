//! The SCIM protocol, as any client may use it. Everything here needs a base URL and a token only.

mod bad_input;
mod concurrency;
mod discovery;
mod etags;
mod filters;
mod groups;
mod projection;
mod users;
