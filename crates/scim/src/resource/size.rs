//! How large a resource may be.

use serde_json::Value;

use crate::Map;
use crate::error::Error;

/// The most bytes of JSON that a canonical resource may take, a group's members aside.
pub const MAX_SIZE: usize = 256 * 1024;

/// The bytes that a canonical resource takes as JSON, without spaces and escapes. What is true or false is not counted,
/// so that a user who is too large can still be deactivated.
#[must_use]
pub fn size(resource: &Map) -> usize {
    let punctuation = r#""":,"#.len();
    let members = resource.iter().map(|(name, value)| match value {
        Value::Bool(_) => 0,
        value => name.len() + punctuation + of(value),
    });
    r"{}".len() + members.sum::<usize>()
}

fn of(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + r#""""#.len(),
        Value::Array(elements) => {
            let elements = elements.iter().map(|element| of(element) + r",".len());
            r"[]".len() + elements.sum::<usize>()
        }
        Value::Object(members) => size(members),
        Value::Number(number) => number.to_string().len(),
        Value::Bool(_) | Value::Null => r"null".len(),
    }
}

/// Checks the size of a canonical resource that is about to take the place of another, or of none. One that is too
/// large from before may shrink, and may be left as it is.
///
/// # Errors
/// `InvalidValue`.
pub fn check_size(before: Option<&Map>, resource: &Map) -> Result<(), Error> {
    let after = size(resource);
    if after <= MAX_SIZE || before.is_some_and(|before| after <= size(before)) {
        return Ok(());
    }
    Err(Error::invalid_value(format!(
        "The resource would take {after} bytes as JSON; it may take {MAX_SIZE}."
    )))
}
