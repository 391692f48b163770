//! What `PatchGroup` and `ReplaceGroup` have in common: both change a group that is there.

use std::sync::Arc;

use diesel_async::AsyncPgConnection;
use proto::group::v1::{self as pb, GroupView};
use scim::{dialect::Dialect, patch::Operation, schema::ResourceType};
use storage::postgres;
use tonic::Code;
use uuid::Uuid;

use super::{
    Service,
    written::{Addition, Written},
};
use crate::{
    administrators::Administrators,
    attributes::Attributes,
    delta::{Delta, Steps},
    edit::Edit,
    error::Error,
    groups::{self, Group},
    mutation::Mutation,
    references::{References, require_all},
    rules::Writer,
};

/// The group that is to change.
pub(super) struct Target {
    pub account_id: i64,
    pub id: Uuid,
    /// The etags of which it must have one; empty: any.
    pub etags: Vec<String>,
    /// How much of it is answered.
    pub view: GroupView,
}

/// What becomes of the attributes other than members.
pub(super) enum Change {
    /// Operations are applied to them, in order.
    Patch(Vec<Operation>, Dialect),
    /// These take their place; what is left out is cleared, unless it is fixed.
    Replace(Attributes),
}

impl Change {
    fn apply(&self, resource_type: &ResourceType, group: &Group) -> Result<Attributes, Error> {
        let before = group.attributes();
        match self {
            Change::Patch(operations, _) if operations.is_empty() => Ok(before),
            Change::Patch(operations, dialect) => {
                let mut resource = before.resource();
                scim::patch::apply(resource_type, &mut resource, operations, *dialect)?;
                Attributes::new(resource_type, resource)
            }
            Change::Replace(attributes) => {
                let (before, mut after) = (before.resource(), attributes.resource());
                scim::resource::keep_fixed(resource_type, &before, &mut after)?;
                Attributes::new(resource_type, after)
            }
        }
    }
}

/// What a request makes of a group: of its members, and of its other attributes.
pub(super) type Plan = (Steps, Change);

impl Service {
    /// Changes a group and its members, and answers with it. Where there is no such group, that comes before
    /// whatever the plan is refused for (RFC 7644 section 3.12).
    pub(super) async fn write(
        &self,
        target: Target,
        writer: Writer,
        plan: Result<Plan, Error>,
    ) -> Result<pb::Group, Error> {
        let prepared = match plan {
            Ok(plan) => self.prepare(&target, &writer, plan).await,
            Err(error) => Err(error),
        };
        let (change, delta, references) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => return Err(self.refusal(&target, error).await),
        };
        let account_id = target.account_id;
        let write = Write {
            target,
            change,
            resource_type: self.resource_type.clone(),
            delta,
            references,
            administrators: self.administrators(account_id, &writer),
            writer,
        };
        let written = self.commit(&write).await?;
        write.administrators.settle();
        self.finish(account_id, &write.writer, written).await
    }

    /// Finds out, before the transaction, what other services have to say.
    async fn prepare(
        &self,
        target: &Target,
        writer: &Writer,
        (steps, change): Plan,
    ) -> Result<(Change, Delta, References), Error> {
        let account_id = target.account_id;
        let references = self.references(account_id, &steps).await?;
        let delta = steps.delta(&references)?;
        let addition = Addition {
            account_id,
            group: Some(target.id),
            delta: &delta,
            references: &references,
            writer,
        };
        self.require_licenses(&addition).await?;
        Ok((change, delta, references))
    }

    /// What a request is refused for that fails before its group is looked up.
    async fn refusal(&self, target: &Target, error: Error) -> Error {
        let is_refused = match &error {
            Error::InvalidValue(_) | Error::Scim(_) | Error::NoLicense(_) => true,
            // So does a message that cannot be read fail.
            Error::Peer(status) => status.code() == Code::InvalidArgument,
            _ => false,
        };
        if !is_refused {
            return error;
        }
        match self.exists(target).await {
            Ok(true) => error,
            Ok(false) => Error::NotFound,
            Err(fault) => fault,
        }
    }

    async fn exists(&self, target: &Target) -> Result<bool, Error> {
        let mut connection = postgres::connect(&self.pool).await?;
        let found = groups::find(&mut connection, target.account_id, target.id).await?;
        Ok(found.is_some())
    }
}

/// Operations on members were made a delta, so that none reads the members there are.
struct Write {
    target: Target,
    change: Change,
    resource_type: Arc<ResourceType>,
    delta: Delta,
    references: References,
    writer: Writer,
    administrators: Administrators,
}

impl Mutation for Write {
    type Output = Written;

    async fn run(&self, connection: &mut AsyncPgConnection) -> Result<Written, Error> {
        let Target {
            account_id,
            id,
            etags,
            view,
        } = &self.target;
        let missing = self.references.lock(connection, *account_id).await?;
        let group = groups::lock(connection, *account_id, *id).await?;
        group.require(etags)?;
        require_all(missing)?;
        let edit = Edit {
            attributes: &self.change.apply(&self.resource_type, &group)?,
            delta: &self.delta,
            references: &self.references,
            writer: &self.writer,
            administrators: &self.administrators,
        };
        let edited = edit.apply(connection, group).await?;
        Written::load(connection, edited, *view).await
    }
}
