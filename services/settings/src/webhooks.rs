//! The rows of `webhooks`, every query on them, and what a webhook may be.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, JoinOnDsl, NullableExpressionMethods, QueryDsl, QueryResult,
    dsl::IntervalDsl,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::{
    accounts::now,
    error::Error,
    schema::{accounts, webhooks},
};

/// The longest URL, in bytes.
const URL_LIMIT: usize = 2048;

/// How many hours a secret goes on signing after another has taken its place.
const OVERLAP: i32 = 24;

/// The length of a secret, in bytes.
const SECRET_LENGTH: usize = 32;

pub(crate) struct Webhook {
    pub(crate) url: String,
    pub(crate) secret: SecretString,
    /// The secret before, which signs too until then.
    pub(crate) old: Option<(SecretString, DateTime<Utc>)>,
}

/// `whsec_` and the base64 of 32 random bytes (Standard Webhooks).
pub(crate) fn new_secret() -> Result<SecretString, Error> {
    let mut random = [0; SECRET_LENGTH];
    getrandom::fill(&mut random).map_err(|_| Error::NoRandomness)?;
    Ok(format!("whsec_{}", STANDARD.encode(random)).into())
}

/// A URL that could be delivered to. Whether the addresses of its host may be is for the deliverer to say, who
/// resolves it.
pub(crate) fn check_url(text: &str, allow_private: bool) -> Result<(), Error> {
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
    // The deliverer reads it by another parser, to which letters beyond ASCII and short addresses are names.
    if !is_plain(text, &url) {
        return Err(Error::InvalidValue(format!("url must be written as {url}")));
    }
    delivery::check_url(text, allow_private).map_err(Error::invalid)
}

/// Whether the text has the host that it is read to have.
fn is_plain(text: &str, url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let after_scheme = text.split_once("://").map(|(_, rest)| rest);
    let written = after_scheme.and_then(|rest| rest.get(..host.len()));
    written.is_some_and(|written| written.eq_ignore_ascii_case(host))
}

/// The webhook of an account, if it has one; an account that does not exist is an error.
pub(crate) async fn find(
    connection: &mut AsyncPgConnection,
    account_id: i64,
) -> QueryResult<Option<Webhook>> {
    type Row = (
        String,
        String,
        Option<String>,
        Option<DateTime<Utc>>,
        Option<bool>,
    );
    let found: Option<Row> = accounts::table
        .left_join(webhooks::table.on(webhooks::account_id.eq(accounts::account_id)))
        .filter(accounts::account_id.eq(account_id))
        .select(
            (
                webhooks::url,
                webhooks::secret,
                webhooks::old_secret,
                webhooks::old_secret_expires_at,
                webhooks::old_secret_expires_at.gt(now().nullable()),
            )
                .nullable(),
        )
        .first(connection)
        .await?;
    Ok(found.map(|(url, secret, old_secret, expires_at, signs)| {
        let old = old_secret.zip(expires_at).filter(|_| signs == Some(true));
        Webhook {
            url,
            secret: secret.into(),
            old: old.map(|(secret, expires_at)| (secret.into(), expires_at)),
        }
    }))
}

/// Makes a webhook with a secret.
pub(crate) async fn insert(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    url: &str,
    secret: &SecretString,
) -> QueryResult<()> {
    diesel::insert_into(webhooks::table)
        .values((
            webhooks::account_id.eq(account_id),
            webhooks::url.eq(url),
            webhooks::secret.eq(secret.expose_secret()),
        ))
        .execute(connection)
        .await
        .map(drop)
}

/// Gives a webhook another URL; its secrets stay.
pub(crate) async fn update_url(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    url: &str,
) -> QueryResult<()> {
    diesel::update(webhooks::table.find(account_id))
        .set(webhooks::url.eq(url))
        .execute(connection)
        .await
        .map(drop)
}

/// Gives a webhook another secret; the one it has signs too for a while.
pub(crate) async fn rotate(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    secret: &SecretString,
) -> QueryResult<()> {
    diesel::update(webhooks::table.find(account_id))
        .set((
            webhooks::old_secret.eq(webhooks::secret.nullable()),
            webhooks::old_secret_expires_at.eq((now() + OVERLAP.hours()).nullable()),
            webhooks::secret.eq(secret.expose_secret()),
        ))
        .execute(connection)
        .await
        .map(drop)
}

pub(crate) async fn delete(connection: &mut AsyncPgConnection, account_id: i64) -> QueryResult<()> {
    diesel::delete(webhooks::table.find(account_id))
        .execute(connection)
        .await
        .map(drop)
}

#[cfg(test)]
mod tests;
