//! The chassis over real connections: servers and clients in this process, spans to a collector in it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod calls;
mod client;
mod collector;
mod health;
mod metrics;
mod probe;
mod spans;
mod stop;
