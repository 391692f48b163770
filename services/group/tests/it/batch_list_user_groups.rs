use std::collections::BTreeMap;

use proto::{group::v1 as pb, protocol::v1::ErrorReason};

use crate::harness::*;

async fn groups_of(service: &Service, users: &[String]) -> BTreeMap<String, Vec<(String, bool)>> {
    let request = pb::BatchListUserGroupsRequest {
        account_id: ACCOUNT,
        user_ids: users.to_vec(),
    };
    let response = service.client.clone().batch_list_user_groups(request).await;
    let users = response.unwrap().into_inner().user_groups.into_iter();
    users
        .map(|user| {
            let memberships = user.memberships.into_iter();
            let named = memberships.map(|group| (group.display_name, group.direct));
            (user.user_id, named.collect())
        })
        .collect()
}

#[tokio::test]
async fn direct_and_through_other_groups() {
    let service = Service::start().await;
    let users = service.users(3);
    let inner = service.group("inner", &users[..2]).await.id;
    let middle = service.group("Middle", &[inner]).await.id;
    let outer = [middle, users[0].clone()];
    service.group("outer", &outer).await;
    let found = groups_of(&service, &users).await;
    let named = |name: &str, direct: bool| (name.to_owned(), direct);
    assert_eq!(
        found[&users[0]],
        [
            named("inner", true),
            named("Middle", false),
            named("outer", true)
        ]
    );
    assert_eq!(
        found[&users[1]],
        [
            named("inner", true),
            named("Middle", false),
            named("outer", false)
        ]
    );
    assert!(!found.contains_key(&users[2]));
}

#[tokio::test]
async fn a_deep_nesting_is_no_trouble() {
    let service = Service::start().await;
    let users = service.users(1);
    let mut member = users[0].clone();
    for n in 0..100 {
        member = service.group(&format!("group {n:03}"), &[member]).await.id;
    }
    let found = groups_of(&service, &users).await;
    assert_eq!(found[&users[0]].len(), 100);
}

#[tokio::test]
async fn what_is_not_there_is_left_out() {
    let service = Service::start().await;
    let odd = [
        "nobody".to_owned(),
        "018f0000-0000-7000-8000-000000000000".to_owned(),
    ];
    assert!(groups_of(&service, &odd).await.is_empty());
    let request = pb::BatchListUserGroupsRequest {
        account_id: ACCOUNT,
        user_ids: vec!["x".to_owned(); 1_001],
    };
    let result = service.client.clone().batch_list_user_groups(request).await;
    assert_eq!(reason(result), ErrorReason::InvalidValue);
}
