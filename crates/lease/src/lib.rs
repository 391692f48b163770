//! Answers that may be used for a while in place of asking again.
//!
//! The *owner* of a fact grants a lease with each answer ([`Term`]), and acknowledges a change only when every lease
//! granted before its commit has run out. A *holder* ([`Leases`]) counts a lease from before it asked. So a request
//! that begins after the acknowledgement meets the change on every replica, though nobody knows who holds what, and
//! whatever else is out of order. Each counts on its own monotonic clock; the margin of the owner's wait covers
//! clocks that do not run alike.

mod holder;
mod owner;
mod single_flight;

pub use holder::{Answer, Leases};
pub use owner::Term;
pub use single_flight::SingleFlight;
