//! Page tokens (RFC 9865): where a page ended, authenticated, with nothing kept here.
//!
//! A token is base64url of a JSON array and the HMAC-SHA-256 of that array together with the query it
//! belongs to, so it opens the next page of that query in that account and nothing else.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use proto::page::TOKEN_LIFETIME;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use uuid::Uuid;

#[cfg(test)]
mod tests;

/// The length of the authentication code, in bytes.
const CODE_LENGTH: usize = 32;

/// What a token belongs to; a token for other values of these is not one of ours.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// What is listed, such as `users`: services may share a key.
    pub kind: &'a str,
    /// The account.
    pub account_id: i64,
    /// The filter as written.
    pub filter: &'a str,
    /// What the list is sorted by, as written.
    pub order_by: &'a str,
    /// Whether from the largest to the smallest.
    pub descending: bool,
    /// Whether the query spans several resource types.
    pub across_types: bool,
    /// How many resources a page has.
    pub page_size: i64,
}

/// A place in a list: after the row with this key and id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The sort key as text; none: the row has none, or the list is sorted by id.
    pub key: Option<String>,
    /// The id of the row.
    pub id: Uuid,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It was not made here, or for another query.
    #[error("the cursor was not made by this server for this query")]
    Invalid,
    /// It is too old.
    #[error("the cursor has expired; begin again")]
    Expired,
    /// The page size differs.
    #[error("the page size must be the one the cursor was made with")]
    Count,
}

/// Makes and reads page tokens.
#[derive(Clone)]
pub struct Cursors {
    mac: Hmac<Sha256>,
}

impl Cursors {
    /// With a given key, or one that lasts as long as the process.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn new(key: Option<&SecretString>) -> anyhow::Result<Cursors> {
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
    #[must_use]
    pub fn write(&self, query: Query<'_>, position: &Position, now: DateTime<Utc>) -> String {
        let payload = (
            (now + TOKEN_LIFETIME).timestamp(),
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
    ///
    /// # Errors
    /// It is no token for this query, too old, or for another page size.
    pub fn read(
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
            query.kind.as_bytes(),
            &query.account_id.to_be_bytes(),
            query.filter.as_bytes(),
            query.order_by.as_bytes(),
            &[u8::from(query.descending), u8::from(query.across_types)],
            payload,
        ] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }
}
