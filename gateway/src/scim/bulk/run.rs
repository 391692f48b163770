//! Runs the operations of a bulk request, one after the other.

use std::time::Duration;

use http::StatusCode;
use proto::protocol::v1::ErrorReason as Reason;

use super::{
    entry::{Done, Entry},
    operation::Operation,
    order::order,
    plan::{self, Names, Referent},
    references::{Form, visit},
    task::{Method, Task},
};
use crate::{auth::ScimCaller, error::Fault, scim::response::BaseUrl, state::Gateway};

/// The time that must be left to begin an operation: one that is cut off leaves the client in doubt.
pub(super) const TIME_FOR_ONE: Duration = Duration::from_secs(3);

/// A bulk request being handled.
pub(super) struct Run<'a> {
    pub(super) gateway: &'a Gateway,
    pub(super) caller: &'a ScimCaller,
    pub(super) base: BaseUrl,
    pub(super) operations: Vec<Operation>,
    pub(super) names: Names,
    /// What has become of each operation; none: nothing yet.
    pub(super) outcomes: Vec<Option<Result<Done, Fault>>>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        gateway: &'a Gateway,
        caller: &'a ScimCaller,
        base: BaseUrl,
        operations: Vec<Operation>,
    ) -> Run<'a> {
        Run {
            gateway,
            caller,
            base,
            names: Names::new(&operations),
            outcomes: vec![None; operations.len()],
            operations,
        }
    }

    /// The entries of the operations that were tried, in the order of the request: all, or those until so
    /// many had failed.
    pub(super) async fn all(mut self, fail_on_errors: Option<usize>) -> Vec<Entry> {
        let dialect = self.caller.dialect;
        let nodes = plan::nodes(&mut self.operations, &self.names, self.gateway, dialect);
        let mut failed = 0;
        for unit in order(&nodes) {
            match unit[..] {
                [one] if !nodes[one].needs.contains(&one) => {
                    self.outcomes[one] = Some(self.one(one).await);
                }
                _ => self.circle(&unit).await,
            }
            let outcomes = unit.iter().map(|index| &self.outcomes[*index]);
            failed += outcomes.filter(|it| matches!(it, Some(Err(_)))).count();
            if fail_on_errors.is_some_and(|limit| failed >= limit) {
                break;
            }
        }
        self.entries()
    }

    async fn one(&self, index: usize) -> Result<Done, Fault> {
        let task = self.operations[index].task.clone()?;
        check_time(TIME_FOR_ONE)?;
        self.send(task).await
    }

    /// Handles a request whose references can all be resolved.
    pub(super) async fn send(&self, mut task: Task) -> Result<Done, Fault> {
        self.resolve(&mut task)?;
        let (method, target) = (task.method, task.target.clone());
        let endpoint = &task.kind.resource_type(self.gateway).endpoint;
        let response = task.send(self.gateway, self.caller).await?;
        let mut done = Done::of(&response);
        if method != Method::Post {
            done.location = self.base.location(endpoint, &target);
            done.id = target;
        }
        Ok(done)
    }

    /// Puts ids in the place of references.
    fn resolve(&self, task: &mut Task) -> Result<(), Fault> {
        let resource_type = task.kind.resource_type(self.gateway);
        let mut fault = None;
        visit(
            task,
            resource_type,
            self.caller.dialect,
            &mut |text, form| {
                let Some(bulk_id) = form.bulk_id(text).map(str::to_owned) else {
                    return;
                };
                match self.referent(&bulk_id, &resource_type.endpoint) {
                    Ok((id, location)) => form.resolve(text, &id, &location),
                    Err(unresolved) => fault = Some(unresolved),
                }
            },
        );
        fault.map_or(Ok(()), Err)
    }

    /// The id and the URL of what a `bulkId` stands for.
    fn referent(&self, bulk_id: &str, endpoint: &str) -> Result<(String, String), Fault> {
        match self.names.get(bulk_id) {
            Some(Referent::Existing(id)) => Ok((id.clone(), self.base.location(endpoint, id))),
            Some(Referent::Created(index)) => match &self.outcomes[*index] {
                Some(Ok(done)) => Ok((done.id.clone(), done.location.clone())),
                _ => Err(refers_to_failed(bulk_id)),
            },
            None => {
                let detail = format!("No operation has the bulkId {bulk_id:?}.");
                Err(Fault::of(Reason::InvalidValue, detail))
            }
        }
    }

    fn entries(self) -> Vec<Entry> {
        let locations: Vec<_> = self.operations.iter().map(|it| self.location(it)).collect();
        let known = self.operations.into_iter().zip(locations);
        let tried = known.zip(self.outcomes);
        let entry = |((operation, location), outcome): (_, Option<_>)| {
            Some(Entry::new(operation, location, outcome?))
        };
        tried.filter_map(entry).collect()
    }

    /// The URL of the resource that an operation was to change, as far as it is known.
    fn location(&self, operation: &Operation) -> Option<String> {
        let task = operation.task.as_ref().ok()?;
        if task.method == Method::Post {
            return None;
        }
        let endpoint = &task.kind.resource_type(self.gateway).endpoint;
        let id = match Form::Id.bulk_id(&task.target) {
            None => task.target.clone(),
            Some(bulk_id) => self.referent(bulk_id, endpoint).ok()?.0,
        };
        Some(self.base.location(endpoint, &id))
    }
}

/// 503 where less time is left than that, before the request as a whole is given up.
pub(super) fn check_time(needed: Duration) -> Result<(), Fault> {
    let left = chassis::deadline::remaining();
    if left.is_none_or(|left| left >= needed) {
        return Ok(());
    }
    let detail = "There was no time left for this operation; send it again.";
    Err(Fault::of(Reason::DependencyUnavailable, detail))
}

/// 409 for a reference to an operation that failed (R-BULK-09).
pub(super) fn refers_to_failed(bulk_id: &str) -> Fault {
    let detail = format!("The operation with the bulkId {bulk_id:?} has failed.");
    Fault::new(StatusCode::CONFLICT, detail)
}
