//! The reference evaluator: what a [`Predicate`] means, as code.

use std::{borrow::Cow, cmp::Ordering};

use serde_json::{Number, Value};

use super::{Field, Operand, Operator, Predicate};
use crate::{Map, date_time, text};

/// Whether a canonical resource, or its search form, matches. It must hold every attribute that the predicate
/// may name, so `id`, `meta` and `schemas` too.
#[must_use]
pub fn matches(predicate: &Predicate, resource: &Map) -> bool {
    evaluate(predicate, &|field| values(field, resource))
}

/// Whether an element of a multi-valued attribute matches a predicate made by [`super::bind_element`].
#[must_use]
pub fn matches_element(predicate: &Predicate, element: &Value) -> bool {
    evaluate(predicate, &|field| match element {
        Value::Object(members) => values(field, members),
        scalar => vec![scalar],
    })
}

fn evaluate<'v>(predicate: &Predicate, values: &dyn Fn(&Field) -> Vec<&'v Value>) -> bool {
    match predicate {
        Predicate::And(parts) => parts.iter().all(|part| evaluate(part, values)),
        Predicate::Or(parts) => parts.iter().any(|part| evaluate(part, values)),
        Predicate::Not(inner) => !evaluate(inner, values),
        Predicate::Present(field) => values(field).into_iter().any(is_present),
        Predicate::Test {
            field,
            operator: Operator::Ne,
            operand,
        } => {
            let values = values(field);
            values.is_empty()
                || values
                    .into_iter()
                    .any(|value| !holds(field, Operator::Eq, operand, value))
        }
        Predicate::Test {
            field,
            operator,
            operand,
        } => values(field)
            .into_iter()
            .any(|value| holds(field, *operator, operand, value)),
        Predicate::Element { field, predicate } => values(field)
            .into_iter()
            .any(|element| matches_element(predicate, element)),
    }
}

fn values<'v>(field: &Field, resource: &'v Map) -> Vec<&'v Value> {
    let container = match &field.extension {
        None => Some(resource),
        Some(urn) => resource.get(urn).and_then(Value::as_object),
    };
    let elements = container
        .and_then(|members| members.get(&field.name))
        .into_iter()
        .flat_map(elements);
    let values: Vec<&Value> = match &field.sub {
        None => elements.collect(),
        Some(sub) => elements
            .filter_map(|element| element.get(sub))
            .flat_map(self::elements)
            .collect(),
    };
    values
        .into_iter()
        .filter(|value| is_present(value))
        .collect()
}

fn elements(value: &Value) -> std::slice::Iter<'_, Value> {
    match value {
        Value::Array(elements) => elements.iter(),
        single => std::slice::from_ref(single).iter(),
    }
}

fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => elements.iter().any(is_present),
        Value::Object(members) => members.values().any(is_present),
    }
}

fn holds(field: &Field, operator: Operator, operand: &Operand, value: &Value) -> bool {
    match (operand, value) {
        (Operand::Text(operand), Value::String(text)) => {
            let text = if field.case_exact {
                Cow::Borrowed(text.as_str())
            } else {
                Cow::Owned(text::fold(text))
            };
            match operator {
                Operator::Co => text.contains(operand.as_str()),
                Operator::Sw => text.starts_with(operand.as_str()),
                Operator::Ew => text.ends_with(operand.as_str()),
                // The order of UTF-8 bytes is that of code points.
                _ => is(operator, text.as_ref().cmp(operand)),
            }
        }
        (Operand::Boolean(operand), Value::Bool(value)) => is(operator, value.cmp(operand)),
        (Operand::Number(operand), Value::Number(number)) => is(operator, compare(number, operand)),
        (Operand::Instant(operand), Value::String(text)) => {
            date_time::parse(text).is_some_and(|instant| is(operator, instant.cmp(operand)))
        }
        _ => false,
    }
}

fn is(operator: Operator, ordering: Ordering) -> bool {
    match operator {
        Operator::Eq => ordering.is_eq(),
        Operator::Ne => ordering.is_ne(),
        Operator::Gt => ordering.is_gt(),
        Operator::Ge => ordering.is_ge(),
        Operator::Lt => ordering.is_lt(),
        Operator::Le => ordering.is_le(),
        // Only of text, where they are handled.
        Operator::Co | Operator::Sw | Operator::Ew => false,
    }
}

/// Compares without rounding: neither side is turned into a float unless it is one.
fn compare(left: &Number, right: &Number) -> Ordering {
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => left.cmp(&right),
        (Some(left), None) => compare_to_float(left, right),
        (None, Some(right)) => compare_to_float(right, left).reverse(),
        (None, None) => float(left).total_cmp(&float(right)),
    }
}

fn compare_to_float(integer: i128, number: &Number) -> Ordering {
    let float = float(number);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "saturates, and 64-bit integers lie well within"
    )]
    let whole = float.trunc() as i128;
    integer
        .cmp(&whole)
        .then_with(|| 0.0_f64.total_cmp(&(float.fract() + 0.0)))
}

fn float(number: &Number) -> f64 {
    // The sum makes -0.0 the 0.0 that it equals.
    number.as_f64().unwrap_or(f64::NAN) + 0.0
}
