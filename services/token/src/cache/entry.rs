//! What stands in Redis under the key of a secret: a MAC, and JSON that says until when it is good and what is so.
//!
//! Whoever writes to Redis can neither make a value nor move one to another key, since the MAC covers both. He
//! can put back what stood under the same key before; hence the time.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};

use super::Key;
use crate::tokens::{Kind, Token};

/// The bytes of the MAC, HMAC-SHA-256.
const MAC_LENGTH: usize = 32;

/// What the cache says of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It belongs to this live token; `last_used_at` is always `None`.
    Token {
        /// The token.
        token: Token,
        /// How much longer that is so.
        good_for: Duration,
    },
    /// It belongs to none, or to one that was deleted.
    None,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Entry {
    Live {
        id: i64,
        kind: Kind,
        name: String,
        created_at_ms: i64,
        expires_at_ms: Option<i64>,
        // Never assumed: what a process of an older version wrote is not an answer.
        read_only: bool,
    },
    Unknown,
    Deleted,
}

impl Entry {
    pub(super) fn live(token: &Token) -> Entry {
        Entry::Live {
            id: token.id,
            kind: token.kind,
            name: token.name.clone(),
            created_at_ms: token.created_at.timestamp_millis(),
            expires_at_ms: token.expires_at.map(|time| time.timestamp_millis()),
            read_only: token.read_only,
        }
    }

    /// The answer for the account that was asked about, good for so long; `None` where a time is none.
    fn answer(self, account_id: i64, good_for: Duration) -> Option<Answer> {
        let Entry::Live {
            id,
            kind,
            name,
            created_at_ms,
            expires_at_ms,
            read_only,
        } = self
        else {
            return Some(Answer::None);
        };
        let expires_at = match expires_at_ms {
            Some(milliseconds) => Some(time(milliseconds)?),
            None => None,
        };
        let token = Token {
            account_id,
            id,
            kind,
            name,
            created_at: time(created_at_ms)?,
            last_used_at: None,
            expires_at,
            read_only,
        };
        Some(Answer::Token { token, good_for })
    }
}

/// Seals values and knows those again that were sealed with the same key.
#[derive(Clone)]
pub(super) struct Sealer(Hmac<sha2::Sha256>);

impl Sealer {
    pub(super) fn new(key: &[u8]) -> Sealer {
        let mac = Hmac::new_from_slice(key).expect("HMAC takes keys of any length");
        Sealer(mac)
    }

    /// The value for a key, good for some time.
    pub(super) fn seal(
        &self,
        key: &Key,
        entry: &Entry,
        good_for: Duration,
        now: DateTime<Utc>,
    ) -> Vec<u8> {
        let good_for = TimeDelta::from_std(good_for).unwrap_or_default();
        let good_until = (now + good_for).timestamp_millis();
        let json = serde_json::to_vec(&(good_until, entry));
        let json = json.expect("strings and numbers always serialise");
        let mac = self.mac(key, &json).finalize().into_bytes();
        [mac.as_slice(), &json].concat()
    }

    /// Reads a value; `None` for anything that was not sealed here for this key, and for what is no longer good.
    pub(super) fn open(&self, key: &Key, value: &[u8], now: DateTime<Utc>) -> Option<Answer> {
        let (mac, json) = value.split_at_checked(MAC_LENGTH)?;
        self.mac(key, json).verify_slice(mac).ok()?;
        let (good_until, entry): (i64, Entry) = serde_json::from_slice(json).ok()?;
        let good_for = (time(good_until)? - now).to_std().ok()?;
        if good_for.is_zero() {
            return None;
        }
        entry.answer(key.account_id, good_for)
    }

    /// Over the key, which has one length for each account, and the JSON.
    fn mac(&self, key: &Key, json: &[u8]) -> Hmac<sha2::Sha256> {
        let mac = self.0.clone();
        mac.chain_update(key.account_id.to_be_bytes())
            .chain_update(key.secret.as_bytes())
            .chain_update(json)
    }
}

fn time(milliseconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(milliseconds)
}

#[cfg(test)]
mod tests;
