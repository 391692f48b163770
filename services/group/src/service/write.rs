//! What `PatchGroup` and `ReplaceGroup` have in common: both change a group that is there.

use std::sync::Arc;

use diesel_async::AsyncPgConnection;
use proto::group::v1::{self as pb, GroupView};
use scim::{dialect::Dialect, patch::Operation, schema::ResourceType};
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

impl Service {
    /// Changes a group and its members, and answers with it.
    pub(super) async fn write(
        &self,
        target: Target,
        writer: Writer,
        steps: &Steps,
        change: Change,
    ) -> Result<pb::Group, Error> {
        let account_id = target.account_id;
        let references = self.references(account_id, steps).await?;
        let write = Write {
            target,
            change,
            resource_type: self.resource_type.clone(),
            delta: steps.delta(&references)?,
            references,
            administrators: self.administrators(account_id, &writer),
            writer,
        };
        let addition = Addition {
            account_id,
            group: Some(write.target.id),
            delta: &write.delta,
            references: &write.references,
            writer: &write.writer,
        };
        self.require_licenses(&addition).await?;
        let written = self.commit(&write).await?;
        write.administrators.settle();
        self.finish(account_id, &write.writer, written).await
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
