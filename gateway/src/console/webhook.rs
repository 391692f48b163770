//! Where the account is told of changes, and what could not be told.

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use proto::{
    protocol::v1::DeadDelivery,
    settings::v1::{GetWebhookRequest, ReplaceWebhookRequest},
};

use super::{
    form::Form,
    page::{PAGE_SIZE, Page, answer},
    session::Session,
    time::{When, when},
};
use crate::{
    admin::{audit_logs, webhook},
    error::Fault,
    state::Gateway,
};

#[derive(Template)]
#[template(path = "webhook.html")]
struct WebhookPage {
    page: Page,
    url: String,
    deliveries: Vec<Row>,
}

#[derive(Template)]
#[template(path = "webhook_created.html")]
struct CreatedPage {
    page: Page,
    url: String,
    secret: String,
}

struct Row {
    event: String,
    happened: When,
    resource_id: String,
    attempt_count: i32,
    last_error: String,
}

impl Row {
    fn new(delivery: DeadDelivery) -> Row {
        let change = delivery.change.unwrap_or_default();
        Row {
            event: audit_logs::label(&change.kind),
            happened: when(change.create_time.as_ref(), "unknown"),
            resource_id: change.resource_id,
            attempt_count: delivery.attempt_count,
            last_error: delivery.last_error,
        }
    }
}

/// `GET /console/webhook`.
pub(super) async fn show(
    State(gateway): State<Gateway>,
    session: Session,
) -> Result<Response, Fault> {
    view(&gateway, &session, None).await
}

/// With what was typed instead of the URL, where it was refused.
async fn view(
    gateway: &Gateway,
    session: &Session,
    typed: Option<String>,
) -> Result<Response, Fault> {
    let request = GetWebhookRequest {
        account_id: session.caller.account_id,
        ..GetWebhookRequest::default()
    };
    let mut client = gateway.clients.account.clone();
    let webhook = client.get_webhook(request).await?.into_inner();
    let deliveries = webhook::dead_deliveries(gateway, &session.caller, PAGE_SIZE).await?;
    let view = WebhookPage {
        page: Page::new(session, "webhook", "Webhook"),
        url: typed.unwrap_or(webhook.url),
        deliveries: deliveries
            .into_iter()
            .map(|(_, delivery)| Row::new(delivery))
            .collect(),
    };
    answer(view.page.status(), &view)
}

/// `POST /console/webhook`: the only page that has the secret; an empty URL means none.
pub(super) async fn replace(
    State(gateway): State<Gateway>,
    mut form: Form,
) -> Result<Response, Fault> {
    let url = form.text("url")?;
    let session = form.session;
    let request = ReplaceWebhookRequest {
        account_id: session.caller.account_id,
        url: url.clone(),
        actor: Some(session.caller.actor()),
    };
    let mut client = gateway.clients.account.clone();
    match client.replace_webhook(request).await {
        Ok(_) if url.is_empty() => Ok(session.see("/webhook", "deleted")),
        Ok(written) => {
            let webhook = written.into_inner();
            let view = CreatedPage {
                page: Page::new(&session, "webhook", "Webhook saved"),
                url: webhook.url,
                secret: webhook.secret,
            };
            answer(StatusCode::OK, &view)
        }
        Err(status) => view(&gateway, &session.refused(status.into())?, Some(url)).await,
    }
}

/// `POST /console/webhook/dead-deliveries/retry`: all of them.
pub(super) async fn retry(State(gateway): State<Gateway>, form: Form) -> Result<Response, Fault> {
    webhook::retry(&gateway, &form.session.caller, Vec::new()).await?;
    Ok(form.session.see("/webhook", "retried"))
}

/// `POST /console/webhook/dead-deliveries/forget`: all of them.
pub(super) async fn forget(State(gateway): State<Gateway>, form: Form) -> Result<Response, Fault> {
    webhook::purge(&gateway, &form.session.caller, Vec::new()).await?;
    Ok(form.session.see("/webhook", "forgotten"))
}
