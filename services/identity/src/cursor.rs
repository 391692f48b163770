//! Page tokens (RFC 9865): where a page ended, authenticated, with nothing kept here.
//!
//! A token is base64url of a JSON array and the HMAC-SHA-256 of that array together with the query it
//! belongs to, so it opens the next page of that query in that account and nothing else.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use uuid::Uuid;

use crate::order::Position;

#[cfg(test)]
mod tests;

/// How long a token is good for.
const LIFETIME: Duration = Duration::from_secs(60 * 60);

/// The length of the authentication code, in bytes.
const CODE_LENGTH: usize = 32;

/// What a token belongs to; a token for other values of these is not one of ours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Query<'a> {
    pub(crate) account_id: i64,
    pub(crate) filter: &'a str,
    pub(crate) order_by: &'a str,
    pub(crate) descending: bool,
    pub(crate) page_size: i64,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    #[error("the cursor was not made by this server for this query")]
    Invalid,
    #[error("the cursor has expired; begin again")]
    Expired,
    #[error("the page size must be the one the cursor was made with")]
    Count,
}

/// Makes and reads page tokens.
#[derive(Clone)]
pub(crate) struct Cursors {
    mac: Hmac<Sha256>,
}

impl Cursors {
    /// With a given key, or one that lasts as long as the process.
    pub(crate) fn new(key: Option<&SecretString>) -> anyhow::Result<Cursors> {
        let mac = match key {
            Some(key) => Hmac::new_from_slice(key.expose_secret().as_bytes())?,
            None => {
                let mut random = [0; CODE_LENGTH];
                getrandom::fill(&mut random)
                    .map_err(|error| anyhow::anyhow!("no random numbers: {error}"))?;
                Hmac::new_from_slice(&random)?
            }
        };
        Ok(Cursors { mac })
    }

    /// A token for the page after a position.
    pub(crate) fn write(
        &self,
        query: Query<'_>,
        position: &Position,
        now: DateTime<Utc>,
    ) -> String {
        let payload = (
            (now + LIFETIME).timestamp(),
            query.page_size,
            position.id.to_string(),
            &position.key,
        );
        let payload = serde_json::to_vec(&payload).expect("numbers and strings are JSON");
        let mut token = self.code(query, &payload).finalize().into_bytes().to_vec();
        token.extend(payload);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// The position a token stands for.
    pub(crate) fn read(
        &self,
        query: Query<'_>,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Position, Error> {
        let token = URL_SAFE_NO_PAD.decode(token).map_err(|_| Error::Invalid)?;
        let (code, payload) = token.split_at_checked(CODE_LENGTH).ok_or(Error::Invalid)?;
        self.code(query, payload)
            .verify_slice(code)
            .map_err(|_| Error::Invalid)?;
        let (expiry, page_size, id, key): (i64, i64, Uuid, Option<String>) =
            serde_json::from_slice::<(i64, i64, String, Option<String>)>(payload)
                .ok()
                .and_then(|(expiry, size, id, key)| Some((expiry, size, id.parse().ok()?, key)))
                .ok_or(Error::Invalid)?;
        if now.timestamp() >= expiry {
            return Err(Error::Expired);
        }
        if page_size != query.page_size {
            return Err(Error::Count);
        }
        Ok(Position { key, id })
    }

    fn code(&self, query: Query<'_>, payload: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        // Each part by its length first, so that no two queries give the same bytes. The page size is
        // in the payload, since a wrong one is a fault of its own.
        for part in [
            &query.account_id.to_be_bytes(),
            query.filter.as_bytes(),
            query.order_by.as_bytes(),
            &[u8::from(query.descending)],
            payload,
        ] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }
}
