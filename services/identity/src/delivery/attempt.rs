//! One attempt at a delivery.

use std::{sync::Arc, time::Duration};

use chrono::{SecondsFormat, Utc};
use proto::{
    identity::v1::invitation::{State, Type},
    protocol::v1::{Change, actor::Kind},
    time::date_time,
};
use serde_json::{Value, json};
use storage::{
    changes,
    postgres::{Pool, connect},
};

use super::{
    Config,
    mail::Mailer,
    queue::{self, Channel, Delivery},
    webhook::{Message, Sender},
};
use crate::{
    error::Error,
    invitations::{self, Invitation},
    settings::Settings,
};

/// How long a delivery waits that failed through a fault of our own.
const OWN_PAUSE: Duration = Duration::from_secs(5);

/// Makes attempts.
#[derive(Clone)]
pub(super) struct Courier {
    pool: Pool,
    settings: Settings,
    sender: Sender,
    mailer: Option<Mailer>,
    pauses: Arc<[Duration]>,
}

/// What became of an attempt.
enum Outcome {
    /// It has arrived, or nobody wants it any more.
    Done,
    Failed(String),
}

impl Courier {
    /// # Errors
    /// The configuration of the mail is malformed, or the system has no root certificates.
    pub(super) fn new(config: &Config, pool: Pool, settings: Settings) -> anyhow::Result<Courier> {
        Ok(Courier {
            pool,
            settings,
            sender: Sender::new(config.allow_private)?,
            mailer: config.mail.as_ref().map(Mailer::new).transpose()?,
            pauses: config.pauses.clone().into(),
        })
    }

    /// Whether invitations are mailed.
    pub(super) fn mails(&self) -> bool {
        self.mailer.is_some()
    }

    /// Attempts a claimed delivery and keeps the outcome.
    pub(super) async fn attempt(&self, delivery: Delivery) {
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
        let Some(change) = found.into_iter().next() else {
            return Ok(Outcome::Done);
        };
        let invitation = match invitation_id(&change) {
            Some(id) => invitations::find(&mut connection, change.account_id, id).await?,
            None => None,
        };
        // Not held while the other side takes its time.
        drop(connection);
        match delivery.channel() {
            Channel::Webhook => self.post(&change, invitation).await,
            Channel::Mail => self.mail(invitation).await,
        }
    }

    async fn post(
        &self,
        change: &Change,
        invitation: Option<(Invitation, String)>,
    ) -> Result<Outcome, Error> {
        let Some(webhook) = self.settings.webhook(change.account_id).await? else {
            return Ok(Outcome::Done);
        };
        let message = Message {
            url: &webhook.url,
            secret: &webhook.secret,
            id: &change.id,
            timestamp: Utc::now().timestamp(),
            body: body(change, invitation).to_string(),
        };
        Ok(match self.sender.send(message).await {
            Ok(()) => Outcome::Done,
            Err(error) => Outcome::Failed(error),
        })
    }

    async fn mail(&self, invitation: Option<(Invitation, String)>) -> Result<Outcome, Error> {
        let (Some(mailer), Some((invitation, _))) = (&self.mailer, invitation) else {
            return Ok(Outcome::Done);
        };
        if invitation.state() != State::Pending {
            return Ok(Outcome::Done);
        }
        let Invitation {
            account_id,
            id,
            email,
            ..
        } = invitation;
        Ok(match mailer.invite(account_id, id, &email).await {
            Ok(()) => Outcome::Done,
            Err(error) => Outcome::Failed(error),
        })
    }

    async fn settle(
        &self,
        delivery: &Delivery,
        outcome: Result<Outcome, Error>,
    ) -> Result<(), Error> {
        let mut connection = connect(&self.pool).await?;
        match outcome {
            Ok(Outcome::Done) => queue::delete(&mut connection, delivery).await?,
            Ok(Outcome::Failed(error)) => {
                let failures = usize::try_from(delivery.attempt_count - 1).unwrap_or(0);
                let pause = self.pauses.get(failures).copied();
                if pause.is_none() {
                    tracing::warn!(account.id = delivery.account_id, %error, "a delivery is given up");
                }
                queue::fail(&mut connection, delivery, &error, pause).await?;
            }
            Err(error) => {
                tracing::warn!(%error, "a delivery waits");
                queue::put_back(&mut connection, delivery, OWN_PAUSE).await?;
            }
        }
        Ok(())
    }
}

fn invitation_id(change: &Change) -> Option<i64> {
    if !change.kind.starts_with("invitation.") {
        return None;
    }
    change.resource_id.parse().ok()
}

/// What a webhook is told: names of attributes, never values, but where an invitation goes.
fn body(change: &Change, invitation: Option<(Invitation, String)>) -> Value {
    let actor = change.actor.clone().unwrap_or_default();
    let actor_kind = match actor.kind() {
        Kind::ScimToken => "scim_token",
        Kind::AdminToken => "admin_token",
        Kind::Service => "service",
        Kind::Operator => "operator",
        Kind::Unspecified => "unspecified",
    };
    let created = change.create_time.as_ref().map(date_time);
    let mut data = json!({
        "account_id": change.account_id,
        "resource_id": change.resource_id,
        "actor": { "kind": actor_kind, "id": actor.id, "name": actor.name },
        "changed_attributes": change.changed_attributes,
    });
    if let Some((invitation, license_type)) = invitation {
        data["invitation"] = json!({
            "id": invitation.id,
            "user_id": invitation.user_id.to_string(),
            "email": invitation.email,
            "type": if invitation.r#type() == Type::Scim { "scim" } else { "standard" },
            "license_type": license_type,
            "expires_at": invitation.expires_at.to_rfc3339_opts(SecondsFormat::Millis, true),
        });
    }
    json!({
        "type": change.kind,
        "timestamp": created.unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true),
        "data": data,
    })
}
