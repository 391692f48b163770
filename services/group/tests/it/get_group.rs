use proto::{
    group::v1::{self as pb, GroupView, MemberType},
    protocol::v1::ErrorReason,
};

use crate::harness::*;

#[tokio::test]
async fn members_show_their_names_in_the_order_they_came() {
    let service = Service::start().await;
    let ann = service.identity.add_named(ACCOUNT, "ann@x.test", "Ann");
    let bob = service.identity.add(ACCOUNT, "bob@x.test");
    let inner = service.group("Inner", &[]).await;
    let group = service
        .group("Outer", &[bob.clone(), inner.id.clone()])
        .await;
    service
        .patch(&group.id, vec![add_members(std::slice::from_ref(&ann))])
        .await
        .unwrap();
    let group = service.get(&group.id).await.unwrap();
    let shown: Vec<_> = group
        .members
        .iter()
        .map(|member| {
            (
                member.value.clone(),
                member.r#type(),
                member.display.as_str(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            (bob, MemberType::User, ""),
            (inner.id, MemberType::Group, "Inner"),
            (ann, MemberType::User, "Ann"),
        ]
    );
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let service = Service::start().await;
    let group = service.group("A", &[]).await;
    for id in [
        "",
        "x",
        "018f0000-0000-7000-8000-000000000000",
        &group.id.to_uppercase(),
    ] {
        assert_eq!(reason(service.get(id).await), ErrorReason::ResourceNotFound);
    }
    let elsewhere = pb::GetGroupRequest {
        account_id: OTHER_ACCOUNT,
        id: group.id,
        view: GroupView::Full.into(),
    };
    let result = service.client.clone().get_group(elsewhere).await;
    assert_eq!(reason(result), ErrorReason::ResourceNotFound);
}

/// R-GRP-07
#[tokio::test]
async fn the_basic_view_needs_no_identity_service() {
    let service = Service::start().await;
    let users = service.users(2);
    let group = service.group("A", &users).await;
    service.identity.set_away(true);
    let basic = service.get_view(&group.id, GroupView::Basic).await.unwrap();
    assert_eq!((basic.member_count, basic.members.len()), (2, 0));
    let full = service.get(&group.id).await;
    assert_eq!(reason(full), ErrorReason::DependencyUnavailable);
    service.identity.set_away(false);
    assert_eq!(service.get(&group.id).await.unwrap().members.len(), 2);
}

/// R-GRP-06: not even between the deletion and the follower's coming to it.
#[tokio::test]
async fn a_deleted_user_is_never_shown() {
    let service = Service::start().await;
    let users = service.users(2);
    let group = service.group("A", &users).await;
    service.identity.delete(ACCOUNT, &users[0]);
    let group = service.get(&group.id).await.unwrap();
    assert_eq!(member_ids(&group), users[1..]);
    assert_eq!(group.member_count, 1);
}
