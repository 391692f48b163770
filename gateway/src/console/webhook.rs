//! Where the account is told of changes, and what could not be told.

use askama::Template;
use axum::{extract::State, response::Response};
use http::StatusCode;
use proto::{
    protocol::v1::DeadDelivery,
    settings::v1::{GetWebhookRequest, ReplaceWebhookRequest, RotateWebhookSecretRequest, Webhook},
};

use super::{
    confirm::{Fact, Question},
    deliveries::{Health, Service},
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

/// What has to be typed before the deliveries that were given up are forgotten.
const FORGET: &str = "forget all";

#[derive(Template)]
#[template(path = "webhook.html")]
struct WebhookPage {
    page: Page,
    url: String,
    /// Whether there is a webhook, whatever was typed.
    is_set: bool,
    /// Until when the secret before signs too.
    old_secret_until: Option<When>,
    health: Health,
    services: Vec<Service>,
    deliveries: Vec<Row>,
}

#[derive(Template)]
#[template(path = "webhook_created.html")]
struct CreatedPage {
    page: Page,
    url: String,
    secret: String,
    old_secret_until: Option<When>,
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

async fn get(gateway: &Gateway, session: &Session) -> Result<Webhook, Fault> {
    let request = GetWebhookRequest {
        account_id: session.caller.account_id,
        ..GetWebhookRequest::default()
    };
    let mut client = gateway.clients.account.clone();
    Ok(client.get_webhook(request).await?.into_inner())
}

/// Until when the secret before signs too.
fn old_secret_until(webhook: &Webhook) -> Option<When> {
    let until = webhook.old_secret_expire_time.as_ref();
    until.map(|until| when(Some(until), ""))
}

/// With what was typed instead of the URL, where it was refused.
async fn view(
    gateway: &Gateway,
    session: &Session,
    typed: Option<String>,
) -> Result<Response, Fault> {
    let (webhook, statuses, dead) = futures::try_join!(
        get(gateway, session),
        webhook::statuses(gateway, &session.caller),
        webhook::dead_deliveries(gateway, &session.caller, PAGE_SIZE)
    )?;
    let is_set = !webhook.url.is_empty();
    let view = WebhookPage {
        page: Page::new(session, "webhook", "Webhook"),
        is_set,
        old_secret_until: old_secret_until(&webhook),
        url: typed.unwrap_or(webhook.url),
        health: Health::of(is_set, &statuses),
        services: statuses.into_iter().map(Service::new).collect(),
        deliveries: dead
            .into_iter()
            .map(|(_, delivery)| Row::new(delivery))
            .collect(),
    };
    answer(view.page.status(), &view)
}

/// `POST /console/webhook`: an empty URL means none, which is asked about first. A new webhook's secret is shown.
pub(super) async fn replace(
    State(gateway): State<Gateway>,
    mut form: Form,
) -> Result<Response, Fault> {
    let url = form.text("url")?;
    if url.is_empty() && !form.is_on("confirmed")? {
        let webhook = get(&gateway, &form.session).await?;
        if !webhook.url.is_empty() {
            return removal(webhook.url).ask(&form.session);
        }
    }
    let session = form.session;
    let request = ReplaceWebhookRequest {
        account_id: session.caller.account_id,
        url: url.clone(),
        actor: Some(session.caller.actor()),
    };
    let mut client = gateway.clients.account.clone();
    match client.replace_webhook(request).await {
        Ok(_) if url.is_empty() => Ok(session.see("/webhook", "webhook-removed")),
        Ok(written) => created(&session, written.into_inner(), "Webhook created"),
        Err(status) => view(&gateway, &session.refused(status.into())?, Some(url)).await,
    }
}

/// The only page that has a secret; where none was made, back to the webhook's.
fn created(session: &Session, webhook: Webhook, title: &str) -> Result<Response, Fault> {
    if webhook.secret.is_empty() {
        return Ok(session.see("/webhook", "saved"));
    }
    let view = CreatedPage {
        page: Page::new(session, "webhook", title),
        old_secret_until: old_secret_until(&webhook),
        url: webhook.url,
        secret: webhook.secret,
    };
    answer(StatusCode::OK, &view)
}

fn removal(url: String) -> Question {
    Question {
        section: "webhook",
        title: "Remove webhook".to_owned(),
        facts: vec![("URL", Fact::Text(url))],
        effects: vec![
            "Changes are no longer sent, those that wait are dropped, and the secret is lost. A webhook set later gets a new one."
                .to_owned(),
        ],
        action: "/webhook".to_owned(),
        cancel: "/webhook".to_owned(),
        fields: vec![("url", String::new())],
        button: "Remove webhook",
        ..Question::default()
    }
}

/// `POST /console/webhook/secret`: a new one, asked about first; the old one signs too for a day.
pub(super) async fn rotate(
    State(gateway): State<Gateway>,
    mut form: Form,
) -> Result<Response, Fault> {
    if !form.is_on("confirmed")? {
        let webhook = get(&gateway, &form.session).await?;
        return rotation(&webhook).ask(&form.session);
    }
    let session = form.session;
    let request = RotateWebhookSecretRequest {
        account_id: session.caller.account_id,
        actor: Some(session.caller.actor()),
    };
    let mut client = gateway.clients.account.clone();
    match client.rotate_webhook_secret(request).await {
        Ok(written) => created(&session, written.into_inner(), "New webhook secret"),
        Err(status) => view(&gateway, &session.refused(status.into())?, None).await,
    }
}

fn rotation(webhook: &Webhook) -> Question {
    let mut facts = vec![("URL", Fact::Text(webhook.url.clone()))];
    let old = old_secret_until(webhook);
    facts.extend(old.map(|until| ("An older secret signs until", Fact::Time(until))));
    Question {
        section: "webhook",
        title: "Roll webhook secret".to_owned(),
        warning: old.map(|_| {
            "The secret was rolled less than a day ago. The one before it no longer signs once you roll again.".to_owned()
        }),
        facts,
        effects: vec![
            "A new secret is made and shown once. For 24 hours messages are signed with both, so that the receiver can change over; then the one in use now ends."
                .to_owned(),
        ],
        action: "/webhook/secret".to_owned(),
        cancel: "/webhook".to_owned(),
        button: "Roll secret",
        ..Question::default()
    }
}

/// `POST /console/webhook/dead-deliveries/retry`: all of them.
pub(super) async fn retry(State(gateway): State<Gateway>, form: Form) -> Result<Response, Fault> {
    webhook::retry(&gateway, &form.session.caller, Vec::new()).await?;
    Ok(form.session.see("/webhook", "retried"))
}

/// `POST /console/webhook/dead-deliveries/forget`: all of them, asked about first.
pub(super) async fn forget(
    State(gateway): State<Gateway>,
    mut form: Form,
) -> Result<Response, Fault> {
    let statuses = webhook::statuses(&gateway, &form.session.caller).await?;
    let count = statuses.iter().map(|(_, status)| status.dead_count).sum();
    let question = Question {
        section: "webhook",
        title: "Forget all that was given up".to_owned(),
        facts: vec![("Given up", Fact::Number(count))],
        effects: vec![
            "The receiver never hears of these changes, and they can no longer be tried again. This cannot be undone."
                .to_owned(),
        ],
        action: "/webhook/dead-deliveries/forget".to_owned(),
        cancel: "/webhook".to_owned(),
        button: "Forget all",
        typed: FORGET.to_owned(),
        ..Question::default()
    };
    if !question.is_answered(&mut form)? {
        return question.ask(&form.session);
    }
    webhook::purge(&gateway, &form.session.caller, Vec::new()).await?;
    Ok(form.session.see("/webhook", "forgotten"))
}
