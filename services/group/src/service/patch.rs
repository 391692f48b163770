//! `PatchGroup`.

use proto::{enumeration, group::v1 as pb};
use scim::{dialect::Dialect, patch::Operation};

use super::{
    Service, group_id, require_account,
    write::{Change, Plan, Target},
};
use crate::{delta::Steps, error::Error, rules::Writer};

impl Service {
    pub(super) async fn patch(&self, request: pb::PatchGroupRequest) -> Result<pb::Group, Error> {
        let account_id = request.account_id;
        let view = enumeration::read("view", request.view)?;
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
        let plan = self.plan(&operations, account.dialect);
        self.write(target, writer, plan).await
    }

    fn plan(&self, operations: &[Operation], dialect: Dialect) -> Result<Plan, Error> {
        let changes = scim::members::plan(&self.resource_type, operations, dialect)?;
        let (steps, others) = Steps::of_patch(changes)?;
        Ok((steps, Change::Patch(others, dialect)))
    }
}
