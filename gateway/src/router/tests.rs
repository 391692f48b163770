//! The gateway through its router, in front of stubs.

mod access;
mod admin;
pub(crate) mod app;
mod configuration;
mod discovery;
mod hosts;
mod limits;
mod origins;
mod paths;
mod process;
mod resources;
pub(crate) mod stub;
