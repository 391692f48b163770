//! What stands in Redis under the key of a secret.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Key;
use crate::tokens::{Kind, Token};

/// What the cache says of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It belongs to this live token; `last_used_at` is always `None`.
    Token(Token),
    /// It belongs to none, or to one that was deleted.
    None,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case", deny_unknown_fields)]
enum Entry {
    Live {
        // Account and hash stand in the key already; they are repeated so that a value under a wrong key,
        // by whatever fault, opens nothing.
        account_id: i64,
        secret_sha256: String,
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

/// The value for a live token.
pub(super) fn live(key: &Key, token: &Token) -> String {
    write(&Entry::Live {
        account_id: token.account_id,
        secret_sha256: key.secret.to_hex(),
        id: token.id,
        kind: token.kind,
        name: token.name.clone(),
        created_at_ms: token.created_at.timestamp_millis(),
        expires_at_ms: token.expires_at.map(|time| time.timestamp_millis()),
        read_only: token.read_only,
    })
}

/// The value for a secret that belongs to no live token.
pub(super) fn unknown() -> String {
    write(&Entry::Unknown)
}

/// The tombstone of a deleted token.
pub(super) fn deleted() -> String {
    write(&Entry::Deleted)
}

/// Reads a value; `None` for anything that is not ours or not of this key.
pub(super) fn read(key: &Key, value: &[u8]) -> Option<Answer> {
    let entry = serde_json::from_slice(value).ok()?;
    let Entry::Live {
        account_id,
        secret_sha256,
        id,
        kind,
        name,
        created_at_ms,
        expires_at_ms,
        read_only,
    } = entry
    else {
        return Some(Answer::None);
    };
    if account_id != key.account_id || secret_sha256 != key.secret.to_hex() {
        return None;
    }
    let expires_at = match expires_at_ms {
        Some(milliseconds) => Some(time(milliseconds)?),
        None => None,
    };
    Some(Answer::Token(Token {
        account_id,
        id,
        kind,
        name,
        created_at: time(created_at_ms)?,
        last_used_at: None,
        expires_at,
        read_only,
    }))
}

fn time(milliseconds: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(milliseconds)
}

fn write(entry: &Entry) -> String {
    serde_json::to_string(entry).expect("strings and numbers always serialise")
}

#[cfg(test)]
mod tests;
