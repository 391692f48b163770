//! Invitations by mail.

use std::time::Duration;

use anyhow::Context;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
    transport::smtp::AsyncSmtpTransportBuilder,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

/// How long an attempt may take.
const ATTEMPT_TIME: Duration = Duration::from_secs(30);

/// How invitations are mailed.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The server: `smtps://user:password@host`, `smtp://host?tls=required`.
    pub smtp_url: SecretString,
    /// The sender's address.
    pub from: String,
    /// The link in the mail; `{account_id}` and `{invitation_id}` stand for those.
    pub invitation_url: String,
}

impl Mail {
    /// None: the URL is malformed. The parser's error may hold the password.
    pub(crate) fn transport(&self) -> Option<AsyncSmtpTransportBuilder> {
        AsyncSmtpTransport::<Tokio1Executor>::from_url(self.smtp_url.expose_secret()).ok()
    }

    /// None: the address is malformed.
    pub(crate) fn sender(&self) -> Option<Mailbox> {
        self.from.parse().ok()
    }
}

/// The link to accept an invitation by.
pub(crate) fn link(url: &str, account_id: i64, id: i64) -> String {
    url.replace("{account_id}", &account_id.to_string())
        .replace("{invitation_id}", &id.to_string())
}

/// Sends mail.
#[derive(Debug, Clone)]
pub(crate) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    invitation_url: String,
}

impl Mailer {
    /// # Errors
    /// The URL of the server or the sender's address is malformed.
    pub(crate) fn new(mail: &Mail) -> anyhow::Result<Mailer> {
        let transport = mail.transport().context("SMTP_URL is malformed")?;
        Ok(Mailer {
            transport: transport.timeout(Some(ATTEMPT_TIME)).build(),
            from: mail.sender().context("MAIL_FROM is malformed")?,
            invitation_url: mail.invitation_url.clone(),
        })
    }

    /// Invites somebody.
    ///
    /// # Errors
    /// What went wrong, in words that hold nothing of the message.
    pub(crate) async fn invite(&self, account_id: i64, id: i64, email: &str) -> Result<(), String> {
        let link = link(&self.invitation_url, account_id, id);
        let to = email.parse().map_err(|_| "malformed address")?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject("You have been invited")
            .header(ContentType::TEXT_PLAIN)
            .body(format!(
                "You have been invited.\r\n\r\nTo accept, follow this link and sign in:\r\n{link}\r\n"
            ))
            .map_err(|_| "malformed message")?;
        match timeout(ATTEMPT_TIME, self.transport.send(message)).await {
            Err(_) => Err("timeout".to_owned()),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(match error.status() {
                Some(code) => format!("SMTP {code}"),
                None => "no answer".to_owned(),
            }),
        }
    }
}
