use std::cell::Cell;

use futures::{StreamExt, stream};

use super::*;

/// Which of these rows come, whether any were left, and how many were looked at.
async fn page(sizes: &[usize]) -> (Vec<usize>, bool, usize) {
    let looked_at = Cell::new(0);
    let rows = stream::iter(sizes.to_vec()).map(|size| {
        looked_at.set(looked_at.get() + 1);
        Ok(size)
    });
    let (page, left) = collect(rows, |size| *size).await.expect("rows");
    (page, left, looked_at.get())
}

#[tokio::test]
async fn rows_come_until_the_page_is_full() {
    const MAX: usize = MAX_BYTES;
    assert_eq!(page(&[]).await, (vec![], false, 0));
    assert_eq!(page(&[1, 2, 3]).await, (vec![1, 2, 3], false, 3));
    assert_eq!(page(&[MAX - 1, 1]).await, (vec![MAX - 1, 1], false, 2));
    assert_eq!(page(&[MAX - 1, 2, 1, 1]).await, (vec![MAX - 1], true, 2));
    assert_eq!(page(&[MAX + 1]).await, (vec![MAX + 1], false, 1));
    assert_eq!(page(&[MAX + 1, 1]).await, (vec![MAX + 1], true, 2));
    assert_eq!(page(&[usize::MAX, 1]).await, (vec![usize::MAX], true, 2));
}
