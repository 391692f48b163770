//! What the operations of a bulk request refer to.

use std::collections::{HashMap, HashSet};

use ::scim::dialect::Dialect;

use super::{
    operation::Operation,
    order::{Key, Node},
    references::{Form, visit},
    task::{Method, Task},
};
use crate::state::Gateway;

/// What a `bulkId` stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Referent {
    /// What that operation creates.
    Created(usize),
    /// The resource of that id: its operation writes one that is there already.
    Existing(String),
}

/// The meaning of every `bulkId` of the request.
#[derive(Debug)]
pub(super) struct Names(HashMap<String, Referent>);

impl Names {
    pub(super) fn new(operations: &[Operation]) -> Names {
        let mut names = Names(HashMap::new());
        let mut aliases = Vec::new();
        for (index, operation) in operations.iter().enumerate() {
            let Some(bulk_id) = operation.bulk_id.clone() else {
                continue;
            };
            match &operation.task {
                Ok(task) if task.method != Method::Post => aliases.push((bulk_id, &task.target)),
                _ => {
                    names.0.insert(bulk_id, Referent::Created(index));
                }
            }
        }
        // The name of an operation on what another creates; one that is named by itself stands for nothing.
        let mut targets: HashMap<&str, &str> = aliases
            .iter()
            .map(|(bulk_id, target)| (bulk_id.as_str(), target.as_str()))
            .collect();
        for (bulk_id, _) in &aliases {
            names.resolve(&mut targets, bulk_id);
        }
        names
    }

    /// Follows a name, and those that it leads to, up to what they stand for. Each is taken out of `targets`, so that it
    /// is followed once, however many lead to it.
    fn resolve<'a>(&mut self, targets: &mut HashMap<&'a str, &'a str>, bulk_id: &'a str) {
        let (mut bulk_id, mut followed) = (bulk_id, Vec::new());
        let referent = loop {
            if let Some(known) = self.0.get(bulk_id) {
                break Some(known.clone());
            }
            let Some(target) = targets.remove(bulk_id) else {
                break None;
            };
            followed.push(bulk_id);
            match Form::Id.bulk_id(target) {
                Some(next) => bulk_id = next,
                None => break Some(Referent::Existing(target.to_owned())),
            }
        };
        if let Some(referent) = referent {
            let names = followed.into_iter().map(str::to_owned);
            self.0.extend(names.map(|name| (name, referent.clone())));
        }
    }

    /// `None`: no operation has this `bulkId`.
    pub(super) fn get(&self, bulk_id: &str) -> Option<&Referent> {
        self.0.get(bulk_id)
    }
}

/// What each operation reads and writes.
pub(super) fn nodes(
    operations: &mut [Operation],
    names: &Names,
    gateway: &Gateway,
    dialect: Dialect,
) -> Vec<Node> {
    let node = |operation: &mut Operation| match &mut operation.task {
        Ok(task) => node(task, names, gateway, dialect),
        Err(_) => Node::default(),
    };
    operations.iter_mut().map(node).collect()
}

fn node(task: &mut Task, names: &Names, gateway: &Gateway, dialect: Dialect) -> Node {
    let mut keys = Vec::new();
    let resource_type = task.kind.resource_type(gateway);
    visit(task, resource_type, dialect, &mut |text, form| {
        let key = match form.bulk_id(text) {
            None => Some(Key::Existing(form.id(text).to_ascii_lowercase())),
            Some(bulk_id) => names.get(bulk_id).map(|referent| match referent {
                Referent::Created(index) => Key::Created(*index),
                Referent::Existing(id) => Key::Existing(id.to_ascii_lowercase()),
            }),
        };
        keys.push(key);
    });
    // The target is shown first.
    let target = (task.method != Method::Post && !keys.is_empty()).then(|| keys.remove(0));
    let mentions: HashSet<Key> = keys.into_iter().flatten().collect();
    let target = target.flatten();
    let needs = mentions.iter().chain(&target).filter_map(|key| match key {
        Key::Created(index) => Some(*index),
        Key::Existing(_) => None,
    });
    Node {
        needs: needs.collect(),
        mentions: mentions.into_iter().collect(),
        target,
    }
}

#[cfg(test)]
mod tests;
