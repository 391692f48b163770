//! The secret of a token: made here, shown once, kept only as its SHA-256.
//!
//! The format, for whoever wants to recognise one (a leak scanner, a proxy):
//!
//! ```text
//! mst_scim_<43 characters><6 characters>                kind `scim`
//! mst_admin_<account>_<43 characters><6 characters>     kind `admin`
//! ```
//!
//! The account is its number in decimal digits: some addresses of the admin API name none, so the token does.
//! Secrets of administrators made before had no account and an underscore less, and stay good elsewhere.
//! Both runs are base62 (digits, upper case, lower case, in this order of value), the most significant
//! digit first. The 43 characters are 256 bits from the operating system; the 6 are the CRC-32 (IEEE) of
//! everything before them, prefix included. As a pattern: `mst_(scim|admin)_([0-9]+_)?[0-9A-Za-z]{49}`.
//! What is stored, sent between processes and cached is the SHA-256 of the whole text.

use secrecy::zeroize::Zeroize;
use secrecy::{ExposeSecret, SecretString};
use sha2::Digest;

use crate::tokens::Kind;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 62^43 is the first power of 62 above 2^256.
const RANDOM_LEN: usize = 43;
/// 62^6 is the first power of 62 above 2^32.
const CHECKSUM_LEN: usize = 6;

/// The SHA-256 of a secret. It has no `Debug`, so that it cannot slip into a log line.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sha256([u8; 32]);

impl Sha256 {
    /// The hash of a secret.
    pub fn of(secret: &SecretString) -> Self {
        Self(sha2::Sha256::digest(secret.expose_secret()).into())
    }

    /// Takes the 32 bytes that a caller sent; `None` if it is another number.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// 64 lower-case hexadecimal digits.
    pub fn to_hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What every secret of a kind begins with.
pub fn prefix(kind: Kind) -> &'static str {
    match kind {
        Kind::Scim => "mst_scim_",
        Kind::Admin => "mst_admin_",
    }
}

/// Makes a secret of this account. Fails only if the operating system has no randomness to give.
pub fn generate(kind: Kind, account_id: i64) -> Result<SecretString, getrandom::Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    let secret = encode(kind, account_id, &bytes);
    bytes.zeroize();
    Ok(secret)
}

/// Whether a text could be a secret: right prefix, length, alphabet and checksum. Says nothing of whether
/// it is one.
pub fn is_well_formed(text: &str) -> bool {
    let rest = text.strip_prefix(prefix(Kind::Scim)).or_else(|| {
        let rest = text.strip_prefix(prefix(Kind::Admin))?;
        let is_account = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        match rest.split_once('_') {
            Some((account, rest)) => is_account(account).then_some(rest),
            None => Some(rest),
        }
    });
    let Some(rest) = rest else {
        return false;
    };
    if rest.len() != RANDOM_LEN + CHECKSUM_LEN || !rest.bytes().all(|b| ALPHABET.contains(&b)) {
        return false;
    }
    let (body, given) = text.split_at(text.len() - CHECKSUM_LEN);
    checksum(body) == given
}

fn encode(kind: Kind, account_id: i64, random: &[u8; 32]) -> SecretString {
    let account = match kind {
        Kind::Scim => String::new(),
        Kind::Admin => format!("{account_id}_"),
    };
    let length = prefix(kind).len() + account.len() + RANDOM_LEN + CHECKSUM_LEN;
    // So large that it never moves and leaves a copy behind.
    let mut text = String::with_capacity(length);
    text.push_str(prefix(kind));
    text.push_str(&account);
    text.push_str(&base62(random, RANDOM_LEN));
    text.push_str(&checksum(&text));
    SecretString::from(text)
}

fn checksum(body: &str) -> String {
    base62(
        &crc32fast::hash(body.as_bytes()).to_be_bytes(),
        CHECKSUM_LEN,
    )
}

/// The number that `bytes` are (big-endian) in exactly `digits` base62 digits, which must be enough for it.
fn base62(bytes: &[u8], digits: usize) -> String {
    let mut number = bytes.to_vec();
    let mut text = vec![0; digits];
    for digit in text.iter_mut().rev() {
        // Long division by 62; what is left over is the next digit from the right.
        let mut remainder = 0_u32;
        for byte in &mut number {
            let value = remainder << 8 | u32::from(*byte);
            *byte = u8::try_from(value / 62)
                .expect("the remainder is below 62, so the quotient below 256");
            remainder = value % 62;
        }
        *digit = ALPHABET[usize::try_from(remainder).expect("below 62")];
    }
    number.zeroize();
    String::from_utf8(text).expect("the alphabet is ASCII")
}

#[cfg(test)]
mod tests;
