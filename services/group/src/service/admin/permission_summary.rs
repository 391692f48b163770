//! `GetPermissionSummary`.

use proto::group::v1 as pb;
use storage::postgres;

use super::Service;
use crate::{administrators, error::Error, permissions};

impl Service {
    pub(super) async fn permission_summary(
        &self,
        request: pb::GetPermissionSummaryRequest,
    ) -> Result<pb::PermissionSummary, Error> {
        let account_id = request.account_id;
        proto::request::account(account_id)?;
        let (account, active) = futures::try_join!(
            self.settings.account(account_id),
            self.licenses.administrators(account_id)
        )?;
        let kept_out = account.protect_permission_groups;
        let mut connection = postgres::connect(&self.pool).await?;
        let (has_managed_group, has_manual_group) =
            permissions::holders(&mut connection, account_id).await?;
        let has_pushable_administrator = !active.is_empty()
            && administrators::pushable(&mut connection, account_id, &active, kept_out).await?;
        Ok(pb::PermissionSummary {
            has_managed_group,
            has_manual_group,
            has_pushable_administrator,
        })
    }
}
