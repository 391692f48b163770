//! The deliveries that were given up, for the administrator.

use proto::identity::v1 as pb;
use storage::postgres;

use super::{Identity, account, invite::page_size};
use crate::{delivery, error::Error};

impl Identity {
    pub(super) async fn dead_deliveries(
        &self,
        request: pb::ListDeadDeliveriesRequest,
    ) -> Result<pb::ListDeadDeliveriesResponse, Error> {
        let account_id = account(request.account_id)?;
        let limit = page_size(request.page_size)?;
        let mut connection = postgres::connect(&self.pool).await?;
        let deliveries = delivery::dead(&mut connection, account_id, limit).await?;
        Ok(pb::ListDeadDeliveriesResponse { deliveries })
    }
}
