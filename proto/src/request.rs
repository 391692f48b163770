//! Rules that requests of all services share.

use tonic::Status;

use crate::{error::status, page::MAX_SIZE, protocol::v1::ErrorReason};

/// The size of a page where none is asked for.
const PAGE_SIZE: i32 = 100;

/// The account of a request.
///
/// # Errors
/// INVALID_VALUE: there is none.
pub fn account(account_id: i64) -> Result<i64, Status> {
    match account_id {
        1.. => Ok(account_id),
        _ => Err(status(ErrorReason::InvalidValue, "account_id is required")),
    }
}

/// The size of a page (AIP-158): 0 stands for 100, more than 1000 for 1000.
///
/// # Errors
/// INVALID_VALUE: it is negative.
pub fn page_size(page_size: i32) -> Result<i64, Status> {
    match page_size {
        0 => Ok(PAGE_SIZE.into()),
        1.. => Ok(page_size.min(MAX_SIZE).into()),
        _ => Err(status(
            ErrorReason::InvalidValue,
            "page_size must not be negative",
        )),
    }
}

/// How many rows come before a page.
///
/// # Errors
/// INVALID_VALUE: it is negative.
pub fn skip(skip: i32) -> Result<i64, Status> {
    match skip {
        0.. => Ok(skip.into()),
        _ => Err(status(
            ErrorReason::InvalidValue,
            "skip must not be negative",
        )),
    }
}
