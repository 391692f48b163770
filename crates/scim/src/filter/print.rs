//! The text form of a filter.

use std::fmt;

use super::{Filter, Literal};

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Filter::And(all) => join(f, all, " and ", |part| {
                matches!(part, Filter::And(_) | Filter::Or(_))
            }),
            Filter::Or(all) => join(f, all, " or ", |part| matches!(part, Filter::Or(_))),
            Filter::Not(inner) => write!(f, "not ({inner})"),
            Filter::Present(path) => write!(f, "{path} pr"),
            Filter::Compare(path, operator, literal) => {
                write!(f, "{path} {} {literal}", operator.word())
            }
            Filter::Element(path, inner) => write!(f, "{path}[{inner}]"),
        }
    }
}

fn join(
    f: &mut fmt::Formatter<'_>,
    all: &[Filter],
    connective: &str,
    needs_parentheses: fn(&Filter) -> bool,
) -> fmt::Result {
    for (index, part) in all.iter().enumerate() {
        if index > 0 {
            f.write_str(connective)?;
        }
        if needs_parentheses(part) {
            write!(f, "({part})")?;
        } else {
            write!(f, "{part}")?;
        }
    }
    Ok(())
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Null => f.write_str("null"),
            Literal::Boolean(value) => write!(f, "{value}"),
            Literal::Number(value) => write!(f, "{value}"),
            Literal::Text(value) => write!(f, "{}", serde_json::Value::from(value.as_str())),
        }
    }
}
