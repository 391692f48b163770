//! Enum fields of requests: proto3 lets any number through, and generated code takes an unknown one for the default.

use tonic::Status;

use crate::{error, protocol::v1::ErrorReason};

/// The value of an enum field, which may be the unspecified one.
///
/// # Errors
/// INVALID_VALUE where this version knows no value of that number: whoever sent it means something else.
pub fn read<E: TryFrom<i32>>(field: &str, number: i32) -> Result<E, Status> {
    E::try_from(number).map_err(|_| {
        let detail = format!("{field} has no value {number}");
        error::status(ErrorReason::InvalidValue, detail)
    })
}
