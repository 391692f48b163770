use proto::{protocol::v1::ErrorReason, settings::v1 as pb};

use crate::app::{App, assert_refused};

#[tokio::test]
async fn an_account_is_read_alone() {
    let mut app = App::start().await;
    app.create(1, pb::Plan::Enterprise).await.unwrap();
    let second = app.create(2, pb::Plan::Team).await.unwrap();
    assert_eq!(app.get(2).await.unwrap(), second);
}

#[tokio::test]
async fn an_unknown_account_is_not_found() {
    let mut app = App::start().await;
    for id in [1, 0, -1, i64::MAX] {
        assert_refused(app.get(id).await, ErrorReason::ResourceNotFound);
    }
}
