//! `ReplaceGroup`.

use diesel_async::AsyncPgConnection;
use proto::group::v1::{self as pb, GroupView};
use uuid::Uuid;

use super::{
    Service,
    answer::{self, Loaded},
    group_id,
};
use crate::{
    attributes::Attributes,
    delta::{Delta, Steps},
    edit::Edit,
    error::Error,
    groups,
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
        let writer = self.writer(account_id, request.actor).await?;
        let id = group_id(&request.id)?;
        let (attributes, members) = self.parse(request.group)?;
        let steps = Steps::exactly(members)?;
        let references = self.references(account_id, &steps).await?;
        let replace = Replace {
            account_id,
            id,
            etags: request.etags,
            attributes,
            delta: steps.delta(&references),
            references,
            writer,
            view,
        };
        let loaded = self.commit(&replace).await?;
        self.answer_write(loaded).await
    }
}

/// Replaces attributes and members; what the request leaves out is cleared.
struct Replace {
    account_id: i64,
    id: Uuid,
    etags: Vec<String>,
    attributes: Attributes,
    delta: Delta,
    references: References,
    writer: Writer,
    view: GroupView,
}

impl Mutation for Replace {
    type Output = Loaded;

    async fn run(&self, connection: &mut AsyncPgConnection) -> Result<Loaded, Error> {
        let missing = self.references.lock(connection, self.account_id).await?;
        let group = groups::lock(connection, self.account_id, self.id).await?;
        group.require(&self.etags)?;
        require_all(missing)?;
        let edit = Edit {
            attributes: &self.attributes,
            delta: &self.delta,
            references: &self.references,
            writer: &self.writer,
        };
        let group = edit.apply(connection, group).await?;
        answer::load(connection, self.account_id, vec![group], self.view).await
    }
}
