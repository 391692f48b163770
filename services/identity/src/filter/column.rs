//! The fields that have a column of their own.

use scim::{
    error::Error,
    filter::{Operand, Operator, Predicate},
};
use uuid::Uuid;

use super::text;
use crate::{sql::Condition, table::Place};

/// The columns with an index of trigrams.
const TRIGRAMS: [&str; 2] = ["users.user_name_key", "users.display_name_key"];

/// A comparison or `pr` of what is kept at a place with a column.
///
/// # Errors
/// `invalidFilter`: the operand does not fit.
pub(super) fn compile(
    sql: &mut Condition,
    place: Place,
    predicate: &Predicate,
) -> Result<(), Error> {
    let Predicate::Test {
        operator, operand, ..
    } = predicate
    else {
        present(sql, place);
        return Ok(());
    };
    match (place, operand) {
        (Place::Id(column), Operand::Text(operand)) => id(sql, column, *operator, operand),
        (Place::Text(column), Operand::Text(operand)) if TRIGRAMS.contains(&column) => {
            text::compare_indexed(sql, *operator, operand, |sql| {
                sql.raw(column);
            });
        }
        (Place::Text(column), Operand::Text(operand)) => {
            text::compare(sql, *operator, operand, |sql| {
                sql.raw(column);
            });
        }
        (Place::Emails, Operand::Text(operand)) => emails(sql, *operator, operand),
        (Place::Boolean(column), Operand::Boolean(value)) => {
            let symbol = symbol(*operator)?;
            sql.raw("(")
                .raw(column)
                .raw(symbol)
                .bind_boolean(*value)
                .raw(")");
        }
        (Place::Instant(column), Operand::Instant(instant)) => {
            let symbol = symbol(*operator)?;
            sql.raw("(")
                .raw(column)
                .raw(symbol)
                .bind_instant(*instant)
                .raw(")");
        }
        _ => {
            return Err(Error::invalid_filter(
                "the value does not fit the attribute",
            ));
        }
    }
    Ok(())
}

fn present(sql: &mut Condition, place: Place) {
    match place {
        Place::Emails => sql.raw("(users.email_keys <> '{}')"),
        Place::Text(column) | Place::Boolean(column) => {
            sql.raw("(").raw(column).raw(" IS NOT NULL)")
        }
        // Every row has the others.
        _ => sql.raw("TRUE"),
    };
}

fn symbol(operator: Operator) -> Result<&'static str, Error> {
    match operator {
        Operator::Co | Operator::Sw | Operator::Ew => {
            Err(Error::invalid_filter("co, sw and ew compare text alone"))
        }
        _ => Ok(text::symbol(operator)),
    }
}

/// Ids compare as the text that clients see; what is not one, in that very spelling, equals none.
fn id(sql: &mut Condition, column: &'static str, operator: Operator, operand: &str) {
    let id = Uuid::parse_str(operand).ok();
    match (operator, id.filter(|id| id.to_string() == operand)) {
        (Operator::Eq, Some(id)) => {
            sql.raw("(").raw(column).raw(" = ").bind_id(id).raw(")");
        }
        (Operator::Eq, None) => {
            sql.raw("FALSE");
        }
        _ => text::compare(sql, operator, operand, |sql| {
            sql.raw(column).raw("::text COLLATE \"C\"");
        }),
    }
}

/// Addresses: true if any compares so; `ne` also where there is none (R-FILTER-09 to 11).
fn emails(sql: &mut Condition, operator: Operator, operand: &str) {
    match operator {
        Operator::Eq => {
            sql.raw("(users.email_keys @> ");
            sql.bind_texts(vec![operand.to_owned()]).raw(")");
            return;
        }
        Operator::Ne => {
            sql.raw("(users.email_keys = '{}' OR ");
        }
        // The trigrams of all addresses together find the users, then each address is looked at.
        Operator::Co | Operator::Sw | Operator::Ew => {
            sql.raw("(");
            text::compare_indexed(sql, Operator::Co, operand, |sql| {
                sql.raw("users.email_text");
            });
            sql.raw(" AND ");
        }
        Operator::Gt | Operator::Ge | Operator::Lt | Operator::Le => {
            sql.raw("(");
        }
    }
    sql.raw("EXISTS (SELECT 1 FROM unnest(users.email_keys) AS element (value) WHERE ");
    text::compare(sql, operator, operand, |sql| {
        sql.raw("element.value");
    });
    sql.raw("))");
}
