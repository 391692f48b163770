//! The webhook of an account: where to, and by which secret it is signed.

use diesel_async::AsyncConnection;
use proto::{actor, protocol::v1::Actor, settings::v1 as pb};
use storage::{
    changes::{Details, Entry},
    postgres::Connection,
};
use tonic::Status;

use super::{Service, account::finish};
use crate::{
    accounts::{self, Account},
    error::Error,
    webhooks, wire,
};

impl Service {
    /// Writes the URL; the answer has the secret only where one was made.
    pub(super) async fn write_webhook(
        &self,
        request: pb::ReplaceWebhookRequest,
    ) -> Result<pb::Webhook, Status> {
        let (account_id, url) = (request.account_id, request.url);
        let actor = actor::required(request.actor)?;
        if !url.is_empty() {
            webhooks::check_url(&url, self.allow_private)?;
        }
        let mut connection = self.connect().await?;
        let webhook = connection
            .transaction(async |connection| {
                let account = accounts::lock(connection, account_id).await?;
                let found = webhooks::find(connection, account_id).await?;
                let mut is_new = false;
                let changed: &[&str] = match &found {
                    None if url.is_empty() => &[],
                    None => {
                        let secret = webhooks::new_secret()?;
                        webhooks::insert(connection, account_id, &url, &secret).await?;
                        is_new = true;
                        &["url", "secret"]
                    }
                    Some(_) if url.is_empty() => {
                        webhooks::delete(connection, account_id).await?;
                        &["url", "secret"]
                    }
                    Some(webhook) if webhook.url == url => &[],
                    Some(_) => {
                        webhooks::update_url(connection, account_id, &url).await?;
                        &["url"]
                    }
                };
                record(connection, &account, changed, &actor).await?;
                let written = webhooks::find(connection, account_id).await?;
                Ok::<_, Error>(wire::webhook(written, is_new))
            })
            .await?;
        Ok(webhook)
    }

    /// Makes a new secret, which is in the answer alone.
    pub(super) async fn rotate_secret(
        &self,
        request: pb::RotateWebhookSecretRequest,
    ) -> Result<pb::Webhook, Status> {
        let account_id = request.account_id;
        let actor = actor::required(request.actor)?;
        let secret = webhooks::new_secret()?;
        let mut connection = self.connect().await?;
        let webhook = connection
            .transaction(async |connection| {
                let account = accounts::lock(connection, account_id).await?;
                if webhooks::find(connection, account_id).await?.is_none() {
                    return Err(Error::invalid("the account has no webhook"));
                }
                webhooks::rotate(connection, account_id, &secret).await?;
                record(connection, &account, &["secret"], &actor).await?;
                let written = webhooks::find(connection, account_id).await?;
                Ok(wire::webhook(written, true))
            })
            .await?;
        Ok(pb::Webhook {
            // Whoever rotates has had it, or is not to have it.
            old_secret: String::new(),
            ..webhook
        })
    }
}

/// Writes of a change of the webhook, if it is one.
async fn record(
    connection: &mut Connection,
    account: &Account,
    changed: &[&str],
    actor: &Actor,
) -> Result<(), Error> {
    if changed.is_empty() {
        return Ok(());
    }
    let changed: Vec<String> = changed.iter().copied().map(str::to_owned).collect();
    let entry = Entry {
        account_id: account.account_id,
        kind: "webhook.changed",
        resource_id: &account.account_id.to_string(),
        name: account.name.as_str().into(),
        changed_attributes: &changed,
        // Neither the secret nor the URL, which may hold one too.
        details: Details::default(),
        actor,
    };
    finish(connection, entry).await
}
