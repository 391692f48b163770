//! The system through its public door. `tests/run` starts the stack and runs this; with `BASE_URL` (a SCIM
//! base URL) and `TOKEN` set, the modules `scim` and `idp` run as black box against any Muster:
//! `BASE_URL=… TOKEN=… cargo test -p tests -- scim:: idp::`.

#![expect(clippy::too_many_lines, reason = "a story is told in one piece")]
#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected fails")]

mod admin;
mod architecture;
mod calls;
mod client;
mod configuration;
mod console;
mod custom;
mod edge_cases;
mod faults;
mod harness;
mod idp;
mod leases;
mod postgres_log;
mod regressions;
mod replay;
mod scim;
mod stack;
mod story;
mod strict;
mod terraform;
mod trace;
