use proto::protocol::v1::{ListChangesRequest, change_log_service_client::ChangeLogServiceClient};

use crate::harness::*;

#[tokio::test]
async fn the_log_is_read_newest_first() {
    let service = Service::start().await;
    let group = service.group("A", &[]).await.id;
    service.make_default(&group).await;
    service.permit(&group, Some("developer")).await;
    let mut client = ChangeLogServiceClient::connect(service.running.url())
        .await
        .unwrap();
    let request = ListChangesRequest {
        account_id: ACCOUNT,
        page_size: 2,
        ..ListChangesRequest::default()
    };
    let first = client.list_changes(request.clone()).await.unwrap();
    let first = first.into_inner();
    let request = ListChangesRequest {
        page_token: first.next_page_token,
        ..request
    };
    let second = client.list_changes(request).await.unwrap().into_inner();
    assert_eq!(second.next_page_token, "");
    let changes = first.changes.iter().chain(&second.changes);
    let kinds: Vec<&str> = changes.map(|change| change.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "group_permissions.changed",
            "group_settings.changed",
            "group.created"
        ]
    );
}
