//! The rows of `webhooks`, every query on them, and what a webhook may be.

use base64::{Engine, engine::general_purpose::STANDARD};
use diesel::{ExpressionMethods, JoinOnDsl, NullableExpressionMethods, QueryDsl, QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{
    error::Error,
    schema::{accounts, webhooks},
};

/// The longest URL, in bytes.
const URL_LIMIT: usize = 2048;

/// The length of a secret, in bytes.
const SECRET_LENGTH: usize = 32;

pub(crate) struct Webhook {
    pub(crate) url: String,
    pub(crate) secret: SecretString,
}

impl Webhook {
    /// With a new secret: `whsec_` and the base64 of 32 random bytes (Standard Webhooks).
    pub(crate) fn new(url: String) -> Result<Webhook, Error> {
        let mut random = [0; SECRET_LENGTH];
        getrandom::fill(&mut random).map_err(|_| Error::NoRandomness)?;
        Ok(Webhook {
            url,
            secret: format!("whsec_{}", STANDARD.encode(random)).into(),
        })
    }
}

/// A URL that could be delivered to. Whether its host may be is for the deliverer to say, who resolves it.
pub(crate) fn check_url(text: &str) -> Result<(), Error> {
    let invalid = |why| Err(Error::invalid(why));
    if text.len() > URL_LIMIT {
        return invalid("url must have at most 2048 bytes");
    }
    // The parser would drop these.
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return invalid("url must not have white space");
    }
    let Ok(url) = Url::parse(text) else {
        return invalid("url must be a URL");
    };
    if !matches!(url.scheme(), "https" | "http") || !url.has_host() {
        return invalid("url must be an https or http URL with a host");
    }
    // They would be stored and shown in clear.
    if !url.username().is_empty() || url.password().is_some() {
        return invalid("url must not hold a user or password");
    }
    if url.fragment().is_some() {
        return invalid("url must not have a fragment");
    }
    Ok(())
}

/// The webhook of an account, if it has one; an account that does not exist is an error.
pub(crate) async fn find(
    connection: &mut AsyncPgConnection,
    account_id: i64,
) -> QueryResult<Option<Webhook>> {
    let found: Option<(String, String)> = accounts::table
        .left_join(webhooks::table.on(webhooks::account_id.eq(accounts::account_id)))
        .filter(accounts::account_id.eq(account_id))
        .select((webhooks::url, webhooks::secret).nullable())
        .first(connection)
        .await?;
    Ok(found.map(|(url, secret)| Webhook {
        url,
        secret: secret.into(),
    }))
}

pub(crate) async fn replace(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    webhook: Option<&Webhook>,
) -> QueryResult<()> {
    diesel::delete(webhooks::table.find(account_id))
        .execute(connection)
        .await?;
    let Some(webhook) = webhook else {
        return Ok(());
    };
    diesel::insert_into(webhooks::table)
        .values((
            webhooks::account_id.eq(account_id),
            webhooks::url.eq(&webhook.url),
            webhooks::secret.eq(webhook.secret.expose_secret()),
        ))
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests;
