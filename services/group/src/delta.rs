//! The change of a group's members that a request asks for.

use directory::id;
use std::collections::{HashMap, HashSet};

use proto::group::v1::MemberType;
use scim::{
    filter::{Predicate, matches_element},
    members::GroupChange,
    patch::Operation,
};
use serde_json::json;
use uuid::Uuid;

use crate::{error::Error, references::References};

#[cfg(test)]
mod tests;

/// What a series of member operations comes to, so that it takes the same few statements however long
/// the series and however large the group: the members in `added` are so in the end, whatever they were;
/// of all others those go that `cleared`, `removed` or `matching` says.
#[derive(Debug, Default, Clone)]
pub(crate) struct Delta {
    /// Whether all that are there go.
    pub cleared: bool,
    /// Those that go.
    pub removed: HashSet<Uuid>,
    /// Those that go, by what they are: the filters of the series, in order.
    pub matching: Vec<Predicate>,
    /// Those that are members in the end, in order.
    pub added: Vec<Uuid>,
    /// Those that must be members before, else there is nothing to change.
    pub required: Vec<Required>,
}

/// One that must be a member when its step comes, and that no step before has put there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Required {
    pub id: Uuid,
    /// How many filters of the series come before; none of them may match it.
    pub after: usize,
}

impl Delta {
    /// The one predicate of those that go by what they are; none: all go, or nobody by that.
    pub(crate) fn matching(&self) -> Option<Predicate> {
        let several = self.matching.len() > 1;
        let first = self.matching.first().filter(|_| !self.cleared)?;
        Some(if several {
            Predicate::Or(self.matching.clone())
        } else {
            first.clone()
        })
    }

    /// Whether those that must be members were so when their steps came, given which of them are members
    /// before the first step, and what each is.
    pub(crate) fn is_met(&self, present: &HashMap<Uuid, MemberType>) -> bool {
        self.required.iter().all(|required| {
            let before = &self.matching[..required.after];
            present.get(&required.id).is_some_and(|member_type| {
                let mut before = before.iter();
                !before.any(|predicate| selects(predicate, required.id, *member_type))
            })
        })
    }
}

/// Whether a filter on members selects one.
fn selects(predicate: &Predicate, id: Uuid, member_type: MemberType) -> bool {
    let kind = match member_type {
        MemberType::Group => "Group",
        MemberType::User | MemberType::Unspecified => "User",
    };
    matches_element(predicate, &json!({"value": id.to_string(), "type": kind}))
}

/// One step; the steps of a request are taken in order.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Add(Vec<Uuid>),
    Remove(HashSet<Uuid>),
    RemoveMatching(Predicate),
    Clear,
    Require(Uuid),
}

/// The steps of a request, and every id it would add.
#[derive(Debug, Default, Clone)]
pub(crate) struct Steps {
    steps: Vec<Step>,
    /// Each once, also those that a later step removes: they must exist all the same.
    pub named: Vec<Uuid>,
    seen: HashSet<Uuid>,
    /// The first id to add that has not the form of one.
    pub malformed: Option<String>,
}

impl Steps {
    /// The members that a new or replaced group shall have.
    pub(crate) fn exactly(members: impl IntoIterator<Item = String>) -> Result<Steps, Error> {
        let mut steps = Steps::default();
        steps.push(GroupChange::ReplaceMembers(members.into_iter().collect()))?;
        Ok(steps)
    }

    /// The members that shall join.
    pub(crate) fn adding(members: impl IntoIterator<Item = String>) -> Result<Steps, Error> {
        let mut steps = Steps::default();
        steps.push(GroupChange::AddMembers(members.into_iter().collect()))?;
        Ok(steps)
    }

    /// The steps of a PATCH, apart from its operations on other attributes.
    pub(crate) fn of_patch(changes: Vec<GroupChange>) -> Result<(Steps, Vec<Operation>), Error> {
        let mut steps = Steps::default();
        let mut operations = Vec::new();
        for change in changes {
            match change {
                GroupChange::Attributes(operation) => operations.push(operation),
                change => steps.push(change)?,
            }
        }
        Ok((steps, operations))
    }

    fn push(&mut self, change: GroupChange) -> Result<(), Error> {
        match change {
            GroupChange::Attributes(_) => {}
            GroupChange::AddMembers(members) => {
                let members = self.name(members)?;
                self.steps.push(Step::Add(members));
            }
            GroupChange::ReplaceMembers(members) => {
                let members = self.name(members)?;
                self.steps.extend([Step::Clear, Step::Add(members)]);
            }
            GroupChange::ClearMembers => self.steps.push(Step::Clear),
            // What is no id is no member, so its removal is done.
            GroupChange::RemoveMembers(members) => {
                let members = members.iter().filter_map(|id| id::parse(id)).collect();
                self.steps.push(Step::Remove(members));
            }
            GroupChange::RemoveMatchingMembers(predicate) => {
                // Refuses now what rows cannot be matched by.
                crate::columns::on_members(&predicate)?;
                self.steps.push(Step::RemoveMatching(predicate));
            }
            GroupChange::RequireMember(member) => {
                let member = id::parse(&member).ok_or_else(no_such_member)?;
                self.steps.push(Step::Require(member));
            }
        }
        Ok(())
    }

    fn name(&mut self, members: Vec<String>) -> Result<Vec<Uuid>, Error> {
        let mut parsed = Vec::with_capacity(members.len());
        for member in members {
            if member.is_empty() {
                return Err(Error::InvalidValue("a member must have a value".to_owned()));
            }
            match id::parse(&member) {
                Some(id) => parsed.push(id),
                None => {
                    self.malformed.get_or_insert(member);
                }
            }
        }
        let new = parsed.iter().filter(|id| self.seen.insert(**id));
        self.named.extend(new);
        Ok(parsed)
    }

    /// What the steps come to, given which of the named ids are groups.
    ///
    /// # Errors
    /// `NoTarget`: somebody who has to be a member was removed by a step before.
    pub(crate) fn delta(&self, references: &References) -> Result<Delta, Error> {
        let mut delta = Delta::default();
        let mut joined = HashSet::new();
        for step in &self.steps {
            match step {
                Step::Add(members) => {
                    delta
                        .added
                        .extend(members.iter().filter(|id| joined.insert(**id)));
                }
                Step::Remove(members) => {
                    delta.added.retain(|id| !members.contains(id));
                    joined.retain(|id| !members.contains(id));
                    delta.removed.extend(members);
                }
                Step::RemoveMatching(predicate) => {
                    delta
                        .added
                        .retain(|id| !selects(predicate, *id, references.member_type(*id)));
                    joined = delta.added.iter().copied().collect();
                    delta.matching.push(predicate.clone());
                }
                Step::Clear => {
                    delta.cleared = true;
                    delta.removed.clear();
                    delta.added.clear();
                    joined.clear();
                }
                Step::Require(id) if joined.contains(id) => {}
                Step::Require(id) if delta.cleared || delta.removed.contains(id) => {
                    return Err(no_such_member());
                }
                Step::Require(id) => delta.required.push(Required {
                    id: *id,
                    after: delta.matching.len(),
                }),
            }
        }
        delta.removed.retain(|id| !joined.contains(id));
        Ok(delta)
    }
}

/// RFC 7644 section 3.5.2.3: a value path that selects nobody.
pub(crate) fn no_such_member() -> Error {
    scim::error::Error::no_target("No value of members matches the filter.").into()
}
