//! The fields that have a column of their own.

use scim::{
    error::Error,
    filter::{Operand, Operator, Predicate},
};

use super::text;
use crate::{Condition, Place, id};

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
        (Place::Id(column), Operand::Text(operand)) => by_id(sql, column, *operator, operand),
        (Place::IndexedText(column), Operand::Text(operand)) => {
            text::compare_indexed(sql, *operator, operand, |sql| {
                sql.raw(column);
            });
        }
        (Place::Text(column), Operand::Text(operand)) => {
            text::compare(sql, *operator, operand, |sql| {
                sql.raw(column);
            });
        }
        (Place::Version(column), Operand::Text(operand)) => {
            text::compare(sql, *operator, operand, |sql| {
                sql.raw("(('W/\"' || ").raw(column);
                sql.raw(" || '\"') COLLATE \"C\")");
            });
        }
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
        Place::Text(column) | Place::IndexedText(column) | Place::Boolean(column) => {
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
fn by_id(sql: &mut Condition, column: &'static str, operator: Operator, operand: &str) {
    match (operator, id::parse(operand)) {
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
