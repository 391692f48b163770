use proto::{
    protocol::v1::{
        ErrorReason, ListChangesRequest, change_log_service_client::ChangeLogServiceClient,
    },
    settings::v1 as pb,
};

use crate::app::{App, actor, assert_refused};

/// A1: what this service recorded can be asked for.
#[tokio::test]
async fn the_change_log_is_served() {
    let mut app = App::start().await;
    app.create(1, pb::Plan::Enterprise).await.unwrap();
    app.create(2, pb::Plan::Enterprise).await.unwrap();
    let request = pb::ReplaceWebhookRequest {
        account_id: 1,
        url: "https://hooks.example.com/".to_owned(),
        actor: Some(actor()),
    };
    app.account.replace_webhook(request).await.unwrap();
    let mut log = ChangeLogServiceClient::new(app.channel.clone());
    let request = ListChangesRequest {
        account_id: 1,
        ..ListChangesRequest::default()
    };
    let page = log
        .list_changes(request.clone())
        .await
        .unwrap()
        .into_inner();
    let kinds: Vec<_> = page.changes.iter().map(|one| one.kind.as_str()).collect();
    assert_eq!(kinds, ["webhook.changed", "account.created"]);
    assert_eq!(page.changes[0].actor, Some(actor()));
    assert_eq!(page.next_page_token, "");
    let forged = ListChangesRequest {
        page_token: "x".to_owned(),
        ..request
    };
    assert_refused(log.list_changes(forged).await, ErrorReason::InvalidCursor);
}
