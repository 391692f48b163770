//! Conditions on attributes without a column, which `groups.search` holds in the form that is compared:
//! those of schema extensions.

use scim::{
    filter::{Field, Operand, Operator, Predicate},
    schema::Type,
};

use super::{Condition, combine, text, unsupported};
use crate::error::Error;

/// Whether the attribute has a value that is not empty.
pub(super) fn present(field: &Field) -> Condition {
    some_value(field, is_present(&leaf(field.sub.as_deref())))
}

/// Whether a value of the attribute compares so; for `ne` also whether there is none.
pub(super) fn test(
    field: &Field,
    operator: Operator,
    operand: &Operand,
) -> Result<Condition, Error> {
    let leaf = leaf(field.sub.as_deref());
    let some = some_value(field, compare(&leaf, operator, operand)?);
    Ok(match operator {
        Operator::Ne => Condition::new("(not ")
            .then(present(field))
            .sql(" or ")
            .then(some)
            .sql(")"),
        _ => some,
    })
}

/// Whether one element meets the whole predicate.
pub(super) fn element(field: &Field, predicate: &Predicate) -> Result<Condition, Error> {
    // A simple element is its own `value`.
    let is_complex = field.r#type == Type::Complex;
    let leaf = |part: &Field| leaf(is_complex.then_some(&*part.name));
    let condition = combine(predicate, &|part| match part {
        Predicate::Present(field) => Ok(is_present(&leaf(field))),
        Predicate::Test {
            field,
            operator,
            operand,
        } => {
            let leaf = leaf(field);
            let compared = compare(&leaf, *operator, operand)?;
            Ok(match operator {
                Operator::Ne => Condition::new("(not ")
                    .then(is_present(&leaf))
                    .sql(" or ")
                    .then(compared)
                    .sql(")"),
                _ => compared,
            })
        }
        _ => Err(unsupported("a value path within a value path")),
    })?;
    Ok(some_value(field, condition))
}

/// One element of the attribute, or a sub-attribute of it.
fn leaf(sub: Option<&str>) -> Condition {
    match sub {
        Some(sub) => Condition::new("(element -> ").text(sub).sql(")"),
        None => Condition::new("element"),
    }
}

/// Whether any element meets a condition; a single value counts as one element.
fn some_value(field: &Field, condition: Condition) -> Condition {
    let path: Vec<String> = field
        .extension
        .iter()
        .chain([&field.name])
        .cloned()
        .collect();
    Condition::new("exists (select 1 from jsonb_array_elements(case jsonb_typeof(groups.search #> ")
        .texts(path.clone())
        .sql(") when 'array' then groups.search #> ")
        .texts(path.clone())
        .sql(" else jsonb_build_array(groups.search #> ")
        .texts(path)
        .sql(") end) as element where ")
        .then(condition)
        .sql(")")
}

fn is_present(leaf: &Condition) -> Condition {
    Condition::new("(coalesce(")
        .then(leaf.clone())
        .sql(r#", 'null') not in ('null', '""', '[]', '{}'))"#)
}

/// Compares a value of the operand's type; a value of another type never does.
fn compare(leaf: &Condition, operator: Operator, operand: &Operand) -> Result<Condition, Error> {
    let guarded = |kind: &'static str, condition: Condition| {
        Condition::new("(case jsonb_typeof(")
            .then(leaf.clone())
            .sql(kind)
            .then(condition)
            .sql(" else false end)")
    };
    let value = |cast: &'static str| Condition::new("(").then(leaf.clone()).sql(cast);
    let sign = || text::sign(operator).ok_or_else(|| unsupported("a part of such a value"));
    let texts = |operand: &str| {
        let value = value(r#" #>> '{}') collate "C""#);
        let comparison = text::comparison(value, operator, operand);
        guarded(") when 'string' then ", comparison)
    };
    Ok(match operand {
        Operand::Text(_) => texts(text::of(operand)?),
        Operand::Boolean(boolean) => guarded(
            ") when 'boolean' then ",
            value(" #>> '{}')").sql(sign()?).text(boolean.to_string()),
        ),
        Operand::Number(number) => guarded(
            ") when 'number' then ",
            value(" #>> '{}')::numeric")
                .sql(sign()?)
                .text(number.to_string())
                .sql("::numeric"),
        ),
        // Not as instants: what was stored while the attribute was of another type need not be one, and an error would
        // tell it.
        Operand::Instant(instant) => {
            sign()?;
            texts(&scim::date_time::sortable(*instant))
        }
    })
}
