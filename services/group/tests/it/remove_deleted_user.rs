use proto::{group::v1 as pb, protocol::v1::ErrorReason};
use tonic::Status;

use crate::harness::*;

fn removal(user: &str) -> pb::RemoveDeletedUserRequest {
    pb::RemoveDeletedUserRequest {
        account_id: ACCOUNT,
        user_id: user.to_owned(),
        actor: Some(admin_actor()),
    }
}

async fn remove(service: &Service, user: &str) -> Result<(), Status> {
    let mut client = service.client.clone();
    client
        .remove_deleted_user(removal(user))
        .await
        .map(tonic::Response::into_inner)
}

/// Has users count as deleted here whom the identity service still has, as a call for them once did.
async fn bar(service: &Service, users: &[String]) {
    for user in users {
        service
            .sql(&format!(
                "insert into known_users (account_id, user_id, deleted)
                 values ({ACCOUNT}, '{user}', true)
                 on conflict (account_id, user_id) do update set deleted = true"
            ))
            .await;
    }
}

/// R-GRP-06
#[tokio::test]
async fn the_user_leaves_every_group_once() {
    let service = Service::start().await;
    let users = service.users(2);
    let a = service.group("A", &users).await.id;
    let b = service.group("B", &users[..1]).await.id;
    let changes = service.changes().await;
    service.identity.vanish(&users[0]);
    for _ in 0..2 {
        remove(&service, &users[0]).await.unwrap();
        let a = service.get(&a).await.unwrap();
        assert_eq!(member_ids(&a), users[1..]);
        assert_eq!((a.member_count, a.etag.as_str()), (1, "W/\"2\""));
        let b = service.get(&b).await.unwrap();
        assert_eq!((b.member_count, b.etag.as_str()), (0, "W/\"2\""));
        assert_eq!(service.changes().await, changes + 2);
    }
    let result = service.patch(&a, vec![add_members(&users[..1])]).await;
    assert_eq!(reason(result), ErrorReason::InvalidValue);
}

#[tokio::test]
async fn nobody_is_no_fault() {
    let service = Service::start().await;
    for user in ["nobody", "018f0000-0000-7000-8000-000000000000"] {
        remove(&service, user).await.unwrap();
    }
    assert_eq!(service.changes().await, 0);
}

/// Whoever the identity service has stays where it is, and may join other groups.
#[tokio::test]
async fn a_living_user_is_not_removed() {
    let service = Service::start().await;
    let users = service.users(2);
    let a = service.group("A", &users[..1]).await;
    let b = service.group("B", &[]).await.id;
    let changes = service.changes().await;
    // One who is a member, and one who is not known here yet.
    for user in &users {
        let result = remove(&service, user).await;
        assert_eq!(reason(result), ErrorReason::UserNotDeleted);
    }
    assert_eq!(service.get(&a.id).await.unwrap(), a);
    assert_eq!(service.changes().await, changes);
    let joined = service.patch(&b, vec![add_members(&users)]).await.unwrap();
    assert_eq!(joined.member_count, 2);
}

#[tokio::test]
async fn nobody_is_removed_while_the_identity_service_is_away() {
    let service = Service::start().await;
    let users = service.users(1);
    let group = service.group("A", &users).await.id;
    service.identity.vanish(&users[0]);
    service.identity.set_away(true);
    let result = remove(&service, &users[0]).await;
    assert_eq!(reason(result), ErrorReason::DependencyUnavailable);
    let count = async || service.get_view(&group, pb::GroupView::Basic).await;
    assert_eq!(count().await.unwrap().member_count, 1);
    service.identity.set_away(false);
    remove(&service, &users[0]).await.unwrap();
    assert_eq!(count().await.unwrap().member_count, 0);
}

/// Whoever adds the user meanwhile waits, and then finds it gone.
#[tokio::test]
async fn a_removal_under_way_lets_nobody_add_the_user() {
    let service = Service::start().await;
    let users = service.users(1);
    service.group("Makes the user known", &users).await;
    let group = service.group("A", &[]).await.id;
    service.identity.vanish(&users[0]);
    service.identity.hold();
    let removing = {
        let (mut client, request) = (service.client.clone(), removal(&users[0]));
        tokio::spawn(async move { client.remove_deleted_user(request).await })
    };
    service.identity.held().await;
    let adding = {
        let request = patching(&group, vec![add_members(&users)]);
        let mut client = service.client.clone();
        tokio::spawn(async move { client.patch_group(request).await })
    };
    let waiting = "select count(*) as n from pg_stat_activity
        where wait_event_type = 'Lock' and application_name = current_setting('application_name')
        and datname = current_database() and query like '%known_users%'";
    eventually(async || service.number(waiting).await > 0).await;
    service.identity.release();
    removing.await.unwrap().unwrap();
    let result = adding.await.unwrap();
    assert_eq!(reason(result), ErrorReason::InvalidValue);
    let rows = "select count(*) as n from group_members";
    assert_eq!(service.number(rows).await, 0);
}

/// Each way into a group asks the identity service once more for a user who counts as deleted.
#[tokio::test]
async fn a_user_who_was_barred_may_join_again() {
    let service = Service::start().await;
    let users = service.users(6);
    let group = service.manual_group("A", &[]).await.id;
    service.make_default(&group).await;
    bar(&service, &users).await;
    let group_with = creation("B", &users[..1]);
    let created = service.create(group_with).await.unwrap();
    assert_eq!(created.member_count, 1);
    let add = vec![add_members(&users[1..2])];
    service.patch(&created.id, add).await.unwrap();
    let replaced = replacing(&created.id, "B", &users[..3]);
    assert_eq!(service.replace(replaced).await.unwrap().member_count, 3);
    assert_eq!(service.assign(&users[3], &[&group]).await.unwrap(), ["A"]);
    let signed_in = service.sign_in(&users[4], &[]).await.unwrap();
    assert_eq!(signed_in.0, ["A"]);
    let request = pb::JoinDefaultGroupsRequest {
        account_id: ACCOUNT,
        user_ids: users[5..].to_vec(),
        actor: Some(admin_actor()),
        ..Default::default()
    };
    let mut admin = service.admin.clone();
    admin.join_default_groups(request).await.unwrap();
    assert_eq!(service.get(&group).await.unwrap().member_count, 3);
}

#[tokio::test]
async fn who_is_gone_stays_barred() {
    let service = Service::start().await;
    let users = service.users(1);
    let group = service.manual_group("A", &[]).await.id;
    bar(&service, &users).await;
    service.identity.set_away(true);
    let add = vec![add_members(&users)];
    let result = service.patch(&group, add.clone()).await;
    assert_eq!(reason(result), ErrorReason::DependencyUnavailable);
    service.identity.set_away(false);
    service.identity.vanish(&users[0]);
    let result = service.patch(&group, add).await;
    assert_eq!(reason(result), ErrorReason::InvalidValue);
    let result = service.assign(&users[0], &[&group]).await;
    assert_eq!(reason(result), ErrorReason::ResourceNotFound);
}

/// The identity service says that it has the user, who then is deleted before that is noted here.
#[tokio::test]
async fn a_deletion_that_races_the_return_of_a_barred_user_has_the_last_word() {
    let service = Service::start().await;
    let users = service.users(1);
    let group = service.group("A", &[]).await.id;
    service.caught_up().await;
    bar(&service, &users).await;
    service.identity.hold();
    let adding = {
        let request = patching(&group, vec![add_members(&users)]);
        let mut client = service.client.clone();
        tokio::spawn(async move { client.patch_group(request).await })
    };
    service.identity.held().await;
    service.identity.delete(ACCOUNT, &users[0]);
    service.identity.release();
    // It joins for the moment, or comes too late for that.
    let _ = adding.await.unwrap();
    service.caught_up().await;
    let rows = "select count(*) as n from group_members";
    assert_eq!(service.number(rows).await, 0);
    let result = service.patch(&group, vec![add_members(&users)]).await;
    assert_eq!(reason(result), ErrorReason::InvalidValue);
}
