//! A value path that selects nothing (R-PATCH-28): Entra expects the element to be created.

use serde_json::Value;

use super::{no_match, stated};
use crate::Map;
use crate::dialect::Dialect;
use crate::error::Error;
use crate::filter::{Filter, Literal, Operator, matches_element};
use crate::patch::assign::merge;
use crate::patch::target::Selection;
use crate::patch::{Change, add, attribute};
use crate::resource::elements::is_fixed;
use crate::resource::value::{canonical, entries};
use crate::schema::{Attribute, Mutability, Target, Type};

/// Strict: `NoTarget`, but removing a member that is not there succeeds (RFC 7644 §3.5.2.2). Lenient: `remove` changes
/// nothing, `add` and `replace` append an element for which the filter is true, if one can be made.
pub(super) fn without_match(
    place: &Target<'_>,
    selection: &Selection,
    part: &mut Map,
    change: Change<'_>,
    dialect: Dialect,
) -> Result<(), Error> {
    let attribute = place.attribute;
    let lenient = dialect == Dialect::Lenient;
    let (value, replaces) = match change {
        Change::Remove(_) if lenient || is_fixed(attribute) => return Ok(()),
        Change::Add(value) if lenient => (value, false),
        Change::Replace(value) if lenient => (value, true),
        _ => return Err(no_match(attribute)),
    };
    let terms = terms(selection, attribute, dialect)
        .filter(|terms| !replaces || is_replaceable(attribute, terms))
        .ok_or_else(|| no_match(attribute))?;
    let mut element = terms.clone();
    let states = match place.sub_attribute {
        Some(sub) => {
            attribute::value(&mut element, sub, Change::Replace(value), dialect)?;
            element.contains_key(&sub.name)
        }
        None => {
            let members = stated(attribute, value, dialect)?.unwrap_or_default();
            let entries = entries(attribute, members, dialect)?;
            let states = entries.iter().any(|(_, value)| value.is_some());
            merge(&mut element, attribute, entries)?;
            states
        }
    };
    if !states && element == terms {
        // A value that means unassigned is no reason for an element.
        return Ok(());
    }
    let element = Value::Object(element);
    if !matches_element(&selection.predicate, &element) {
        // The value says otherwise than the filter: repeated, it would append without end.
        return Err(no_match(attribute));
    }
    add::append(part, attribute, vec![element])
}

/// `replace` does not invent elements that are named by their value, nor members.
fn is_replaceable(attribute: &Attribute, terms: &Map) -> bool {
    !is_fixed(attribute) && !terms.contains_key("value")
}

/// What the `eq` terms of a filter, joined by `and`, demand of an element; none: the filter has other terms, demands
/// what only the server sets, or contradicts itself.
pub(super) fn terms(selection: &Selection, attribute: &Attribute, dialect: Dialect) -> Option<Map> {
    if attribute.r#type != Type::Complex {
        return None;
    }
    let mut terms = Map::new();
    let mut open = vec![&selection.filter];
    while let Some(filter) = open.pop() {
        match filter {
            Filter::And(all) => open.extend(all.iter().rev()),
            Filter::Compare(path, Operator::Eq, literal)
                if path.urn.is_none() && path.sub.is_none() =>
            {
                let sub = attribute.sub_attribute(&path.name)?;
                if sub.mutability == Mutability::ReadOnly {
                    return None;
                }
                let Some(value) = canonical(sub, demanded(literal), dialect).ok()? else {
                    continue;
                };
                if terms
                    .insert(sub.name.clone(), value.clone())
                    .is_some_and(|other| other != value)
                {
                    return None;
                }
            }
            _ => return None,
        }
    }
    Some(terms)
}

fn demanded(literal: &Literal) -> Value {
    match literal {
        Literal::Null => Value::Null,
        Literal::Boolean(value) => Value::Bool(*value),
        Literal::Number(number) => Value::Number(number.clone()),
        Literal::Text(text) => Value::String(text.clone()),
    }
}
