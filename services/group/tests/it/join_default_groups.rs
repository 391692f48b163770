//! Rule 10, U18: users made while SCIM is off join default groups.

use proto::{group::v1 as pb, protocol::v1::ErrorReason};

use crate::harness::*;

async fn join(service: &Service, users: &[String]) -> Result<Vec<String>, tonic::Status> {
    let request = pb::JoinDefaultGroupsRequest {
        account_id: ACCOUNT,
        user_ids: users.to_vec(),
        actor: Some(admin_actor()),
    };
    let mut admin = service.admin.clone();
    Ok(admin
        .join_default_groups(request)
        .await?
        .into_inner()
        .group_ids)
}

#[tokio::test]
async fn new_users_join_unless_scim_is_on() {
    let service = Service::start().await;
    let users = service.users(4);
    let everyone = service.manual_group("Everyone", &[]).await.id;
    let member = service.manual_group("Member", &users[..1]).await.id;
    let other = service.manual_group("Other", &[]).await.id;
    for group in [&everyone, &member] {
        service.make_default(group).await;
    }
    service.map(&other, &["eng"]).await;
    service.enable_scim().await;
    assert_eq!(join(&service, &users).await.unwrap(), [""; 0]);
    service.configure(Default::default()).await;
    let joined = join(&service, &users[..2]).await.unwrap();
    assert_eq!(joined, [everyone.clone(), member.clone()]);
    let sources = service.sources(&everyone, &users).await;
    assert_eq!(sources, ["user0 default", "user1 default"]);
    let sources = service.sources(&member, &users).await;
    assert_eq!(sources, ["user0 manual", "user1 default"]);
    let group = service.get(&everyone).await.unwrap();
    assert_eq!((group.member_count, group.etag.as_str()), (2, "W/\"2\""));
    assert_eq!(service.get(&other).await.unwrap().member_count, 0);
    let changes = service.changes().await;
    join(&service, &users[..2]).await.unwrap();
    assert_eq!(service.changes().await, changes);
}

#[tokio::test]
async fn who_does_not_exist_is_refused() {
    let service = Service::start().await;
    let mut users = service.users(1);
    users.push(uuid::Uuid::now_v7().to_string());
    let group = service.manual_group("Everyone", &[]).await.id;
    service.make_default(&group).await;
    let result = join(&service, &users).await;
    assert_eq!(reason(result), ErrorReason::ResourceNotFound);
    let many = vec![users[0].clone(); 1_001];
    assert_eq!(
        reason(join(&service, &many).await),
        ErrorReason::InvalidValue
    );
    assert_eq!(service.get(&group).await.unwrap().member_count, 0);
}
