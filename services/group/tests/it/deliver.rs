//! The account's webhook hears of groups, too (issue 4).

use proto::{
    protocol::v1::{
        DeliveryStatus, GetDeliveryStatusRequest, ListDeadDeliveriesRequest,
        RetryDeadDeliveriesRequest, delivery_service_client::DeliveryServiceClient,
    },
    settings::v1::{ReplaceWebhookRequest, account_service_client::AccountServiceClient},
};
use testkit::Receiver;

use crate::harness::{
    ACCOUNT, OTHER_ACCOUNT, Service, add_members, admin_actor, creation, deletion, eventually,
};

/// Has an account told of changes, that of its webhook first, and returns the secret.
async fn hook(service: &Service, account_id: i64, receiver: &mut Receiver) -> String {
    let url = service.config.settings_url.clone();
    let mut settings = AccountServiceClient::connect(url).await.unwrap();
    let request = ReplaceWebhookRequest {
        account_id,
        url: receiver.url.clone(),
        actor: Some(admin_actor()),
    };
    let webhook = settings.replace_webhook(request).await.unwrap();
    while receiver.next().await.kind() != "webhook.changed" {}
    webhook.into_inner().secret
}

#[tokio::test]
async fn changes_of_groups_are_told_in_order() {
    let service = Service::start().await;
    let users = service.users(2);
    // Before there is a webhook, and of an account without one.
    let early = service.group("Early", &[]).await;
    service
        .create(proto::group::v1::CreateGroupRequest {
            account_id: OTHER_ACCOUNT,
            ..creation("Others", &[])
        })
        .await
        .unwrap();
    eventually(async || {
        let looked = "select last as n from delivery_position";
        service.number(looked).await == 2
    })
    .await;
    let mut receiver = Receiver::start().await;
    let secret = hook(&service, ACCOUNT, &mut receiver).await;
    let group = service.group("Staff", &users[..1]).await;
    service
        .patch(&group.id, vec![add_members(&users[1..])])
        .await
        .unwrap();
    service.permit(&group.id, Some("member")).await;
    service.delete(deletion(&group.id)).await.unwrap();
    let mut kinds = Vec::new();
    for _ in 0..4 {
        let received = receiver.next().await;
        received.verify(&secret);
        let data = &received.body["data"];
        assert_eq!(data["account_id"], ACCOUNT);
        assert_eq!(data["resource_id"], group.id);
        assert_ne!(data["resource_id"], early.id);
        kinds.push(received.kind().to_owned());
    }
    let expected = [
        "group.created",
        "group.members_changed",
        "group_permissions.changed",
        "group.deleted",
    ];
    assert_eq!(kinds, expected);
    assert!(receiver.is_quiet().await);
    assert_eq!(
        service.number("select count(*) as n from deliveries").await,
        0
    );
}

/// What was given up is shown, and comes when it is asked for again.
#[tokio::test]
async fn what_was_given_up_can_be_tried_again() {
    let service = Service::start().await;
    let mut receiver = Receiver::start().await;
    hook(&service, ACCOUNT, &mut receiver).await;
    receiver.answer(|_| Some(503));
    service.group("Staff", &[]).await;
    let (first, second) = (receiver.next().await, receiver.next().await);
    assert_eq!(first.id(), second.id());
    let mut deliveries = DeliveryServiceClient::connect(service.running.url())
        .await
        .unwrap();
    let request = ListDeadDeliveriesRequest {
        account_id: ACCOUNT,
        page_size: 0,
    };
    let mut dead = Vec::new();
    eventually(async || {
        let answer = deliveries.list_dead_deliveries(request).await.unwrap();
        dead = answer.into_inner().deliveries;
        !dead.is_empty()
    })
    .await;
    assert_eq!(dead[0].change.as_ref().unwrap().id, first.id());
    assert_eq!(dead[0].attempt_count, 2);
    assert_eq!(dead[0].last_error, "HTTP 503");
    assert!(dead[0].dead_time.is_some());
    receiver.answer(|_| Some(200));
    let request = RetryDeadDeliveriesRequest {
        account_id: ACCOUNT,
        change_ids: Vec::new(),
        actor: Some(admin_actor()),
    };
    let retried = deliveries.retry_dead_deliveries(request).await.unwrap();
    assert_eq!(retried.into_inner().retried_count, 1);
    assert_eq!(receiver.next().await.id(), first.id());
}

/// The status tells what waits, why, and since when; what is left of it once all has arrived or was given up.
#[tokio::test]
async fn the_status_tells_the_truth() {
    let service = Service::start().await;
    let url = service.running.url();
    let status = async |account_id| {
        let mut deliveries = DeliveryServiceClient::connect(url.clone()).await.unwrap();
        let request = GetDeliveryStatusRequest { account_id };
        let status = deliveries.get_delivery_status(request).await;
        status.unwrap().into_inner()
    };
    assert_eq!(status(ACCOUNT).await, DeliveryStatus::default());
    let mut receiver = Receiver::start().await;
    hook(&service, ACCOUNT, &mut receiver).await;
    receiver.answer(|_| Some(503));
    let group = service.group("Staff", &[]).await;
    eventually(async || status(ACCOUNT).await.dead_count == 1).await;
    // As if it had attempts left.
    service
        .sql("update deliveries set dead_at = null, next_attempt_at = now() + interval '1 hour'")
        .await;
    for user in service.users(2) {
        let add = vec![add_members(&[user])];
        service.patch(&group.id, add).await.unwrap();
    }
    eventually(async || status(ACCOUNT).await.pending_count == 3).await;
    let failing = status(ACCOUNT).await;
    assert_eq!(failing.last_error, "HTTP 503");
    assert_eq!((failing.dead_count, failing.last_success_time), (0, None));
    let oldest = failing.oldest_pending_time.unwrap().seconds;
    assert_eq!(Some(oldest), group.create_time.map(|time| time.seconds));
    let failed = failing.last_failure_time.unwrap().seconds;
    assert!(failing.next_attempt_time.unwrap().seconds > failed + 3000);
    assert_eq!(status(OTHER_ACCOUNT).await, DeliveryStatus::default());

    receiver.answer(|body| {
        Some(if body["type"] == "group.created" {
            503
        } else {
            200
        })
    });
    service
        .sql("update deliveries set next_attempt_at = now()")
        .await;
    eventually(async || status(ACCOUNT).await.pending_count == 0).await;
    let after = status(ACCOUNT).await;
    assert_eq!(after.dead_count, 1);
    assert_eq!(
        (after.oldest_pending_time, after.next_attempt_time),
        (None, None)
    );
    assert!(after.last_success_time.is_some());
}
