//! Rows of an account that are SCIM resources: filters, orders and pages (RFC 7644 section 3.4.2) as SQL, the same for
//! every type. A service says by [`Columns`] where it keeps what, and compiles itself what is not in a column.

mod columns;
pub mod filter;
pub mod id;
mod list;
mod order;
mod sql;

pub use columns::{Columns, Place};
pub use list::{Error, Listing, Page, Rows, Selection};
pub use order::Order;
pub use sql::{Condition, Sql};
