//! What of a change is delivered besides the change itself, and invitations by mail.

use chrono::SecondsFormat;
use proto::{
    identity::v1::invitation::{State, Type},
    protocol::v1::Change,
    settings::v1::Webhook,
};
use serde_json::{Map, Value, json};
use storage::postgres::{Pool, connect};
use tonic::Status;

use crate::{
    error::Error,
    invitations::{self, Invitation},
    mail::{Mail, Mailer},
    rules::is_address,
    settings::Settings,
};

/// What this service adds to the delivery of its changes.
#[derive(Clone)]
pub(crate) struct Source {
    pool: Pool,
    settings: Settings,
    mailer: Option<Mailer>,
}

impl Source {
    /// # Errors
    /// The configuration of the mail is malformed.
    pub(crate) fn new(
        mail: Option<&Mail>,
        pool: Pool,
        settings: Settings,
    ) -> anyhow::Result<Source> {
        Ok(Source {
            pool,
            settings,
            mailer: mail.map(Mailer::new).transpose()?,
        })
    }

    /// The invitation that changed, with the licence of its user.
    async fn invitation(&self, change: &Change) -> Result<Option<(Invitation, String)>, Error> {
        let id = match change.resource_id.parse() {
            Ok(id) if change.kind.starts_with("invitation.") => id,
            _ => return Ok(None),
        };
        let mut connection = connect(&self.pool).await?;
        Ok(invitations::find(&mut connection, change.account_id, id).await?)
    }
}

impl delivery::Source for Source {
    async fn webhook(&self, account_id: i64) -> Result<Option<Webhook>, Status> {
        self.settings.webhook(account_id).await
    }

    /// Whom an invitation goes to, so that another may mail it.
    async fn details(&self, change: &Change) -> Result<Map<String, Value>, Status> {
        let mut details = Map::new();
        if let Some((invitation, license_type)) = self.invitation(change).await? {
            details.insert(
                "invitation".to_owned(),
                describe(&invitation, &license_type),
            );
        }
        Ok(details)
    }

    fn is_mailed(&self, change: &Change) -> bool {
        self.mailer.is_some() && invites(change)
    }

    /// An invitation is sent once somebody has taken it.
    async fn arrived(&self, change: &Change) -> Result<(), Status> {
        let Some(id) = change.resource_id.parse().ok().filter(|_| invites(change)) else {
            return Ok(());
        };
        let mut connection = connect(&self.pool).await.map_err(Error::from)?;
        invitations::note_handed_over(&mut connection, change.account_id, id)
            .await
            .map_err(Error::from)?;
        Ok(())
    }

    async fn mail(&self, change: &Change) -> Result<Result<(), String>, Status> {
        let (Some(mailer), Some((invitation, _))) = (&self.mailer, self.invitation(change).await?)
        else {
            return Ok(Ok(()));
        };
        // What an identity provider pushed may be no address; to try again would not help.
        if invitation.state() != State::Pending || !is_address(&invitation.email) {
            return Ok(Ok(()));
        }
        Ok(mailer
            .invite(invitation.account_id, invitation.id, &invitation.email)
            .await)
    }
}

/// Whether by a change somebody is invited, or once more.
fn invites(change: &Change) -> bool {
    matches!(&*change.kind, "invitation.created" | "invitation.resent")
}

fn describe(invitation: &Invitation, license_type: &str) -> Value {
    json!({
        "id": invitation.id,
        "user_id": invitation.user_id.to_string(),
        "email": invitation.email,
        "type": if invitation.r#type() == Type::Scim { "scim" } else { "standard" },
        "license_type": license_type,
        "expires_at": invitation.expires_at.to_rfc3339_opts(SecondsFormat::Millis, true),
    })
}
