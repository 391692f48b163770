//! The PATCH of a group as changes of its members, so that the cost is that of the members named and not of those the
//! group has (R-GRP-07, R-PATCH-50).

use std::borrow::Cow;
use std::collections::HashSet;

use serde_json::Value;

use crate::Map;
use crate::dialect::Dialect;
use crate::error::Error;
use crate::filter::{Filter, Literal, MAX_NODES, Operator, Predicate};
use crate::patch::draft::{MAX_COST, too_costly, weight};
use crate::patch::target::{self, Selection, Target};
use crate::patch::value::{from_text, member};
use crate::patch::whole;
use crate::patch::{Change, Op, Operation};
use crate::schema::{Attribute, ResourceType, Target as Place};

#[cfg(test)]
mod tests;

/// One step of a group's PATCH. Ids are as the client wrote them, each once.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupChange {
    /// An operation on other attributes than `members`, for [`crate::patch::apply`].
    Attributes(Operation),
    /// These become members; those who are stay so.
    AddMembers(Vec<String>),
    /// These are members no longer; others than members are no fault.
    RemoveMembers(Vec<String>),
    /// The members that match are so no longer; bound to the sub-attributes of `members`.
    RemoveMatchingMembers(Predicate),
    /// These, at least one, are the members.
    ReplaceMembers(Vec<String>),
    /// Nobody is a member.
    ClearMembers,
    /// This one has to be a member, else the request has no target (RFC 7644 §3.5.2.3); nothing changes.
    RequireMember(String),
}

/// Splits the operations on a group into steps, in order: those on `members` as changes by id, the rest as they are.
/// A value without path is split in two.
///
/// Members cannot be edited (R-GRP-03), so only `remove` may select some by a filter, `members[value eq "…"]`;
/// an `add` or `replace` there may do no more than state the same id again. In the lenient dialect members may be
/// JSON in strings (R-PATCH-42).
///
/// # Errors
/// Those of a path, as in [`crate::patch::apply`]; `Mutability` for an edit of members; `InvalidValue` for a member
/// without id; `NoTarget` for a `remove` without path; `TooMany` for more work than one request may ask for. What the
/// other operations' values hold is not looked at.
pub fn plan(
    resource_type: &ResourceType,
    operations: &[Operation],
    dialect: Dialect,
) -> Result<Vec<GroupChange>, Error> {
    let mut changes = Vec::new();
    let mut work = Work::default();
    for operation in operations {
        let change = Change::of(operation)?;
        let planned = changes.len();
        work.charge(operation.value.as_ref().map_or(0, weight))?;
        match target::locate(operation.path.as_deref(), resource_type, dialect)? {
            Target::Whole => split(resource_type, operation, change, dialect, &mut changes)?,
            target if is_members(&target) => {
                changes.extend(plan_members(&target, change, dialect)?)
            }
            _ => changes.push(GroupChange::Attributes(operation.clone())),
        }
        for change in &changes[planned..] {
            work.count(change)?;
        }
    }
    Ok(changes)
}

/// What the changes of members make whoever applies them do, beyond reading them: what is removed is looked for among
/// those that join as well, and each test of a filter looks at all members.
#[derive(Default)]
struct Work {
    cost: usize,
    joining: usize,
    tests: usize,
}

impl Work {
    /// So many ids are looked up for what it costs to look at one value.
    const LOOK_UPS: usize = 16;

    fn count(&mut self, change: &GroupChange) -> Result<(), Error> {
        match change {
            GroupChange::Attributes(_) | GroupChange::RequireMember(_) => Ok(()),
            GroupChange::AddMembers(ids) => {
                self.joining += ids.len();
                Ok(())
            }
            GroupChange::ReplaceMembers(ids) => {
                self.joining = ids.len();
                Ok(())
            }
            GroupChange::ClearMembers => {
                self.joining = 0;
                Ok(())
            }
            GroupChange::RemoveMembers(_) => self.charge(self.joining / Self::LOOK_UPS),
            GroupChange::RemoveMatchingMembers(predicate) => {
                let parts = predicate.parts();
                self.tests += parts;
                if self.tests > MAX_NODES {
                    return Err(Error::too_many(format!(
                        "The filters of members have more than {MAX_NODES} parts in all."
                    )));
                }
                self.charge(self.joining.saturating_mul(parts))
            }
        }
    }

    fn charge(&mut self, cost: usize) -> Result<(), Error> {
        self.cost = self.cost.saturating_add(cost);
        if self.cost > MAX_COST {
            return Err(too_costly());
        }
        Ok(())
    }
}

fn split(
    resource_type: &ResourceType,
    operation: &Operation,
    change: Change<'_>,
    dialect: Dialect,
    changes: &mut Vec<GroupChange>,
) -> Result<(), Error> {
    let value = match change {
        Change::Add(value) | Change::Replace(value) => value.clone(),
        Change::Remove(_) => return Err(Error::no_target("A remove operation needs a path.")),
    };
    let mut others = Map::new();
    let mut of_members = Vec::new();
    for (name, value) in whole::members(resource_type, value, dialect)? {
        match whole::locate(resource_type, None, &name, dialect)? {
            Some(target) if is_members(&target) => {
                of_members.extend(plan_members(&target, change.with(&value), dialect)?);
            }
            Some(_) => {
                others.insert(name, value);
            }
            None => {}
        }
    }
    if !others.is_empty() {
        let value = Some(Value::Object(others));
        changes.push(GroupChange::Attributes(Operation {
            op: operation.op,
            path: None,
            value,
        }));
    }
    changes.extend(of_members);
    Ok(())
}

fn is_members(target: &Target<'_>) -> bool {
    match target {
        Target::Attribute(place) | Target::Element(place, _) => {
            place.extension.is_none() && place.attribute.name == "members"
        }
        Target::Whole | Target::Schemas | Target::Extension(_) => false,
    }
}

fn plan_members(
    target: &Target<'_>,
    change: Change<'_>,
    dialect: Dialect,
) -> Result<Option<GroupChange>, Error> {
    match target {
        Target::Attribute(Place {
            sub_attribute: None,
            ..
        }) => plan_list(change, dialect),
        Target::Attribute(Place {
            sub_attribute: Some(sub),
            ..
        }) => Err(match change {
            Change::Add(_) => {
                Error::invalid_path(format!("members.{} is in every member.", sub.name))
            }
            Change::Replace(_) | Change::Remove(_) => immutable(sub),
        }),
        Target::Element(place, selection) => plan_selected(place, selection, change, dialect),
        Target::Whole | Target::Schemas | Target::Extension(_) => Ok(None),
    }
}

fn immutable(sub: &Attribute) -> Error {
    Error::mutability(format!(
        "members.{} cannot be changed: add and remove members.",
        sub.name
    ))
}

/// R-PATCH-43 to R-PATCH-46.
fn plan_list(change: Change<'_>, dialect: Dialect) -> Result<Option<GroupChange>, Error> {
    Ok(match change {
        Change::Add(value) => some(member_ids(value, dialect)?, GroupChange::AddMembers),
        Change::Replace(value) => {
            let ids = member_ids(value, dialect)?;
            Some(if ids.is_empty() {
                GroupChange::ClearMembers
            } else {
                GroupChange::ReplaceMembers(ids)
            })
        }
        Change::Remove(None | Some(Value::Null)) => Some(GroupChange::ClearMembers),
        // An empty list names nobody; it never means everybody.
        Change::Remove(Some(value)) => {
            some(member_ids(value, dialect)?, GroupChange::RemoveMembers)
        }
    })
}

fn some(ids: Vec<String>, change: impl FnOnce(Vec<String>) -> GroupChange) -> Option<GroupChange> {
    (!ids.is_empty()).then(|| change(ids))
}

fn plan_selected(
    place: &Place<'_>,
    selection: &Selection,
    change: Change<'_>,
    dialect: Dialect,
) -> Result<Option<GroupChange>, Error> {
    let named = named_ids(&selection.filter);
    let (op, value) = match (change, place.sub_attribute) {
        (Change::Remove(_), None) => {
            return Ok(Some(match named {
                Some(ids) => GroupChange::RemoveMembers(ids),
                None => GroupChange::RemoveMatchingMembers(selection.predicate.clone()),
            }));
        }
        (Change::Remove(_), Some(sub)) => return Err(immutable(sub)),
        (Change::Add(value), _) => (Op::Add, value),
        (Change::Replace(value), _) => (Op::Replace, value),
    };
    let stated = match (place.sub_attribute, value) {
        (None, value) => member_ids(value, dialect)?,
        (Some(sub), Value::String(id)) if sub.name == "value" => vec![id.clone()],
        (Some(sub), _) => return Err(immutable(sub)),
    };
    match (named.as_deref(), stated.as_slice()) {
        (Some([named]), [stated]) if named == stated => {
            let id = named.clone();
            // Lenient, an `add` that selects nobody creates what the filter names (R-PATCH-28).
            Ok(Some(if op == Op::Add && dialect == Dialect::Lenient {
                GroupChange::AddMembers(vec![id])
            } else {
                GroupChange::RequireMember(id)
            }))
        }
        _ => Err(Error::mutability(
            "members cannot be changed: add and remove members.",
        )),
    }
}

/// The ids of a filter that is nothing but `value eq "…"`, or several such joined by `or`.
fn named_ids(filter: &Filter) -> Option<Vec<String>> {
    let mut ids = Vec::new();
    let mut open = vec![filter];
    while let Some(filter) = open.pop() {
        match filter {
            Filter::Or(any) => open.extend(any.iter().rev()),
            Filter::Compare(path, Operator::Eq, Literal::Text(id))
                if path.name.eq_ignore_ascii_case("value")
                    && path.urn.is_none()
                    && path.sub.is_none() =>
            {
                ids.push(id.clone());
            }
            _ => return None,
        }
    }
    Some(distinct(ids))
}

/// The ids in a value of `members`: an array of members or one member, each an object with a `value` or the id alone.
/// What else a member says (`display`, `type`, `$ref`) follows from whom it refers to (R-GRP-04). `null` has none.
///
/// # Errors
/// `InvalidValue` for a member without id.
pub fn member_ids(value: &Value, dialect: Dialect) -> Result<Vec<String>, Error> {
    let value = unwrapped(value, dialect);
    let members = match value.as_ref() {
        Value::Null => &[],
        Value::Array(members) => members.as_slice(),
        member => std::slice::from_ref(member),
    };
    members
        .iter()
        .map(|member| member_id(&unwrapped(member, dialect)))
        .collect::<Result<Vec<_>, _>>()
        .map(distinct)
}

/// What a string holds as JSON text, in the lenient dialect; without a copy where it holds none.
fn unwrapped(value: &Value, dialect: Dialect) -> Cow<'_, Value> {
    match value {
        Value::String(_) if dialect == Dialect::Lenient => Cow::Owned(from_text(value.clone())),
        value => Cow::Borrowed(value),
    }
}

fn member_id(entry: &Value) -> Result<String, Error> {
    let id = match entry {
        Value::Object(members) => member(members, "value"),
        id => Some(id),
    };
    match id {
        Some(Value::String(id)) if !id.trim().is_empty() => Ok(id.clone()),
        _ => Err(Error::invalid_value(
            "A member needs a value, the id of a user or group.",
        )),
    }
}

fn distinct(ids: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::with_capacity(ids.len());
    ids.into_iter()
        .filter(|id| seen.insert(id.clone()))
        .collect()
}
