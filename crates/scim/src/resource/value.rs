//! One attribute's value in canonical form.

use serde_json::Value;

use super::{elements, scalar};
use crate::Map;
use crate::dialect::Dialect;
use crate::error::Error;
use crate::schema::{Attribute, Mutability, Type};

/// Makes a client's value of an attribute (or sub-attribute) canonical; none: the value means unassigned. The depth
/// of the recursion is that of the schema, never that of the value.
///
/// # Errors
/// `InvalidValue` if it does not fit the type or two elements are primary; `InvalidSyntax` for an unknown
/// sub-attribute in the strict dialect. The text begins with the name of the attribute.
pub(crate) fn canonical(
    attribute: &Attribute,
    value: Value,
    dialect: Dialect,
) -> Result<Option<Value>, Error> {
    if !attribute.multi_valued {
        return single(attribute, value, dialect);
    }
    let values = elements(attribute, value, dialect)?;
    Ok((!values.is_empty()).then_some(Value::Array(values)))
}

/// As [`canonical`], for a multi-valued attribute: the elements that the value stands for, without duplicates. An
/// element that says nothing is left out, unless elements of this attribute must say something: then it is a fault,
/// or what names nobody would empty a group.
pub(crate) fn elements(
    attribute: &Attribute,
    value: Value,
    dialect: Dialect,
) -> Result<Vec<Value>, Error> {
    let values = match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values,
        single if dialect == Dialect::Lenient => vec![single],
        _ => {
            return Err(Error::invalid_value(format!(
                "{} must be an array.",
                attribute.name
            )));
        }
    };
    elements::check_count(attribute, 0, values.len())?;
    let mut read = Vec::with_capacity(values.len());
    for value in values {
        match single(attribute, value, dialect)? {
            Some(element) => read.push(element),
            None => check_needs_nothing(attribute)?,
        }
    }
    let read = elements::distinct(attribute, read);
    elements::check_one_primary(attribute, &read)?;
    Ok(read)
}

/// Checks that an element of a multi-valued attribute may say nothing.
///
/// # Errors
/// `InvalidValue`, naming the sub-attribute that each element must have.
pub(crate) fn check_needs_nothing(attribute: &Attribute) -> Result<(), Error> {
    match super::needed_parts(attribute).next() {
        None => Ok(()),
        Some(sub) => Err(super::missing(&format!("{}.{}", attribute.name, sub.name))),
    }
}

fn single(attribute: &Attribute, value: Value, dialect: Dialect) -> Result<Option<Value>, Error> {
    if attribute.r#type != Type::Complex {
        return scalar::read(attribute, value, dialect);
    }
    let Some(members) = object(attribute, value, dialect)? else {
        return Ok(None);
    };
    let assigned = entries(attribute, members, dialect)?
        .into_iter()
        .filter_map(|(sub, value)| Some((sub.name.clone(), value?)))
        .collect::<Map>();
    Ok((!assigned.is_empty()).then_some(Value::Object(assigned)))
}

/// The members, as sent, of one value of a complex attribute; none: it means unassigned. In the lenient dialect a
/// single-valued attribute may be an array of one, and one with a `value` (`manager`) may be that value alone
/// (R-ENT-03).
pub(crate) fn object(
    attribute: &Attribute,
    value: Value,
    dialect: Dialect,
) -> Result<Option<Map>, Error> {
    let lenient = dialect == Dialect::Lenient;
    let value = match value {
        Value::Array(mut values) if lenient && !attribute.multi_valued && values.len() <= 1 => {
            values.pop().unwrap_or(Value::Null)
        }
        value => value,
    };
    match value {
        Value::Null => Ok(None),
        Value::Object(members) => Ok(Some(members)),
        Value::String(text) if lenient && text.is_empty() => Ok(None),
        text @ Value::String(_)
            if lenient && !attribute.multi_valued && attribute.sub_attribute("value").is_some() =>
        {
            Ok(Some(Map::from_iter([("value".to_owned(), text)])))
        }
        _ => Err(Error::invalid_value(format!(
            "{} must be an object of sub-attributes.",
            attribute.name
        ))),
    }
}

/// The sub-attributes that an object states, each with its canonical value; none: stated as unassigned. What only
/// the server sets is left out, and what is unknown too in the lenient dialect.
pub(crate) fn entries(
    attribute: &Attribute,
    members: Map,
    dialect: Dialect,
) -> Result<Vec<(&Attribute, Option<Value>)>, Error> {
    let mut stated = Vec::with_capacity(members.len());
    for (name, value) in members {
        match attribute.sub_attribute(&name) {
            Some(sub) if sub.mutability == Mutability::ReadOnly => {}
            Some(sub) => {
                let value =
                    canonical(sub, value, dialect).map_err(|error| within(attribute, &error))?;
                stated.push((sub, value));
            }
            None if dialect == Dialect::Strict => {
                return Err(super::unknown(&format!("{}.{name}", attribute.name)));
            }
            None => {}
        }
    }
    Ok(stated)
}

/// The same error of a sub-attribute, named by its whole path.
pub(crate) fn within(attribute: &Attribute, error: &Error) -> Error {
    Error::new(error.kind, format!("{}.{}", attribute.name, error.detail))
}
