//! Operations that refer to each other in a circle (RFC 7644 section 3.7.1).

use ::scim::{Map, schema::ResourceType};
use http::StatusCode;
use serde_json::{Value, json};

use super::{
    plan::Referent,
    references::visit_resource,
    run::{Run, TIME_FOR_ONE, check_time, refers_to_failed},
    task::{Method, Task, patch_message},
};
use crate::{error::Fault, scim::kind::Kind};

/// Which operation failed, and why.
type Failure = (usize, Fault);

impl Run<'_> {
    /// Runs a circle as one: first every resource without what it cannot refer to yet, then the rest of each.
    /// If one of them fails all do, and what was created for them goes again: each refers to the others.
    pub(super) async fn circle(&mut self, members: &[usize]) {
        let is_group = |index: &usize| {
            let task = self.operations[*index].task.as_ref();
            task.is_ok_and(|task| task.kind == Kind::Group)
        };
        // Nothing need be tried for that.
        if members.iter().all(is_group) {
            let fault = Fault::new(StatusCode::CONFLICT, "Groups cannot contain each other.");
            for member in members {
                self.outcomes[*member] = Some(Err(fault.clone()));
            }
            return;
        }
        let Err((culprit, fault)) = self.close(members).await else {
            return;
        };
        self.undo(members).await;
        let bulk_id = self.operations[culprit].bulk_id.clone().unwrap_or_default();
        for member in members {
            let fault = if *member == culprit {
                fault.clone()
            } else {
                refers_to_failed(&bulk_id)
            };
            self.outcomes[*member] = Some(Err(fault));
        }
    }

    async fn close(&mut self, members: &[usize]) -> Result<(), Failure> {
        // As much again for the second round as for the first, and for undoing it all.
        let third = chassis::deadline::remaining().unwrap_or_default() / 3;
        let mut rest = Vec::new();
        for index in members.iter().copied() {
            let failed = |fault| (index, fault);
            let mut task = self.operations[index].task.clone().map_err(failed)?;
            let kind = task.kind;
            let patch = self.set_aside(&mut task);
            check_time(TIME_FOR_ONE.max(third * 2)).map_err(failed)?;
            let done = self.send(task).await.map_err(failed)?;
            rest.push((index, kind, patch));
            self.outcomes[index] = Some(Ok(done));
        }
        for (index, kind, patch) in rest.into_iter().filter(|(_, _, patch)| !patch.is_empty()) {
            let Some(Some(Ok(created))) = self.outcomes.get(index) else {
                continue;
            };
            let task = Task {
                method: Method::Patch,
                kind,
                target: created.id.clone(),
                version: None,
                data: patch_message(patch),
            };
            let failed = |fault| (index, fault);
            check_time(third).map_err(failed)?;
            let done = self.send(task).await.map_err(failed)?;
            if let Some(Ok(created)) = &mut self.outcomes[index] {
                created.version = done.version;
            }
        }
        Ok(())
    }

    /// Takes the attributes out of a representation that refer to what is not there yet, and makes
    /// operations of them.
    fn set_aside(&self, task: &mut Task) -> Vec<Value> {
        let resource_type = task.kind.resource_type(self.gateway);
        let is_schema = |name: &str| {
            resource_type.extension(name).is_some()
                || name.eq_ignore_ascii_case(&resource_type.schema.id)
        };
        let mut operations = Vec::new();
        let mut later = |path: String, value: Value| {
            operations.push(json!({"op": "add", "path": path, "value": value}));
        };
        for (name, value) in std::mem::take(&mut task.data) {
            match value {
                Value::Object(members) if is_schema(&name) => {
                    let mut kept = Map::new();
                    for (member, value) in members {
                        let alone = json!({ member.as_str(): value });
                        if self.refers_ahead(&name, &alone, resource_type) {
                            later(format!("{name}:{member}"), value);
                        } else {
                            kept.insert(member, value);
                        }
                    }
                    task.data.insert(name, Value::Object(kept));
                }
                value if self.refers_ahead(&name, &value, resource_type) => later(name, value),
                value => {
                    task.data.insert(name, value);
                }
            }
        }
        operations
    }

    /// Whether an attribute refers to an operation that has not run yet.
    fn refers_ahead(&self, name: &str, value: &Value, resource_type: &ResourceType) -> bool {
        let mut resource = Map::from_iter([(name.to_owned(), value.clone())]);
        let mut ahead = false;
        let dialect = self.caller.dialect;
        visit_resource(&mut resource, resource_type, dialect, &mut |text, form| {
            let referent = form
                .bulk_id(text)
                .and_then(|bulk_id| self.names.get(bulk_id));
            if let Some(Referent::Created(index)) = referent {
                ahead |= self.outcomes[*index].is_none();
            }
        });
        ahead
    }

    /// Deletes what a circle created. What was there before and was only linked stays: its owner did not
    /// ask for its deletion.
    async fn undo(&self, members: &[usize]) {
        for index in members {
            let (Ok(task), Some(Some(Ok(done)))) =
                (&self.operations[*index].task, self.outcomes.get(*index))
            else {
                continue;
            };
            if !done.is_new {
                continue;
            }
            let task = Task {
                method: Method::Delete,
                kind: task.kind,
                target: done.id.clone(),
                version: None,
                data: Map::new(),
            };
            if let Err(fault) = self.send(task).await {
                let status = fault.status.as_u16();
                tracing::warn!(status, "what a failed bulk operation created remains");
            }
        }
    }
}
