//! `/webhook/`: where an account is told of changes.

use std::cmp::Reverse;

use axum::{extract::State, response::Response};
use futures::future::try_join_all;
use http::StatusCode;
use proto::{
    protocol::v1::{
        DeadDelivery, DeliveryStatus, GetDeliveryStatusRequest, ListDeadDeliveriesRequest,
        PurgeDeadDeliveriesRequest, RetryDeadDeliveriesRequest,
    },
    settings::v1::{GetWebhookRequest, ReplaceWebhookRequest, RotateWebhookSecretRequest, Webhook},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    audit_logs::{self, Names},
    envelope::{self, instant},
    fields::Fields,
    query::Query,
};
use crate::{auth::AdminCaller, error::Fault, request::Id, state::Gateway};

/// `GET /webhook/`: without the secret.
pub(crate) async fn get_webhook(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
) -> Result<Response, Fault> {
    let request = GetWebhookRequest {
        account_id: caller.account_id,
        with_secret: false,
    };
    let mut client = gateway.clients.account.clone();
    let webhook = client.get_webhook(request).await?.into_inner();
    Ok(answer(&webhook, false))
}

/// `POST /webhook/`: the answer has the secret where one was made, for a webhook that was not there; an empty URL
/// or null means none.
pub(crate) async fn replace_webhook(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    mut fields: Fields,
) -> Result<Response, Fault> {
    let url_given = fields.text("url")?;
    fields.account(caller.account_id)?;
    fields.finish()?;
    let request = ReplaceWebhookRequest {
        account_id: caller.account_id,
        url: url_given.unwrap_or_default(),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.account.clone();
    let webhook = client.replace_webhook(request).await?.into_inner();
    Ok(answer(&webhook, true))
}

/// `POST /webhook/rotate-secret/`: a new secret, in this answer alone; the one before signs too for a day.
pub(crate) async fn rotate_webhook_secret(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
) -> Result<Response, Fault> {
    let request = RotateWebhookSecretRequest {
        account_id: caller.account_id,
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.account.clone();
    let webhook = client.rotate_webhook_secret(request).await?.into_inner();
    Ok(answer(&webhook, true))
}

fn answer(webhook: &Webhook, is_written: bool) -> Response {
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let mut data = json!({
        "url": text(&webhook.url),
        "old_secret_expires_at": instant(webhook.old_secret_expire_time.as_ref()),
    });
    if is_written {
        data["secret"] = json!(text(&webhook.secret));
    }
    envelope::success(data)
}

/// `GET /webhook/status/`: how the deliveries of each service are getting on.
pub(crate) async fn get_webhook_status(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
) -> Result<Response, Fault> {
    let found = statuses(&gateway, &caller).await?.into_iter();
    let described = found.map(|(service, status)| {
        json!({
            "service": service,
            "pending_count": status.pending_count,
            "oldest_pending_at": instant(status.oldest_pending_time.as_ref()),
            "next_attempt_at": instant(status.next_attempt_time.as_ref()),
            "last_failure_at": instant(status.last_failure_time.as_ref()),
            "last_error": Some(status.last_error).filter(|error| !error.is_empty()),
            "last_success_at": instant(status.last_success_time.as_ref()),
            "dead_count": status.dead_count,
        })
    });
    Ok(envelope::success(Value::Array(described.collect())))
}

/// How the deliveries of each service are getting on.
pub(crate) async fn statuses(
    gateway: &Gateway,
    caller: &AdminCaller,
) -> Result<Vec<(&'static str, DeliveryStatus)>, Fault> {
    let request = GetDeliveryStatusRequest {
        account_id: caller.account_id,
    };
    let clients = gateway.clients.deliveries.iter();
    let statuses = clients.map(async |(name, client)| {
        let status = client.clone().get_delivery_status(request).await?;
        Ok::<_, Fault>((*name, status.into_inner()))
    });
    try_join_all(statuses).await
}

/// `GET /webhook/dead-deliveries/`: what was given up, the newest first, of all services.
pub(crate) async fn list_dead_deliveries(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    query: Query,
) -> Result<Response, Fault> {
    let found = dead_deliveries(&gateway, &caller, query.limit()?)
        .await?
        .into_iter();
    let described = found.map(|(service, delivery)| describe(service, delivery));
    Ok(envelope::success(Value::Array(described.collect())))
}

/// What was given up, the newest first, each with the service it is from.
pub(crate) async fn dead_deliveries(
    gateway: &Gateway,
    caller: &AdminCaller,
    page_size: i32,
) -> Result<Vec<(&'static str, DeadDelivery)>, Fault> {
    let request = ListDeadDeliveriesRequest {
        account_id: caller.account_id,
        page_size,
    };
    let lists = gateway
        .clients
        .deliveries
        .iter()
        .map(async |(name, client)| {
            let found = client.clone().list_dead_deliveries(request).await?;
            let deliveries = found.into_inner().deliveries.into_iter();
            Ok::<_, Fault>(deliveries.map(|delivery| (*name, delivery)))
        });
    let lists = try_join_all(lists).await?;
    let mut deliveries: Vec<(&'static str, DeadDelivery)> = lists.into_iter().flatten().collect();
    let time = |delivery: &DeadDelivery| {
        let time = delivery.dead_time.unwrap_or_default();
        (time.seconds, time.nanos)
    };
    deliveries.sort_by_key(|(_, delivery)| Reverse(time(delivery)));
    deliveries.truncate(usize::try_from(page_size).unwrap_or_default());
    Ok(deliveries)
}

/// `POST /webhook/dead-deliveries/retry/`: has all of them tried again.
pub(crate) async fn retry_dead_deliveries(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
) -> Result<Response, Fault> {
    let count = retry(&gateway, &caller, Vec::new()).await?;
    Ok(envelope::success(json!({"retried_count": count})))
}

/// `POST /webhook/dead-deliveries/{id}/retry/`.
pub(crate) async fn retry_dead_delivery(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
) -> Result<Response, Fault> {
    match retry(&gateway, &caller, vec![change_id(id)?]).await? {
        0 => Err(Fault::not_found()),
        count => Ok(envelope::success(json!({"retried_count": count}))),
    }
}

/// `DELETE /webhook/dead-deliveries/`: removes all of them.
pub(crate) async fn purge_dead_deliveries(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
) -> Result<StatusCode, Fault> {
    purge(&gateway, &caller, Vec::new()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /webhook/dead-deliveries/{id}/`.
pub(crate) async fn purge_dead_delivery(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
) -> Result<StatusCode, Fault> {
    match purge(&gateway, &caller, vec![change_id(id)?]).await? {
        0 => Err(Fault::not_found()),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

/// What is no id of a change names no delivery.
fn change_id(text: String) -> Result<String, Fault> {
    match text.parse::<Uuid>() {
        Ok(_) => Ok(text),
        Err(_) => Err(Fault::not_found()),
    }
}

/// Has deliveries of whichever service tried again, all for no ids; how many.
pub(crate) async fn retry(
    gateway: &Gateway,
    caller: &AdminCaller,
    ids: Vec<String>,
) -> Result<i64, Fault> {
    let request = RetryDeadDeliveriesRequest {
        account_id: caller.account_id,
        change_ids: ids,
        actor: Some(caller.actor()),
    };
    let clients = gateway.clients.deliveries.iter();
    let counts = clients.map(async |(_, client)| {
        let answer = client
            .clone()
            .retry_dead_deliveries(request.clone())
            .await?;
        Ok::<_, Fault>(answer.into_inner().retried_count)
    });
    Ok(try_join_all(counts).await?.into_iter().sum())
}

/// As [`retry`], but removes them.
pub(crate) async fn purge(
    gateway: &Gateway,
    caller: &AdminCaller,
    ids: Vec<String>,
) -> Result<i64, Fault> {
    let request = PurgeDeadDeliveriesRequest {
        account_id: caller.account_id,
        change_ids: ids,
        actor: Some(caller.actor()),
    };
    let clients = gateway.clients.deliveries.iter();
    let counts = clients.map(async |(_, client)| {
        let answer = client
            .clone()
            .purge_dead_deliveries(request.clone())
            .await?;
        Ok::<_, Fault>(answer.into_inner().purged_count)
    });
    Ok(try_join_all(counts).await?.into_iter().sum())
}

fn describe(service: &str, delivery: DeadDelivery) -> Value {
    let change = delivery.change.unwrap_or_default();
    json!({
        // That of the message too, as its `webhook-id`.
        "id": change.id,
        "event": audit_logs::describe(service, &change, &Names::default()),
        "attempt_count": delivery.attempt_count,
        "last_error": delivery.last_error,
        "dead_at": instant(delivery.dead_time.as_ref()),
    })
}
