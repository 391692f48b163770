//! The cookie of a session, which only this server can make and read. It holds the account and the session's
//! secret, never the administrator's token; the session itself is kept by the token service, which ends it.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    Key, XChaCha20Poly1305, XNonce,
    aead::{Aead, Generate, KeyInit, Payload},
};
use chrono::{DateTime, TimeDelta, Utc};
use http::Uri;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::Config;

/// How long a cookie lasts, and the session at most.
pub(super) const LIFETIME: TimeDelta = TimeDelta::hours(8);
/// The bytes of a nonce that stand before what is sealed.
const NONCE_LENGTH: usize = 24;
/// What the sealed bytes are for, so that nothing else sealed with the key passes for a session.
const PURPOSE: &[u8] = b"muster console session v2";

/// Who is signed in, until when.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Ticket {
    pub(super) account_id: i64,
    /// Seconds since the epoch.
    pub(super) expiry: i64,
    /// What every form of the session repeats.
    pub(super) csrf: [u8; 16],
    /// What the session is looked up by, once hashed.
    secret: [u8; 32],
}

impl Ticket {
    /// A session that begins now.
    pub(super) fn new(account_id: i64, now: DateTime<Utc>) -> Ticket {
        Ticket {
            account_id,
            expiry: (now + LIFETIME).timestamp(),
            csrf: <[u8; 16]>::generate(),
            secret: <[u8; 32]>::generate(),
        }
    }

    /// The SHA-256 of the session's secret: what leaves this process.
    pub(super) fn secret_sha256(&self) -> Vec<u8> {
        Sha256::digest(self.secret).to_vec()
    }
}

/// Where the console stands, and how its sessions are sealed.
pub(crate) struct Site {
    /// The path of the console in URLs: that of `PUBLIC_URL`, then `/console`.
    pub(super) root: String,
    /// The scheme and authority of `PUBLIC_URL`, as browsers write an `Origin`.
    pub(super) origin: String,
    /// The name of the cookie.
    pub(super) cookie: &'static str,
    /// Whether it goes over TLS only.
    pub(super) is_secure: bool,
    cipher: XChaCha20Poly1305,
}

impl Site {
    /// From the configuration; without a key, sessions end with the process.
    pub(crate) fn new(config: &Config) -> Site {
        let public: Uri = config.public_url.parse().unwrap_or_default();
        let is_secure = public.scheme_str() == Some("https");
        let scheme = if is_secure { "https" } else { "http" };
        let authority = public.authority().map(|authority| authority.as_str());
        let authority = authority.unwrap_or_default().to_ascii_lowercase();
        // Browsers leave out the port that the scheme has by itself.
        let usual_port = if is_secure { ":443" } else { ":80" };
        let authority = authority.strip_suffix(usual_port).unwrap_or(&authority);
        Site {
            root: format!("{}/console", public.path().trim_end_matches('/')),
            origin: format!("{scheme}://{authority}"),
            cookie: if is_secure {
                "__Host-muster-console"
            } else {
                "muster-console"
            },
            is_secure,
            cipher: XChaCha20Poly1305::new(&key(config.console_key.as_ref())),
        }
    }

    /// The text of a session's cookie.
    pub(super) fn seal(&self, ticket: &Ticket) -> String {
        let mut plain = ticket.account_id.to_be_bytes().to_vec();
        plain.extend(ticket.expiry.to_be_bytes());
        plain.extend(ticket.csrf);
        plain.extend(ticket.secret);
        let nonce = XNonce::generate();
        let payload = Payload {
            msg: &plain,
            aad: PURPOSE,
        };
        let sealed = self.cipher.encrypt(&nonce, payload);
        let sealed = sealed.expect("a message of 64 bytes is not too long");
        URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat())
    }

    /// The session of a cookie that was made here and is not over.
    pub(super) fn open(&self, text: &str, now: DateTime<Utc>) -> Option<Ticket> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LENGTH>()?;
        let payload = Payload {
            msg: sealed,
            aad: PURPOSE,
        };
        let plain = self.cipher.decrypt(&XNonce::from(*nonce), payload).ok()?;
        let (account_id, plain) = plain.split_first_chunk()?;
        let (expiry, plain) = plain.split_first_chunk()?;
        let (csrf, plain) = plain.split_first_chunk()?;
        let ticket = Ticket {
            account_id: i64::from_be_bytes(*account_id),
            expiry: i64::from_be_bytes(*expiry),
            csrf: *csrf,
            secret: plain.try_into().ok()?,
        };
        (now.timestamp() < ticket.expiry).then_some(ticket)
    }
}

fn key(text: Option<&SecretString>) -> Key {
    match text {
        Some(text) => {
            let digest: [u8; 32] = Sha256::digest(text.expose_secret()).into();
            digest.into()
        }
        None => Key::generate(),
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut ticket = formatter.debug_struct("Ticket");
        ticket.field("account_id", &self.account_id);
        ticket.finish_non_exhaustive()
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut site = formatter.debug_struct("Site");
        site.field("root", &self.root).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
