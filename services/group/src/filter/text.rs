//! Comparisons of text. Expressions compare by code point, whatever the locale of the server.

use scim::filter::{Operand, Operator};

use super::{Condition, unsupported};
use crate::error::Error;

/// The text to compare with. No stored text holds a null character, and Postgres takes none.
pub(super) fn of(operand: &Operand) -> Result<&str, Error> {
    match operand {
        Operand::Text(text) if text.contains('\0') => Err(unsupported("a null character")),
        Operand::Text(text) => Ok(text),
        _ => Err(unsupported("a comparison of text with something else")),
    }
}

/// Compares an expression that is never null.
pub(super) fn compare(
    expression: &'static str,
    operator: Operator,
    operand: &str,
) -> Result<Condition, Error> {
    Ok(comparison(Condition::new(expression), operator, operand))
}

/// Compares an expression that may be null: then only `ne` is true.
pub(super) fn compare_nullable(
    expression: &'static str,
    operator: Operator,
    operand: &str,
) -> Result<Condition, Error> {
    let compared = compare(expression, operator, operand)?;
    let (word, test) = match operator {
        Operator::Ne => (" or ", " is null)"),
        _ => (" and ", " is not null)"),
    };
    Ok(Condition::new("(")
        .then(compared)
        .sql(word)
        .sql(expression)
        .sql(test))
}

/// Whether a text that is the same for all groups compares so.
pub(super) fn holds(value: &str, operator: Operator, operand: &str) -> bool {
    match operator {
        Operator::Eq => value == operand,
        Operator::Ne => value != operand,
        Operator::Co => value.contains(operand),
        Operator::Sw => value.starts_with(operand),
        Operator::Ew => value.ends_with(operand),
        Operator::Gt => value > operand,
        Operator::Ge => value >= operand,
        Operator::Lt => value < operand,
        Operator::Le => value <= operand,
    }
}

/// The comparison of what `expression` stands for.
pub(super) fn comparison(expression: Condition, operator: Operator, operand: &str) -> Condition {
    let pattern = || {
        operand
            .replace('\\', r"\\")
            .replace('%', r"\%")
            .replace('_', r"\_")
    };
    match operator {
        // LIKE would look for these from every place of the text anew.
        Operator::Co => Condition::new("strpos(")
            .then(expression)
            .sql(", ")
            .text(operand)
            .sql(") > 0"),
        Operator::Ew => Condition::new("right(")
            .then(expression)
            .sql(", length(")
            .text(operand)
            .sql(")) = ")
            .text(operand),
        Operator::Sw => expression.sql(" like ").text(format!("{}%", pattern())),
        Operator::Eq => expression.sql(" = ").text(operand),
        Operator::Ne => expression.sql(" <> ").text(operand),
        Operator::Gt => expression.sql(" > ").text(operand),
        Operator::Ge => expression.sql(" >= ").text(operand),
        Operator::Lt => expression.sql(" < ").text(operand),
        Operator::Le => expression.sql(" <= ").text(operand),
    }
}

/// The SQL of an operator that compares whole values.
pub(super) fn sign(operator: Operator) -> Option<&'static str> {
    match operator {
        Operator::Eq => Some(" = "),
        Operator::Ne => Some(" <> "),
        Operator::Gt => Some(" > "),
        Operator::Ge => Some(" >= "),
        Operator::Lt => Some(" < "),
        Operator::Le => Some(" <= "),
        Operator::Co | Operator::Sw | Operator::Ew => None,
    }
}
