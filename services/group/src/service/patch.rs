//! `PatchGroup`.

use proto::group::v1 as pb;
use scim::patch::Operation;

use super::{
    Service, group_id, require_account,
    write::{Change, Target},
};
use crate::{delta::Steps, error::Error, rules::Writer};

impl Service {
    pub(super) async fn patch(&self, request: pb::PatchGroupRequest) -> Result<pb::Group, Error> {
        let (account_id, view) = (request.account_id, request.view());
        require_account(account_id)?;
        let actor = proto::actor::required(request.actor)?;
        let target = Target {
            account_id,
            id: group_id(&request.id)?,
            etags: request.etags,
            view,
        };
        let account = self.settings.account(account_id).await?;
        let writer = Writer::of_account(actor, &account);
        let operations = request.operations.into_iter().map(proto::patch::from_pb);
        let operations = operations.collect::<Result<Vec<Operation>, _>>()?;
        let plan = scim::members::plan(&self.resource_type, &operations, account.dialect)?;
        let (steps, operations) = Steps::of_patch(plan)?;
        let change = Change::Patch(operations, account.dialect);
        self.write(target, writer, &steps, change).await
    }
}
