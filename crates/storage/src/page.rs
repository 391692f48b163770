//! Pages that are bounded by bytes, whatever the rows hold.

use std::pin::pin;

use diesel::QueryResult;
use futures::{Stream, TryStreamExt};

/// The most bytes of a page.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// The first rows of a query, up to [`MAX_BYTES`] of them, and whether others were left. One comes in any case. Rows are
/// looked at as they arrive, so that no more than a page and a row are in memory.
///
/// # Errors
/// Those of the query.
pub async fn collect<R>(
    rows: impl Stream<Item = QueryResult<R>>,
    size: impl Fn(&R) -> usize,
) -> QueryResult<(Vec<R>, bool)> {
    let mut rows = pin!(rows);
    let mut page = Vec::new();
    let mut bytes = 0_usize;
    while let Some(row) = rows.try_next().await? {
        bytes = bytes.saturating_add(size(&row));
        if bytes > MAX_BYTES && !page.is_empty() {
            return Ok((page, true));
        }
        page.push(row);
    }
    Ok((page, false))
}

/// How many rows there are in all, where a page that begins with the first of them has room left.
pub fn total<R>(rows: &[R], limit: i64, left: bool) -> Option<i64> {
    let count = i64::try_from(rows.len()).ok()?;
    (!left && count < limit).then_some(count)
}

#[cfg(test)]
mod tests;
