//! `PatchGroup`.

use std::sync::Arc;

use diesel_async::AsyncPgConnection;
use proto::group::v1::{self as pb, GroupView};
use scim::{dialect::Dialect, patch::Operation, schema::ResourceType};
use uuid::Uuid;

use super::{
    Service, group_id, require_account,
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

impl Service {
    pub(super) async fn patch(&self, request: pb::PatchGroupRequest) -> Result<pb::Group, Error> {
        let (account_id, view) = (request.account_id, request.view());
        require_account(account_id)?;
        let actor = proto::actor::required(request.actor)?;
        let id = group_id(&request.id)?;
        let account = self.settings.account(account_id).await?;
        let writer = Writer::of_account(actor, &account);
        let operations = request.operations.into_iter().map(proto::patch::from_pb);
        let operations = operations.collect::<Result<Vec<Operation>, _>>()?;
        let plan = scim::members::plan(&self.resource_type, &operations, account.dialect)?;
        let (steps, operations) = Steps::of_patch(plan)?;
        let references = self.references(account_id, &steps).await?;
        let patch = Patch {
            account_id,
            id,
            etags: request.etags,
            operations,
            delta: steps.delta(&references),
            references,
            administrators: self.administrators(account_id, &writer),
            writer,
            dialect: account.dialect,
            resource_type: self.resource_type.clone(),
            view,
        };
        let addition = Addition {
            account_id,
            group: Some(id),
            delta: &patch.delta,
            references: &patch.references,
            writer: &patch.writer,
        };
        self.require_licenses(&addition).await?;
        let written = self.commit(&patch).await?;
        patch.administrators.settle();
        self.finish(account_id, &patch.writer, written).await
    }
}

/// Applies operations; those on members were made a delta, so that none reads the members there are.
struct Patch {
    account_id: i64,
    id: Uuid,
    etags: Vec<String>,
    /// The operations on other attributes.
    operations: Vec<Operation>,
    delta: Delta,
    references: References,
    writer: Writer,
    administrators: Administrators,
    dialect: Dialect,
    resource_type: Arc<ResourceType>,
    view: GroupView,
}

impl Mutation for Patch {
    type Output = Written;

    async fn run(&self, connection: &mut AsyncPgConnection) -> Result<Written, Error> {
        let missing = self.references.lock(connection, self.account_id).await?;
        let group = groups::lock(connection, self.account_id, self.id).await?;
        group.require(&self.etags)?;
        require_all(missing)?;
        let edit = Edit {
            attributes: &self.attributes(&group)?,
            delta: &self.delta,
            references: &self.references,
            writer: &self.writer,
            administrators: &self.administrators,
        };
        let edited = edit.apply(connection, group).await?;
        Written::load(connection, edited, self.view).await
    }
}

impl Patch {
    fn attributes(&self, group: &Group) -> Result<Attributes, Error> {
        let before = group.attributes();
        if self.operations.is_empty() {
            return Ok(before);
        }
        let mut resource = before.resource();
        scim::patch::apply(
            &self.resource_type,
            &mut resource,
            &self.operations,
            self.dialect,
        )?;
        Attributes::new(&self.resource_type, resource)
    }
}
