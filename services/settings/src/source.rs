//! Where the changes of this service are delivered: it keeps the webhooks itself.

use proto::settings::v1 as pb;
use storage::postgres::{Pool, connect};
use tonic::Status;

use crate::{error::Error, webhooks, wire};

/// What this service adds to the delivery of its changes.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) pool: Pool,
}

impl delivery::Source for Source {
    async fn webhook(&self, account_id: i64) -> Result<Option<pb::Webhook>, Status> {
        let mut connection = connect(&self.pool).await.map_err(Error::from)?;
        let found = webhooks::find(&mut connection, account_id).await;
        let found = match found.map_err(Error::from) {
            Err(Error::AccountNotFound) => None,
            found => found?,
        };
        Ok(found.map(|webhook| wire::webhook(Some(webhook), true)))
    }
}
