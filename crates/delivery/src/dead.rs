//! The deliveries that were given up, and how the others are getting on, for the administrator.

use std::fmt;

use diesel_async::AsyncConnection;
use proto::{
    actor, error,
    protocol::v1::{
        Actor, DeliveryStatus, ErrorReason, GetDeliveryStatusRequest, ListDeadDeliveriesRequest,
        ListDeadDeliveriesResponse, PurgeDeadDeliveriesRequest, PurgeDeadDeliveriesResponse,
        RetryDeadDeliveriesRequest, RetryDeadDeliveriesResponse,
        delivery_service_server::DeliveryService,
    },
    request,
};
use storage::{
    changes::{self, Details, Entry, Name, Sequencer},
    postgres::{Pool, connect},
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{error::Error, queue, status};

/// The most deliveries that a call names.
const NAMED: usize = 1000;

const RETRIED: &str = "webhook_deliveries.retried";
const PURGED: &str = "webhook_deliveries.purged";

/// Whether webhooks hear of a kind of change: of all but what is done to deliveries, or an endpoint that is
/// gone would have a dead delivery again after each purge.
pub(crate) fn is_told(kind: &str) -> bool {
    !matches!(kind, RETRIED | PURGED)
}

/// Serves `muster.protocol.v1.DeliveryService` over the deliveries of a service:
/// `DeliveryServiceServer::new(DeadLetters::new(pool, sequencer))`.
#[derive(Clone)]
pub struct DeadLetters {
    pool: Pool,
    sequencer: Sequencer,
}

impl fmt::Debug for DeadLetters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeadLetters").finish_non_exhaustive()
    }
}

impl DeadLetters {
    /// Over the deliveries in this database.
    pub fn new(pool: Pool, sequencer: Sequencer) -> DeadLetters {
        DeadLetters { pool, sequencer }
    }

    /// Does something to dead deliveries and writes of it, unless there were none; tells how many.
    async fn act(
        &self,
        action: Action,
        selection: &Selection,
        actor: &Actor,
    ) -> Result<i64, Error> {
        let account_id = selection.account_id;
        let ids = selection.ids.as_deref();
        let mut connection = connect(&self.pool).await?;
        let count = connection
            .transaction(async |connection| {
                let (kind, count) = match action {
                    Action::Retry => (RETRIED, queue::revive(connection, account_id, ids).await?),
                    Action::Purge => (PURGED, queue::purge(connection, account_id, ids).await?),
                };
                if count > 0 {
                    let entry = Entry {
                        account_id,
                        kind,
                        resource_id: &account_id.to_string(),
                        name: Name::default(),
                        changed_attributes: &[],
                        details: Details::default(),
                        actor,
                    };
                    changes::record(connection, entry).await?;
                }
                Ok::<_, Error>(count)
            })
            .await?;
        if count > 0 {
            self.sequencer.wake();
        }
        Ok(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

/// What may be done to dead deliveries.
#[derive(Clone, Copy)]
enum Action {
    Retry,
    Purge,
}

#[tonic::async_trait]
impl DeliveryService for DeadLetters {
    async fn get_delivery_status(
        &self,
        request: Request<GetDeliveryStatusRequest>,
    ) -> Result<Response<DeliveryStatus>, Status> {
        let account_id = request::account(request.into_inner().account_id)?;
        let mut connection = connect(&self.pool).await.map_err(Error::from)?;
        let status = status::of_account(&mut connection, account_id).await;
        Ok(Response::new(status.map_err(Error::from)?))
    }

    async fn list_dead_deliveries(
        &self,
        request: Request<ListDeadDeliveriesRequest>,
    ) -> Result<Response<ListDeadDeliveriesResponse>, Status> {
        let request = request.into_inner();
        let account_id = request::account(request.account_id)?;
        let limit = request::page_size(request.page_size)?;
        let mut connection = connect(&self.pool).await.map_err(Error::from)?;
        let (deliveries, total_size) = queue::dead(&mut connection, account_id, limit)
            .await
            .map_err(Error::from)?;
        Ok(Response::new(ListDeadDeliveriesResponse {
            deliveries,
            total_size,
        }))
    }

    async fn retry_dead_deliveries(
        &self,
        request: Request<RetryDeadDeliveriesRequest>,
    ) -> Result<Response<RetryDeadDeliveriesResponse>, Status> {
        let request = request.into_inner();
        let selection = Selection::new(request.account_id, &request.change_ids)?;
        let actor = actor::required(request.actor)?;
        let retried_count = self.act(Action::Retry, &selection, &actor).await?;
        Ok(Response::new(RetryDeadDeliveriesResponse { retried_count }))
    }

    async fn purge_dead_deliveries(
        &self,
        request: Request<PurgeDeadDeliveriesRequest>,
    ) -> Result<Response<PurgeDeadDeliveriesResponse>, Status> {
        let request = request.into_inner();
        let selection = Selection::new(request.account_id, &request.change_ids)?;
        let actor = actor::required(request.actor)?;
        let purged_count = self.act(Action::Purge, &selection, &actor).await?;
        Ok(Response::new(PurgeDeadDeliveriesResponse { purged_count }))
    }
}

/// Which dead deliveries of an account are meant.
struct Selection {
    account_id: i64,
    /// None: all.
    ids: Option<Vec<Uuid>>,
}

impl Selection {
    fn new(account_id: i64, ids: &[String]) -> Result<Selection, Status> {
        if ids.len() > NAMED {
            return Err(invalid("change_ids must be at most 1000"));
        }
        let ids: Result<Vec<Uuid>, _> = ids.iter().map(|id| id.parse()).collect();
        let ids = ids.map_err(|_| invalid("change_ids must be UUIDs"))?;
        Ok(Selection {
            account_id: request::account(account_id)?,
            ids: Some(ids).filter(|ids| !ids.is_empty()),
        })
    }
}

fn invalid(why: &str) -> Status {
    error::status(ErrorReason::InvalidValue, why)
}
