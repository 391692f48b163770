use proto::{
    group::v1::{self as pb, GroupView, MemberType},
    protocol::v1::ErrorReason,
};

use crate::harness::*;

#[tokio::test]
async fn answers_the_group_as_stored() {
    let service = Service::start().await;
    let users = service.users(2);
    let mut request = creation("Engineering", &users);
    request.group.as_mut().unwrap().external_id = "ext-1".to_owned();
    let group = service.create(request).await.unwrap();
    assert_eq!(group.display_name, "Engineering");
    assert_eq!(group.external_id, "ext-1");
    assert_eq!((group.member_count, group.etag.as_str()), (2, "W/\"1\""));
    assert!(group.scim_managed);
    assert_eq!(group.create_time, group.update_time);
    assert_eq!(member_ids(&group), users);
    assert_eq!(group.members[0].display, "User 0");
    assert_eq!(group.members[0].r#type(), MemberType::User);
    assert_eq!(service.get(&group.id).await.unwrap(), group);
    let (kind, changed) = service.last_change(&group.id).await;
    assert_eq!(kind, "group.created");
    assert_eq!(changed, ["displayName", "externalId", "members"]);
}

/// R-GRP-08, R-GRP-09
#[tokio::test]
async fn members_may_be_absent_and_count_once() {
    let service = Service::start().await;
    let group = service.group("Empty", &[]).await;
    assert_eq!((group.member_count, group.members.len()), (0, 0));
    let user = service.users(1).remove(0);
    let group = service.group("One", &[user.clone(), user]).await;
    assert_eq!((group.member_count, group.members.len()), (1, 1));
}

/// R-GRP-01
#[tokio::test]
async fn a_name_is_required_and_bounded() {
    let service = Service::start().await;
    for name in ["", "  ", &"x".repeat(3_000), "nul\0"] {
        let result = service.create(creation(name, &[])).await;
        assert_eq!(reason(result), ErrorReason::InvalidValue, "{name:.9}");
    }
    assert_eq!(service.changes().await, 0);
}

/// R-GRP-02
#[tokio::test]
async fn unknown_members_are_refused_and_named() {
    let service = Service::start().await;
    let user = service.users(1).remove(0);
    let foreign = service.identity.add(OTHER_ACCOUNT, "foreign@x.test");
    for unknown in [
        "018f0000-0000-7000-8000-000000000000",
        "nobody",
        &user.to_uppercase(),
        &foreign,
    ] {
        let members = [user.clone(), unknown.to_owned()];
        let status = service.create(creation("A", &members)).await.unwrap_err();
        assert!(status.message().contains(unknown), "{status:?}");
        assert_eq!(reason::<()>(Err(status)), ErrorReason::InvalidValue);
    }
    let members = [String::new()];
    let result = service.create(creation("A", &members)).await;
    assert_eq!(reason(result), ErrorReason::InvalidValue);
    assert_eq!(service.number("select count(*) as n from groups").await, 0);
    assert_eq!(service.changes().await, 0);
}

#[tokio::test]
async fn an_actor_and_an_account_are_required() {
    let service = Service::start().await;
    for request in [
        pb::CreateGroupRequest {
            actor: None,
            ..creation("A", &[])
        },
        pb::CreateGroupRequest {
            account_id: 0,
            ..creation("A", &[])
        },
    ] {
        let result = service.create(request).await;
        assert_eq!(reason(result), ErrorReason::InvalidValue);
    }
}

#[tokio::test]
async fn names_are_unique_in_the_account_without_case() {
    let service = Service::start().await;
    service.group("Straße", &[]).await;
    let result = service.create(creation("STRASSE", &[])).await;
    assert_eq!(reason(result), ErrorReason::Uniqueness);
    let elsewhere = pb::CreateGroupRequest {
        account_id: OTHER_ACCOUNT,
        ..creation("STRASSE", &[])
    };
    service.create(elsewhere).await.unwrap();
}

/// Rule 4: the first SCIM write links a group made by hand.
#[tokio::test]
async fn scim_links_an_unmanaged_group_of_the_name() {
    let service = Service::start().await;
    let users = service.users(2);
    let manual = service.manual_group("Sales", &users[..1]).await;
    assert!(!manual.scim_managed);
    let mut request = creation("sales", &users[1..]);
    request.group.as_mut().unwrap().external_id = "ext-7".to_owned();
    let linked = service.create(request.clone()).await.unwrap();
    assert_eq!(linked.id, manual.id);
    assert!(linked.scim_managed);
    assert_eq!(linked.external_id, "ext-7");
    assert_eq!(linked.etag, "W/\"2\"");
    assert_eq!(member_ids(&linked), users);
    assert_eq!(service.last_change(&manual.id).await.0, "group.linked");
    let again = service.create(request).await;
    assert_eq!(reason(again), ErrorReason::Uniqueness);
}

#[tokio::test]
async fn nobody_else_links() {
    let service = Service::start().await;
    service.manual_group("Sales", &[]).await;
    let request = pb::CreateGroupRequest {
        actor: Some(admin_actor()),
        ..creation("Sales", &[])
    };
    let result = service.create(request).await;
    assert_eq!(reason(result), ErrorReason::Uniqueness);
}

#[tokio::test]
async fn linking_can_close_no_cycle() {
    let service = Service::start().await;
    let inner = service.manual_group("Inner", &[]).await;
    let outer = service.group("Outer", &[inner.id]).await;
    let result = service.create(creation("Inner", &[outer.id])).await;
    assert_eq!(reason(result), ErrorReason::InvalidValue);
}

/// R-GRP-07
#[tokio::test]
async fn the_basic_view_has_no_members() {
    let service = Service::start().await;
    let users = service.users(3);
    let request = pb::CreateGroupRequest {
        view: GroupView::Basic.into(),
        ..creation("A", &users)
    };
    let group = service.create(request).await.unwrap();
    assert_eq!((group.member_count, group.members.len()), (3, 0));
}

#[tokio::test]
async fn unknown_users_cannot_be_added_while_identity_is_away() {
    let service = Service::start().await;
    let users = service.users(1);
    service.identity.set_away(true);
    let result = service.create(creation("A", &users)).await;
    assert_eq!(reason(result), ErrorReason::DependencyUnavailable);
    assert_eq!(service.changes().await, 0);
    service.identity.set_away(false);
    service.group("A", &users).await;
    // Known from now on; what is done is answered without names.
    service.identity.set_away(true);
    let group = service.group("B", &users).await;
    assert_eq!(member_ids(&group), users);
    assert_eq!(group.members[0].display, "");
}
