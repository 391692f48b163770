//! PATCH operations on the wire (RFC 7644 section 3.5.2).

use scim::patch::{MAX_OPERATIONS, Op, Operation};
use tonic::Status;

use crate::{
    error,
    protocol::v1::{ErrorReason, PatchOperation, patch_operation},
};

/// An operation for the wire.
pub fn to_pb(operation: Operation) -> PatchOperation {
    let op = match operation.op {
        Op::Add => patch_operation::Op::Add,
        Op::Remove => patch_operation::Op::Remove,
        Op::Replace => patch_operation::Op::Replace,
    };
    PatchOperation {
        op: op.into(),
        path: operation.path,
        value_json: operation.value.map(|value| value.to_string()),
    }
}

/// All operations of a request.
///
/// # Errors
/// INVALID_SYNTAX: as [`from_pb`], or there are more than a request may have.
pub fn all_from_pb(operations: Vec<PatchOperation>) -> Result<Vec<Operation>, Status> {
    if operations.len() > MAX_OPERATIONS {
        return Err(error::status(
            ErrorReason::InvalidSyntax,
            format!("a request may hold at most {MAX_OPERATIONS} operations"),
        ));
    }
    operations.into_iter().map(from_pb).collect()
}

/// An operation from the wire.
///
/// # Errors
/// INVALID_SYNTAX: no known operation, or a value that is not JSON or breaks the limits of `scim::json`.
pub fn from_pb(operation: PatchOperation) -> Result<Operation, Status> {
    let op = match operation.op() {
        patch_operation::Op::Add => Op::Add,
        patch_operation::Op::Remove => Op::Remove,
        patch_operation::Op::Replace => Op::Replace,
        patch_operation::Op::Unspecified => {
            return Err(error::status(
                ErrorReason::InvalidSyntax,
                "op must be add, remove or replace",
            ));
        }
    };
    let value = operation
        .value_json
        .as_deref()
        .map(scim::json::parse_value)
        .transpose();
    Ok(Operation {
        op,
        path: operation.path,
        value: value.map_err(error::from_scim)?,
    })
}

#[cfg(test)]
mod tests;
