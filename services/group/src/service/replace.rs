//! `ReplaceGroup`.

use proto::group::v1 as pb;

use super::{
    Service, group_id,
    write::{Change, Target},
};
use crate::{delta::Steps, error::Error};

impl Service {
    pub(super) async fn replace(
        &self,
        request: pb::ReplaceGroupRequest,
    ) -> Result<pb::Group, Error> {
        let (account_id, view) = (request.account_id, request.view());
        let target = Target {
            account_id,
            id: group_id(&request.id)?,
            etags: request.etags,
            view,
        };
        let (attributes, members) = self.parse(request.group)?;
        let adds = !members.is_empty();
        let writer = self.writer(account_id, request.actor, adds).await?;
        let steps = Steps::exactly(members)?;
        self.write(target, writer, &steps, Change::Replace(attributes))
            .await
    }
}
