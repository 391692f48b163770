//! One attempt at a delivery.

use std::{io, sync::Arc, time::Duration};

use chrono::{SecondsFormat, Utc};
use proto::{
    protocol::v1::{Change, actor::Kind},
    time::date_time,
};
use serde_json::{Map, Value, json};
use storage::{
    changes,
    postgres::{Pool, connect},
};

use crate::{
    Config, Source,
    error::Error,
    queue::{self, Channel, Delivery},
    status,
    webhook::{Message, Sender},
};

/// How long a delivery waits that failed through a fault of our own.
const OWN_PAUSE: Duration = Duration::from_secs(5);

/// Makes attempts.
#[derive(Clone)]
pub(crate) struct Courier<S> {
    pool: Pool,
    source: S,
    sender: Sender,
    pauses: Arc<[Duration]>,
}

/// What became of an attempt.
enum Outcome {
    Arrived,
    /// Nobody wants it any more.
    Unwanted,
    Failed(String),
}

impl From<Result<(), String>> for Outcome {
    fn from(result: Result<(), String>) -> Outcome {
        match result {
            Ok(()) => Outcome::Arrived,
            Err(error) => Outcome::Failed(error),
        }
    }
}

impl<S: Source> Courier<S> {
    /// # Errors
    /// The system has no root certificates.
    pub(crate) fn new(config: &Config, pool: Pool, source: S) -> io::Result<Courier<S>> {
        Ok(Courier {
            pool,
            source,
            sender: Sender::new(config.allow_private)?,
            pauses: config.pauses.clone().into(),
        })
    }

    /// Attempts a claimed delivery and keeps the outcome.
    pub(crate) async fn attempt(&self, delivery: Delivery) {
        let outcome = self.deliver(&delivery).await;
        if let Err(error) = self.settle(&delivery, outcome).await {
            // The lease ends, and the delivery is tried again.
            tracing::warn!(%error, "the outcome of a delivery is not kept");
        }
    }

    async fn deliver(&self, delivery: &Delivery) -> Result<Outcome, Error> {
        let mut connection = connect(&self.pool).await?;
        let id = [delivery.change_id];
        let found = changes::find(&mut connection, delivery.account_id, &id).await?;
        // Not held while the other side takes its time.
        drop(connection);
        let Some(change) = found.into_iter().next() else {
            return Ok(Outcome::Unwanted);
        };
        let outcome = match delivery.channel() {
            Channel::Webhook => self.post(&change).await?,
            Channel::Mail => self.source.mail(&change).await?.into(),
        };
        if let Outcome::Arrived = outcome
            && let Err(error) = self.source.arrived(&change).await
        {
            // Not tried again for it: it would come twice.
            tracing::warn!(%error, "that a delivery has arrived is not noted");
        }
        Ok(outcome)
    }

    async fn post(&self, change: &Change) -> Result<Outcome, Error> {
        let Some(webhook) = self.source.webhook(change.account_id).await? else {
            return Ok(Outcome::Unwanted);
        };
        let details = self.source.details(change).await?;
        let message = Message {
            url: &webhook.url,
            secrets: [&*webhook.secret, &webhook.old_secret],
            id: &change.id,
            timestamp: Utc::now().timestamp(),
            body: body(change, details).to_string(),
        };
        Ok(self.sender.send(message).await.into())
    }

    async fn settle(
        &self,
        delivery: &Delivery,
        outcome: Result<Outcome, Error>,
    ) -> Result<(), Error> {
        let is_webhook = delivery.channel() == Channel::Webhook;
        let mut connection = connect(&self.pool).await?;
        match outcome {
            Ok(Outcome::Arrived) => {
                queue::delete(&mut connection, delivery).await?;
                count("done");
                if is_webhook {
                    status::note_success(&mut connection, delivery.account_id).await?;
                }
            }
            Ok(Outcome::Unwanted) => {
                queue::delete(&mut connection, delivery).await?;
                count("done");
            }
            Ok(Outcome::Failed(error)) => {
                let failures = usize::try_from(delivery.attempt_count - 1).unwrap_or(0);
                let pause = self.pauses.get(failures).copied();
                count(if pause.is_none() {
                    "given_up"
                } else {
                    "failed"
                });
                if pause.is_none() {
                    tracing::warn!(account.id = delivery.account_id, %error, "a delivery is given up");
                }
                queue::fail(&mut connection, delivery, &error, pause).await?;
                if is_webhook {
                    status::note_failure(&mut connection, delivery.account_id, &error).await?;
                }
            }
            Err(error) => {
                count("put_off");
                tracing::warn!(%error, "a delivery waits");
                queue::put_back(&mut connection, delivery, OWN_PAUSE).await?;
            }
        }
        Ok(())
    }
}

fn count(outcome: &'static str) {
    metrics::counter!("webhook_delivery_attempts_total", "outcome" => outcome).increment(1);
}

/// What a webhook is told: names of attributes, never values, and what the service adds.
fn body(change: &Change, details: Map<String, Value>) -> Value {
    let actor = change.actor.clone().unwrap_or_default();
    let actor_kind = match actor.kind() {
        Kind::ScimToken => "scim_token",
        Kind::AdminToken => "admin_token",
        Kind::Service => "service",
        Kind::Operator => "operator",
        Kind::Unspecified => "unspecified",
    };
    let created = change.create_time.as_ref().map(date_time);
    let mut data = Map::from_iter([
        ("account_id".to_owned(), json!(change.account_id)),
        ("resource_id".to_owned(), json!(change.resource_id)),
        (
            "actor".to_owned(),
            json!({ "kind": actor_kind, "id": actor.id, "name": actor.name }),
        ),
        (
            "changed_attributes".to_owned(),
            json!(change.changed_attributes),
        ),
    ]);
    data.extend(details);
    json!({
        "type": change.kind,
        "timestamp": created.unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true),
        "data": data,
    })
}
