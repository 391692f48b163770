//! `/webhook/`: where an account is told of changes.

use axum::{extract::State, response::Response};
use proto::{
    identity::v1::{DeadDelivery, ListDeadDeliveriesRequest},
    settings::v1::{GetWebhookRequest, ReplaceWebhookRequest},
};
use serde_json::{Value, json};

use super::{audit_logs, envelope, fields::Fields, query::Query};
use crate::{auth::AdminCaller, error::Fault, state::Gateway};

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
    Ok(envelope::success(json!({"url": url(&webhook.url)})))
}

/// `POST /webhook/`: the only answer that has the secret; an empty URL or null means none.
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
    let secret = Some(webhook.secret).filter(|secret| !secret.is_empty());
    Ok(envelope::success(
        json!({"url": url(&webhook.url), "secret": secret}),
    ))
}

fn url(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

/// `GET /webhook/dead-deliveries/`: what was given up, the newest first.
pub(crate) async fn list_dead_deliveries(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    query: Query,
) -> Result<Response, Fault> {
    let request = ListDeadDeliveriesRequest {
        account_id: caller.account_id,
        page_size: query.limit()?,
    };
    let mut client = gateway.clients.invitation.clone();
    let found = client.list_dead_deliveries(request).await?.into_inner();
    let deliveries = found.deliveries.into_iter().map(describe);
    Ok(envelope::success(Value::Array(deliveries.collect())))
}

fn describe(delivery: DeadDelivery) -> Value {
    json!({
        "event": audit_logs::describe("identity", &delivery.change.unwrap_or_default()),
        "attempt_count": delivery.attempt_count,
        "last_error": delivery.last_error,
    })
}
