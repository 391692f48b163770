//! `ReplaceGroup`.

use std::sync::Arc;

use diesel_async::AsyncPgConnection;
use proto::group::v1::{self as pb, GroupView};
use scim::schema::ResourceType;
use uuid::Uuid;

use super::{
    Service, group_id,
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
    pub(super) async fn replace(
        &self,
        request: pb::ReplaceGroupRequest,
    ) -> Result<pb::Group, Error> {
        let (account_id, view) = (request.account_id, request.view());
        let id = group_id(&request.id)?;
        let (attributes, members) = self.parse(request.group)?;
        let adds = !members.is_empty();
        let writer = self.writer(account_id, request.actor, adds).await?;
        let steps = Steps::exactly(members)?;
        let references = self.references(account_id, &steps).await?;
        let replace = Replace {
            account_id,
            id,
            etags: request.etags,
            attributes,
            resource_type: self.resource_type.clone(),
            delta: steps.delta(&references),
            references,
            administrators: self.administrators(account_id, &writer),
            writer,
            view,
        };
        let addition = Addition {
            account_id,
            group: Some(id),
            delta: &replace.delta,
            references: &replace.references,
            writer: &replace.writer,
        };
        self.require_licenses(&addition).await?;
        let written = self.commit(&replace).await?;
        replace.administrators.settle();
        self.finish(account_id, &replace.writer, written).await
    }
}

/// Replaces attributes and members; what the request leaves out is cleared, unless it is fixed.
struct Replace {
    account_id: i64,
    id: Uuid,
    etags: Vec<String>,
    attributes: Attributes,
    resource_type: Arc<ResourceType>,
    delta: Delta,
    references: References,
    writer: Writer,
    administrators: Administrators,
    view: GroupView,
}

impl Mutation for Replace {
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

impl Replace {
    fn attributes(&self, group: &Group) -> Result<Attributes, Error> {
        let (before, mut after) = (group.attributes().resource(), self.attributes.resource());
        scim::resource::keep_fixed(&self.resource_type, &before, &mut after)?;
        Attributes::new(&self.resource_type, after)
    }
}
