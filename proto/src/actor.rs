//! Who makes a change.

use tonic::Status;

use crate::{
    error,
    protocol::v1::{Actor, ErrorReason, actor::Kind},
};

/// The actor of a mutating request, which must be there and of a known kind.
///
/// # Errors
/// INVALID_VALUE.
pub fn required(actor: Option<Actor>) -> Result<Actor, Status> {
    match actor {
        Some(actor) if actor.kind() != Kind::Unspecified => Ok(actor),
        _ => Err(error::status(
            ErrorReason::InvalidValue,
            "actor is required and must be of a known kind",
        )),
    }
}

#[cfg(test)]
mod tests;
