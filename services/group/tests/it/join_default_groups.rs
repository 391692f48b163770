//! Rule 10, U18: users made while SCIM is off join default groups.

use proto::{group::v1 as pb, protocol::v1::ErrorReason};

use crate::harness::*;

async fn join(service: &Service, users: &[String]) -> Result<Vec<String>, tonic::Status> {
    let request = pb::JoinDefaultGroupsRequest {
        account_id: ACCOUNT,
        user_ids: users.to_vec(),
        actor: Some(admin_actor()),
        ..Default::default()
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

/// Rule 7: one who is inactive is in no group by default, nor was made so.
#[tokio::test]
async fn who_was_made_inactive_joins_none() {
    let service = Service::start().await;
    let group = service.manual_group("Everyone", &[]).await.id;
    service.make_default(&group).await;
    let users = service.users(2);
    service
        .identity
        .change(&users[0], "user.created", |user| user.active = Some(false));
    join(&service, &users).await.unwrap();
    assert_eq!(service.sources(&group, &users).await, ["user1 default"]);
    service.identity.set_active(&users[0], true);
    service.caught_up().await;
    join(&service, &users).await.unwrap();
    assert_eq!(service.get(&group).await.unwrap().member_count, 2);
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

/// Rules 10 and 11, U12: those invited join the groups named with them too, all of them or none.
#[tokio::test]
async fn groups_named_are_joined_as_well() {
    let service = Service::start().await;
    let users = service.users(2);
    let everyone = service.manual_group("Everyone", &[]).await.id;
    let sales = service.manual_group("Sales", &[]).await.id;
    let managed = service.group("Managed", &[]).await.id;
    service.make_default(&everyone).await;
    let join = async |groups: &[&String]| {
        let request = pb::JoinDefaultGroupsRequest {
            account_id: ACCOUNT,
            user_ids: users.clone(),
            group_ids: groups.iter().map(|&id| id.clone()).collect(),
            actor: Some(admin_actor()),
        };
        let joined = service.admin.clone().join_default_groups(request).await;
        joined.map(|joined| joined.into_inner().group_ids)
    };
    let nobody = uuid::Uuid::now_v7().to_string();
    assert_eq!(
        reason(join(&[&sales, &nobody]).await),
        ErrorReason::InvalidValue
    );
    assert_eq!(service.get(&sales).await.unwrap().member_count, 0);

    let joined = join(&[&sales]).await.unwrap();
    assert_eq!(joined, [everyone.clone(), sales.clone()]);
    let sources = service.sources(&sales, &users).await;
    assert_eq!(sources, ["user0 manual", "user1 manual"]);
    let sources = service.sources(&everyone, &users).await;
    assert_eq!(sources, ["user0 default", "user1 default"]);

    // With SCIM on, only the groups named, and none that SCIM manages while manual updates are off.
    service.close_manual_updates().await;
    assert_eq!(join(&[&sales]).await.unwrap(), std::slice::from_ref(&sales));
    assert_eq!(reason(join(&[&managed]).await), ErrorReason::ManagedByScim);
    assert_eq!(service.get(&managed).await.unwrap().member_count, 0);
}
