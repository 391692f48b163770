//! The fields that are in `search` alone.

use scim::{
    filter::{Field, Operand, Operator, Predicate},
    schema::Type,
};

use super::{place, text};
use crate::{Columns, Condition};

/// A comparison or `pr` of an attribute.
pub(super) fn compile(
    sql: &mut Condition,
    columns: &dyn Columns,
    field: &Field,
    predicate: &Predicate,
) {
    if field.multi_valued {
        let values = |sql: &mut Condition| {
            place::values(sql, columns, field, field.sub.as_deref());
        };
        any(sql, predicate, values);
    } else {
        one(sql, predicate, |sql| place::value(sql, columns, field));
    }
}

/// A comparison or `pr` of a sub-attribute of the element at hand; a simple one is its own `value`.
pub(super) fn compile_in_element(
    sql: &mut Condition,
    element: Type,
    field: &Field,
    predicate: &Predicate,
) {
    if element != Type::Complex {
        one(sql, predicate, |sql| {
            sql.raw("element.value");
        });
    } else if field.multi_valued {
        any(sql, predicate, |sql| {
            let path = place::path(std::iter::once(field.name.as_str()));
            sql.raw("jsonb_path_query(element.value, ");
            sql.bind_text(path).raw("::jsonpath)");
        });
    } else {
        one(sql, predicate, |sql| {
            sql.raw("element.value -> ").bind_text(&field.name);
        });
    }
}

/// Begins a condition on each element, `element.value`; two parentheses are left open.
pub(super) fn open_elements(sql: &mut Condition, columns: &dyn Columns, field: &Field) {
    sql.raw("EXISTS (SELECT 1 FROM ");
    place::values(sql, columns, field, None);
    sql.raw(" AS element (value) WHERE (");
}

/// One value at most, which `expression` writes.
fn one(sql: &mut Condition, predicate: &Predicate, expression: impl Fn(&mut Condition)) {
    match predicate {
        Predicate::Test {
            operator, operand, ..
        } => compare(sql, *operator, operand, expression),
        _ => {
            sql.raw("((");
            expression(sql);
            sql.raw(") IS NOT NULL)");
        }
    }
}

/// Values that the table function of `source` gives: true if any compares so; `ne` also where there is none.
fn any(sql: &mut Condition, predicate: &Predicate, source: impl Fn(&mut Condition)) {
    let Predicate::Test {
        operator, operand, ..
    } = predicate
    else {
        sql.raw("EXISTS (SELECT 1 FROM ");
        source(sql);
        sql.raw(")");
        return;
    };
    sql.raw("(");
    if *operator == Operator::Ne {
        sql.raw("NOT EXISTS (SELECT 1 FROM ");
        source(sql);
        sql.raw(") OR ");
    }
    sql.raw("EXISTS (SELECT 1 FROM ");
    source(sql);
    sql.raw(" AS part (value) WHERE ");
    compare(sql, *operator, operand, |sql| {
        sql.raw("part.value");
    });
    sql.raw("))");
}

/// Compares the JSON that `expression` writes: numbers as such, everything else as text.
fn compare(
    sql: &mut Condition,
    operator: Operator,
    operand: &Operand,
    expression: impl Fn(&mut Condition),
) {
    let text = match operand {
        Operand::Text(text) => text.clone(),
        Operand::Boolean(value) => value.to_string(),
        Operand::Instant(instant) => scim::date_time::sortable(*instant),
        Operand::Number(number) => {
            sql.raw("((");
            expression(sql);
            sql.raw(")").raw(text::symbol(operator));
            sql.bind_text(number.to_string()).raw("::jsonb)");
            return;
        }
    };
    text::compare(sql, operator, &text, |sql| {
        sql.raw("((");
        expression(sql);
        sql.raw(") #>> '{}') COLLATE \"C\"");
    });
}
