//! The fields that are in `search` alone.

use scim::{
    error::Error,
    filter::{Field, Operand, Operator, Predicate},
};

use super::text;
use crate::sql::Condition;

/// A comparison or `pr` of an attribute.
pub(super) fn compile(
    sql: &mut Condition,
    field: &Field,
    predicate: &Predicate,
) -> Result<(), Error> {
    match (&field.sub, field.multi_valued) {
        (Some(sub), true) => elements(sql, field, sub, predicate),
        _ => single(sql, predicate, |sql, as_text| {
            attribute(sql, field, as_text && field.sub.is_none());
            if let Some(sub) = &field.sub {
                sub_attribute(sql, sub, as_text);
            }
        }),
    }
}

/// A comparison or `pr` of a sub-attribute of the element at hand.
pub(super) fn compile_in_element(
    sql: &mut Condition,
    field: &Field,
    predicate: &Predicate,
) -> Result<(), Error> {
    single(sql, predicate, |sql, as_text| {
        sql.raw("element.value");
        sub_attribute(sql, &field.name, as_text);
    })
}

/// Begins a condition on each element, `element.value`; two parentheses are left open.
pub(super) fn open_elements(sql: &mut Condition, field: &Field) {
    sql.raw("EXISTS (SELECT 1 FROM jsonb_array_elements(");
    attribute(sql, field, false);
    sql.raw(") AS element (value) WHERE (");
}

/// The `value` that an element must have to satisfy the predicate of a value path, if it must have one.
pub(super) fn required_value(predicate: &Predicate) -> Option<&str> {
    match predicate {
        Predicate::And(all) => all.iter().find_map(required_value),
        Predicate::Test {
            field,
            operator: Operator::Eq,
            operand: Operand::Text(text),
        } if field.name == "value" => Some(text),
        _ => None,
    }
}

/// One value; `expression` writes it as JSON or as text.
fn single(
    sql: &mut Condition,
    predicate: &Predicate,
    expression: impl Fn(&mut Condition, bool),
) -> Result<(), Error> {
    match predicate {
        Predicate::Test {
            operator, operand, ..
        } => {
            text::compare(sql, *operator, &as_text(operand)?, |sql| {
                sql.raw("(");
                expression(sql, true);
                sql.raw(") COLLATE \"C\"");
            });
        }
        _ => {
            sql.raw("((");
            expression(sql, false);
            sql.raw(") IS NOT NULL)");
        }
    }
    Ok(())
}

/// A sub-attribute of the elements: true if any compares so; `ne` also where none has it.
fn elements(
    sql: &mut Condition,
    field: &Field,
    sub: &str,
    predicate: &Predicate,
) -> Result<(), Error> {
    let operator = match predicate {
        Predicate::Test { operator, .. } => Some(*operator),
        _ => None,
    };
    let value = |sql: &mut Condition, as_text: bool| {
        sql.raw("element.value");
        sub_attribute(sql, sub, as_text);
    };
    sql.raw("(");
    if operator == Some(Operator::Ne) {
        sql.raw("NOT ");
        open_elements(sql, field);
        value(sql, false);
        sql.raw(" IS NOT NULL)) OR ");
    }
    open_elements(sql, field);
    if operator == Some(Operator::Ne) {
        value(sql, false);
        sql.raw(" IS NOT NULL AND ");
    }
    single(sql, predicate, value)?;
    sql.raw(")))");
    Ok(())
}

fn attribute(sql: &mut Condition, field: &Field, as_text: bool) {
    sql.raw("users.search");
    if let Some(urn) = &field.extension {
        sub_attribute(sql, urn, false);
    }
    sub_attribute(sql, &field.name, as_text);
}

fn sub_attribute(sql: &mut Condition, name: &str, as_text: bool) {
    sql.raw(if as_text { " ->> " } else { " -> " })
        .bind_text(name);
}

/// The operand as `->>` would give its equal in `search`.
fn as_text(operand: &Operand) -> Result<String, Error> {
    Ok(match operand {
        Operand::Text(text) => text.clone(),
        Operand::Boolean(value) => value.to_string(),
        Operand::Instant(instant) => scim::date_time::sortable(*instant),
        Operand::Number(_) => {
            return Err(Error::invalid_filter("no attribute of a user is a number"));
        }
    })
}
