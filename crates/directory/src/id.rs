//! Ids as text.

use uuid::Uuid;

/// The id that a text names: in the one spelling that ids are given out in, since ids compare with case. Other text names
/// nothing (R-EP-04, R-REG-SEC-08).
#[must_use]
pub fn parse(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    let mut written = Uuid::encode_buffer();
    (id.hyphenated().encode_lower(&mut written) == text).then_some(id)
}
