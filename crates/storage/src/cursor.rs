//! Page tokens (RFC 9865): where a page ended, sealed, with nothing kept here.
//!
//! A token is base64url of a JSON array, encrypted with XChaCha20-Poly1305 for the query it belongs to. So it
//! opens the next page of that query in that account and nothing else, and the sort key in it, which may be
//! somebody's name, does not stand readable in URLs and the logs of proxies.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    Key, XChaCha20Poly1305, XNonce,
    aead::{Aead, Generate, KeyInit, Payload},
};
use chrono::{DateTime, Utc};
use proto::page::TOKEN_LIFETIME;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use uuid::Uuid;

#[cfg(test)]
mod tests;

/// The bytes of a nonce, which stand before what is sealed.
const NONCE_LENGTH: usize = 24;

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
    cipher: XChaCha20Poly1305,
}

impl Cursors {
    /// With a given key, or one that lasts as long as the process.
    #[must_use]
    pub fn new(key: Option<&SecretString>) -> Cursors {
        let key = match key {
            Some(key) => <[u8; 32]>::from(Sha256::digest(key.expose_secret())).into(),
            None => Key::generate(),
        };
        Cursors {
            cipher: XChaCha20Poly1305::new(&key),
        }
    }

    /// A token for the page after a position.
    #[must_use]
    pub fn write(&self, query: Query<'_>, position: &Position, now: DateTime<Utc>) -> String {
        let place = (
            (now + TOKEN_LIFETIME).timestamp(),
            query.page_size,
            position.id.to_string(),
            &position.key,
        );
        let place = serde_json::to_vec(&place).expect("numbers and strings are JSON");
        let nonce = XNonce::generate();
        let payload = Payload {
            msg: &place,
            aad: &context(query),
        };
        let sealed = self.cipher.encrypt(&nonce, payload);
        let sealed = sealed.expect("a sort key is far from the 256 GiB that the cipher takes");
        URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat())
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
        let (nonce, sealed) = token
            .split_first_chunk::<NONCE_LENGTH>()
            .ok_or(Error::Invalid)?;
        let payload = Payload {
            msg: sealed,
            aad: &context(query),
        };
        let place = self.cipher.decrypt(&XNonce::from(*nonce), payload);
        let place = place.map_err(|_| Error::Invalid)?;
        let (expiry, page_size, id, key): (i64, i64, Uuid, Option<String>) =
            serde_json::from_slice::<(i64, i64, String, Option<String>)>(&place)
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
}

/// The query, as what the token is sealed for. Each part by its length first, so that no two queries give the
/// same bytes. The page size is in what is sealed, since a wrong one is a fault of its own.
fn context(query: Query<'_>) -> Vec<u8> {
    let mut context = Vec::new();
    for part in [
        query.kind.as_bytes(),
        &query.account_id.to_be_bytes(),
        query.filter.as_bytes(),
        query.order_by.as_bytes(),
        &[u8::from(query.descending), u8::from(query.across_types)],
    ] {
        context.extend((part.len() as u64).to_be_bytes());
        context.extend(part);
    }
    context
}
