//! Delivers a service's changes to the webhooks of their accounts.
//!
//! Each change of the service's feed that somebody wants becomes a row of `deliveries`, which the service
//! has by the same migration as others. A row is claimed for an attempt with a lease and goes only when the
//! other side has confirmed: a process that dies in between leaves it to be tried again, so that everything
//! arrives at least once. Of one resource only the oldest row is claimed, which keeps its order.

mod address;
mod attempt;
mod dead;
mod deliverer;
mod error;
mod queue;
mod schema;
mod status;
mod webhook;

use std::{future::Future, time::Duration};

use chassis::{client::Channel, env::Env};
use proto::{
    error::reason,
    protocol::v1::{Change, ErrorReason},
    settings::v1::{GetWebhookRequest, Webhook, account_service_client::AccountServiceClient},
};
use serde_json::{Map, Value};
use tonic::Status;

pub use self::{address::check_url, dead::DeadLetters, deliverer::Deliverer};

/// How changes are delivered.
#[derive(Debug, Clone)]
pub struct Config {
    /// Whether webhooks may be sent to loopback and private addresses, and over plain http.
    pub allow_private: bool,
    /// How long after each failed attempt the next one is made; after the last the delivery is given up.
    pub pauses: Vec<Duration>,
    /// How often the feed and what is due are looked at.
    pub interval: Duration,
}

impl Default for Config {
    /// No private addresses; ten attempts over some four days.
    fn default() -> Config {
        const HOUR: u64 = 3600;
        let pauses = [
            5,
            300,
            1800,
            2 * HOUR,
            5 * HOUR,
            10 * HOUR,
            14 * HOUR,
            20 * HOUR,
            24 * HOUR,
        ];
        Config {
            allow_private: false,
            pauses: pauses.map(Duration::from_secs).to_vec(),
            interval: Duration::from_secs(1),
        }
    }
}

impl Config {
    /// Reads `WEBHOOK_ALLOW_PRIVATE`.
    pub fn from_env(env: &mut Env) -> Config {
        Config {
            allow_private: env.or("WEBHOOK_ALLOW_PRIVATE", false),
            ..Config::default()
        }
    }
}

/// What a service knows of its changes besides the change log. Each failure is a fault of our own: the
/// delivery waits, and the attempt does not count.
pub trait Source: Clone + Send + Sync + 'static {
    /// Where an account is told of changes, with the secret; none: nowhere.
    fn webhook(
        &self,
        account_id: i64,
    ) -> impl Future<Output = Result<Option<Webhook>, Status>> + Send;

    /// Further members of the `data` that a webhook is told of a change.
    fn details(
        &self,
        _change: &Change,
    ) -> impl Future<Output = Result<Map<String, Value>, Status>> + Send {
        async { Ok(Map::new()) }
    }

    /// Hears that the webhook or a mail has taken a change.
    fn arrived(&self, _change: &Change) -> impl Future<Output = Result<(), Status>> + Send {
        async { Ok(()) }
    }

    /// Whether a change is mailed as well.
    fn is_mailed(&self, _change: &Change) -> bool {
        false
    }

    /// Mails a change, unless nobody wants it any more; else what went wrong, in words that hold nothing of
    /// the message.
    fn mail(
        &self,
        _change: &Change,
    ) -> impl Future<Output = Result<Result<(), String>, Status>> + Send {
        async { Ok(Ok(())) }
    }
}

/// Asks the settings service for the webhook of an account, with the secret; none: it has none, or there is
/// no such account.
///
/// # Errors
/// Those of the call, as they come.
pub async fn webhook_of(
    mut settings: AccountServiceClient<Channel>,
    account_id: i64,
) -> Result<Option<Webhook>, Status> {
    let request = GetWebhookRequest {
        account_id,
        with_secret: true,
    };
    match settings.get_webhook(request).await {
        Ok(webhook) => Ok(Some(webhook.into_inner()).filter(|one| !one.url.is_empty())),
        Err(error) if reason(&error) == Some(ErrorReason::ResourceNotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
