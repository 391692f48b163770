//! PATCH (RFC 7644 §3.5.2): reading the request and applying its operations to a canonical resource.

use serde_json::Value;

use crate::Map;
use crate::dialect::Dialect;
use crate::error::Error;
use crate::resource;
use crate::schema::ResourceType;

use self::draft::Draft;

mod add;
mod assign;
mod attribute;
pub(crate) mod draft;
mod element;
mod extension;
mod remove;
mod replace;
mod request;
mod schemas;
pub(crate) mod target;
pub(crate) mod value;
pub(crate) mod whole;

pub(crate) use assign::is_same;
pub use draft::MAX_COST;
pub use request::{MAX_OPERATIONS, read_request};

#[cfg(test)]
mod tests;

/// What an operation does to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// Adds a value (RFC 7644 §3.5.2.1).
    Add,
    /// Removes a value (RFC 7644 §3.5.2.2).
    Remove,
    /// Replaces a value (RFC 7644 §3.5.2.3).
    Replace,
}

/// One operation of a PATCH.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// What to do.
    pub op: Op,
    /// The target as the client wrote it; none: the attributes that `value` names.
    pub path: Option<String>,
    /// The value; none: the operation has no such member.
    pub value: Option<Value>,
}

/// An operation with its value where it needs one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change<'a> {
    Add(&'a Value),
    Replace(&'a Value),
    /// The value is what to remove of a multi-valued attribute (R-PATCH-43).
    Remove(Option<&'a Value>),
}

impl<'a> Change<'a> {
    pub(crate) fn of(operation: &'a Operation) -> Result<Change<'a>, Error> {
        let value = operation.value.as_ref();
        let needed = || value.ok_or_else(|| Error::invalid_value("The operation needs a value."));
        Ok(match operation.op {
            Op::Add => Change::Add(needed()?),
            Op::Replace => Change::Replace(needed()?),
            Op::Remove => Change::Remove(value),
        })
    }

    /// What it costs to look at what it states.
    fn weight(self) -> usize {
        match self {
            Change::Add(value) | Change::Replace(value) | Change::Remove(Some(value)) => {
                draft::weight(value)
            }
            Change::Remove(None) => 0,
        }
    }

    /// The same operation with another value.
    pub(crate) fn with(self, value: &Value) -> Change<'_> {
        match self {
            Change::Add(_) => Change::Add(value),
            Change::Replace(_) => Change::Replace(value),
            Change::Remove(_) => Change::Remove(Some(value)),
        }
    }
}

/// Applies operations in order, each to the outcome of the one before, to a canonical resource (as
/// [`resource::read`] gives), then drops what was left empty and checks the whole with [`resource::check`].
/// All operations together may cost [`MAX_COST`].
/// On an error the resource may be half changed: apply to a copy. Whether anything changed is seen by comparing.
///
/// In the lenient dialect, beyond RFC 7644: a value path without a match creates an element (R-PATCH-28), names
/// in a value without path may be any path (R-PATCH-41), values come in the shapes of R-PATCH-42, and what a client may
/// not set or no schema has, a path too, is ignored in a value without path.
///
/// # Errors
/// `InvalidPath`, `InvalidFilter`, `InvalidValue`, `NoTarget`, `Mutability`, `TooMany`, and in the strict dialect
/// `InvalidSyntax` for an unknown attribute in a value.
pub fn apply(
    resource_type: &ResourceType,
    resource: &mut Map,
    operations: &[Operation],
    dialect: Dialect,
) -> Result<(), Error> {
    let mut draft = Draft::new(resource);
    for operation in operations {
        let target = target::locate(operation.path.as_deref(), resource_type, dialect)?;
        let change = Change::of(operation)?;
        draft.charge(change.weight())?;
        target.apply(resource_type, &mut draft, change, dialect)?;
    }
    drop_empty(resource, 0);
    resource::check(resource_type, resource)
}

/// About what [`apply`] costs, in the measure of [`MAX_COST`] but without its bound, to decide where to do it.
#[must_use]
pub fn cost(resource: &Map, operations: &[Operation]) -> usize {
    let values = operations.iter().filter_map(|one| one.value.as_ref());
    let stated: usize = values.map(draft::weight).sum();
    let present: usize = resource.values().map(draft::weight).sum();
    stated.saturating_add(present.saturating_mul(operations.len()))
}

/// Drops what holds nothing: extensions, complex attributes, elements and arrays (R-ATTR-09).
fn drop_empty(part: &mut Map, depth: usize) {
    /// Extension, attribute, sub-attribute; a canonical resource is no deeper.
    const DEEPEST: usize = 3;
    part.retain(|_, value| {
        if let Value::Array(elements) = value {
            elements.retain(|element| {
                element
                    .as_object()
                    .is_none_or(|members| !members.is_empty())
            });
            return !elements.is_empty();
        }
        let Value::Object(members) = value else {
            return !value.is_null();
        };
        if depth < DEEPEST {
            drop_empty(members, depth + 1);
        }
        !members.is_empty()
    });
}
