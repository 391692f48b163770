//! Filters (RFC 7644 §3.4.2.2, with errata 4690 and 7322): their text form here, their meaning in
//! [`Predicate`].
//!
//! ```text
//! filter    = and *( SP "or" SP and )
//! and       = unary *( SP "and" SP unary )
//! unary     = [ "not" ] "(" filter ")" / valuePath / attribute
//! valuePath = path "[" filter-without-valuePath "]" [ [ "." name ] SP test ]
//! attribute = path SP test
//! test      = "pr" / operator SP literal
//! ```
//!
//! The tail behind a value path is what Microsoft Entra ID sends: `emails[type eq "work"].value eq "x"` is
//! read as `emails[type eq "work" and value eq "x"]` (R-FILTER-22).

use crate::{dialect::Dialect, error::Error, path::AttributePath};

mod bind;
mod evaluate;
mod lexer;
mod parser;
mod predicate;
mod print;
#[cfg(test)]
mod tests;

pub(crate) use bind::leaf_field;
pub use bind::{MAX_SEARCHED, bind, bind_across, bind_element};
pub use evaluate::{matches, matches_element};
pub use predicate::{Field, Operand, Predicate};

/// How many bytes a filter may have.
pub const MAX_LENGTH: usize = 8 * 1024;
/// How deep parentheses, brackets and `not` may nest.
pub const MAX_DEPTH: usize = 32;
/// How many comparisons and connectives a filter may have.
pub const MAX_NODES: usize = 200;

/// How an attribute is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater than.
    Gt,
    /// Greater than or equal to.
    Ge,
    /// Less than.
    Lt,
    /// Less than or equal to.
    Le,
}

impl Operator {
    const ALL: [Operator; 9] = [
        Operator::Eq,
        Operator::Ne,
        Operator::Co,
        Operator::Sw,
        Operator::Ew,
        Operator::Gt,
        Operator::Ge,
        Operator::Lt,
        Operator::Le,
    ];

    /// The word for it in filters.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Operator::Eq => "eq",
            Operator::Ne => "ne",
            Operator::Co => "co",
            Operator::Sw => "sw",
            Operator::Ew => "ew",
            Operator::Gt => "gt",
            Operator::Ge => "ge",
            Operator::Lt => "lt",
            Operator::Le => "le",
        }
    }
}

/// What an attribute is compared with: a JSON scalar.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number.
    Number(serde_json::Number),
    /// A string.
    Text(String),
}

/// A filter as written: names are in the client's spelling, nothing is checked against a schema. Printing and
/// parsing give the same filter again.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All of two or more.
    And(Vec<Filter>),
    /// Any of two or more.
    Or(Vec<Filter>),
    /// The opposite.
    Not(Box<Filter>),
    /// `pr`.
    Present(AttributePath),
    /// A comparison.
    Compare(AttributePath, Operator, Literal),
    /// A value path: one element of the attribute matches the inner filter, which holds no value path itself.
    Element(AttributePath, Box<Filter>),
}

/// Reads a filter. Its limits are [`MAX_LENGTH`], [`MAX_DEPTH`] and [`MAX_NODES`] (R-FILTER-28).
///
/// # Errors
///
/// `InvalidFilter` that says what was expected where; it does not repeat the values compared with.
pub fn parse(text: &str, dialect: Dialect) -> Result<Filter, Error> {
    parser::parse(text, dialect, parser::Place::Top)
}

/// Reads what stands between the brackets of a value path.
pub(crate) fn parse_value_path(text: &str, dialect: Dialect) -> Result<Filter, Error> {
    parser::parse(text, dialect, parser::Place::ValuePath)
}
