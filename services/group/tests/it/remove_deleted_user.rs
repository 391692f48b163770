use proto::{group::v1 as pb, protocol::v1::ErrorReason};

use crate::harness::*;

/// R-GRP-06
#[tokio::test]
async fn the_user_leaves_every_group_once() {
    let service = Service::start().await;
    let users = service.users(2);
    let a = service.group("A", &users).await.id;
    let b = service.group("B", &users[..1]).await.id;
    let changes = service.changes().await;
    let request = pb::RemoveDeletedUserRequest {
        account_id: ACCOUNT,
        user_id: users[0].clone(),
        actor: Some(admin_actor()),
    };
    for _ in 0..2 {
        let result = service
            .client
            .clone()
            .remove_deleted_user(request.clone())
            .await;
        result.unwrap();
        let a = service.get(&a).await.unwrap();
        assert_eq!(member_ids(&a), users[1..]);
        assert_eq!((a.member_count, a.etag.as_str()), (1, "W/\"2\""));
        let b = service.get(&b).await.unwrap();
        assert_eq!((b.member_count, b.etag.as_str()), (0, "W/\"2\""));
        assert_eq!(service.changes().await, changes + 2);
    }
    // The identity service still has the user here, yet it never comes back.
    let result = service.patch(&a, vec![add_members(&users[..1])]).await;
    assert_eq!(reason(result), ErrorReason::InvalidValue);
}

#[tokio::test]
async fn nobody_is_no_fault() {
    let service = Service::start().await;
    for user in ["nobody", "018f0000-0000-7000-8000-000000000000"] {
        let request = pb::RemoveDeletedUserRequest {
            account_id: ACCOUNT,
            user_id: user.to_owned(),
            actor: Some(admin_actor()),
        };
        service
            .client
            .clone()
            .remove_deleted_user(request)
            .await
            .unwrap();
    }
    assert_eq!(service.changes().await, 0);
}
