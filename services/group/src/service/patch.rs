//! `PatchGroup`.

use chassis::work;
use proto::{enumeration, group::v1 as pb, protocol::v1::PatchOperation};
use scim::dialect::Dialect;

use super::{
    Service, group_id,
    write::{Change, Plan, Target},
};
use crate::{delta::Steps, error::Error, rules::Writer};

impl Service {
    pub(super) async fn patch(&self, request: pb::PatchGroupRequest) -> Result<pb::Group, Error> {
        let account_id = request.account_id;
        let view = enumeration::read("view", request.view)?;
        proto::request::account(account_id)?;
        let actor = proto::actor::required(request.actor)?;
        let target = Target {
            account_id,
            id: group_id(&request.id)?,
            etags: request.etags,
            view,
        };
        let account = self.settings.account(account_id).await?;
        let writer = Writer::of_account(actor, &account);
        let plan = self.plan(request.operations, account.dialect).await;
        self.write(target, writer, plan).await
    }

    async fn plan(&self, operations: Vec<PatchOperation>, dialect: Dialect) -> Result<Plan, Error> {
        let texts = operations.iter().filter_map(|one| one.value_json.as_ref());
        let bytes: usize = texts.map(String::len).sum();
        let resource_type = self.resource_type.clone();
        let plan = work::run(bytes / 32, move || {
            let operations = proto::patch::all_from_pb(operations)?;
            let changes = scim::members::plan(&resource_type, &operations, dialect)?;
            Steps::of_patch(changes)
        });
        let (steps, others) = plan.await?;
        Ok((steps, Change::Patch(others, dialect)))
    }
}
