//! Ids of users and groups as text.

use uuid::Uuid;

/// The id that a text names; only the form the service itself writes, since ids compare with case.
pub(crate) fn parse(text: &str) -> Option<Uuid> {
    let id = Uuid::try_parse(text).ok()?;
    let mut written = Uuid::encode_buffer();
    (id.hyphenated().encode_lower(&mut written) == text).then_some(id)
}
