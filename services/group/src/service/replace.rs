//! `ReplaceGroup`.

use proto::{enumeration, group::v1 as pb};

use super::{
    Service, group_id,
    write::{Change, Plan, Target},
};
use crate::{delta::Steps, error::Error};

impl Service {
    pub(super) async fn replace(
        &self,
        request: pb::ReplaceGroupRequest,
    ) -> Result<pb::Group, Error> {
        let account_id = request.account_id;
        let view = enumeration::read("view", request.view)?;
        let target = Target {
            account_id,
            id: group_id(&request.id)?,
            etags: request.etags,
            view,
        };
        let group = request.group.unwrap_or_default();
        let writer = self.writer(account_id, request.actor).await?;
        let plan = self.replacement(group);
        self.write(target, writer, plan).await
    }

    fn replacement(&self, group: pb::Group) -> Result<Plan, Error> {
        let (attributes, members) = self.parse(group)?;
        Ok((Steps::exactly(members)?, Change::Replace(attributes)))
    }
}
