//! How large a page is.

use proto::{
    group::v1::{self as pb, GroupView},
    protocol::v1::ErrorReason,
};

use crate::harness::*;

/// The names of a page, and where the next begins.
async fn page(service: &Service, request: pb::ListGroupsRequest) -> (Vec<String>, String) {
    let found = service.list(request).await.unwrap();
    assert_eq!(found.total_size, 3);
    let names = found.groups.into_iter().map(|group| group.display_name);
    (names.collect(), found.next_page_token)
}

/// A page with members ends where they come to too much, by number and by token; without them it does not.
#[tokio::test]
async fn a_page_of_large_groups_is_short() {
    let service = Service::start().await;
    for name in ["a", "b", "c"] {
        service.group(name, &[]).await;
    }
    service.sql("update groups set member_count = 100000").await;
    let full = pb::ListGroupsRequest {
        view: GroupView::Full.into(),
        ..listing()
    };
    for (skip, name) in (0..).zip(["a", "b", "c"]) {
        let request = pb::ListGroupsRequest {
            skip,
            ..full.clone()
        };
        assert_eq!(
            page(&service, request).await,
            (vec![name.to_owned()], String::new())
        );
    }
    let (mut seen, mut token) = (Vec::new(), String::new());
    for number in 1..=3 {
        let request = pb::ListGroupsRequest {
            use_page_tokens: true,
            page_token: token,
            order_by: "displayName".to_owned(),
            descending: true,
            ..full.clone()
        };
        let (names, next) = page(&service, request).await;
        assert_eq!(names.len(), 1);
        assert_eq!(next.is_empty(), number == 3);
        seen.extend(names);
        token = next;
    }
    assert_eq!(seen, ["c", "b", "a"]);
    assert_eq!(page(&service, listing()).await.0, ["a", "b", "c"]);
    // Each counts 64 bytes.
    service.sql("update groups set member_count = 65000").await;
    assert_eq!(page(&service, full).await.0, ["a", "b"]);
}

/// So many groups, with names of 1,500 characters, of each of these users.
async fn join(service: &Service, users: &[String], groups: usize) {
    let users: Vec<String> = users.iter().map(|id| format!("'{id}'")).collect();
    let users = users.join(", ");
    service
        .sql(&format!(
            "insert into groups select 7, gen_random_uuid(), n || repeat('x', 1500), 'g' || n, null,
                true, '{{}}', '{{}}', 0, 1, now(), now() from generate_series(1, {groups}) n"
        ))
        .await;
    service
        .sql(&format!(
            "insert into group_members (account_id, group_id, member_id, member_type, source)
                select 7, id, member::uuid, 1, 'scim' from groups, unnest(array[{users}]) as member"
        ))
        .await;
}

async fn ask(
    service: &Service,
    users: &[String],
) -> Result<pb::BatchListUserGroupsResponse, tonic::Status> {
    let request = pb::BatchListUserGroupsRequest {
        account_id: ACCOUNT,
        user_ids: users.to_vec(),
    };
    let answer = service.client.clone().batch_list_user_groups(request).await;
    answer.map(tonic::Response::into_inner)
}

/// The users whose groups there is no room for are named; whom the request names first comes first.
#[tokio::test]
async fn groups_of_users_come_as_far_as_they_fit() {
    let service = Service::start().await;
    let mut users = service.users(3);
    join(&service, &users, 3_000).await;
    users.reverse();
    // Twice, and somebody without groups.
    let stranger = service.users(1).remove(0);
    let asked = [&users[0], &stranger, &users[0], &users[1], &users[2]].map(Clone::clone);
    let answer = ask(&service, &asked).await.unwrap();
    let [of_first] = &answer.user_groups[..] else {
        panic!("{} users", answer.user_groups.len());
    };
    assert_eq!(
        (&of_first.user_id, of_first.memberships.len()),
        (&users[0], 3_000)
    );
    assert_eq!(answer.left_user_ids, users[1..]);
    let answer = ask(&service, &answer.left_user_ids).await.unwrap();
    assert_eq!(answer.user_groups[0].user_id, users[1]);
    assert_eq!(answer.left_user_ids, users[2..]);
    let answer = ask(&service, &answer.left_user_ids).await.unwrap();
    assert_eq!(answer.user_groups[0].memberships.len(), 3_000);
    assert!(answer.left_user_ids.is_empty());
}

/// One user comes in any case, up to what a message holds.
#[tokio::test]
async fn the_groups_of_one_user_come_together() {
    let service = Service::start().await;
    let users = service.users(1);
    join(&service, &users, 7_000).await;
    let answer = ask(&service, &users).await.unwrap();
    assert_eq!(answer.user_groups[0].memberships.len(), 7_000);
    service.sql("truncate groups cascade").await;
    join(&service, &users, 25_000).await;
    assert_eq!(reason(ask(&service, &users).await), ErrorReason::TooMany);
}

/// What an account keeps of groups beyond SCIM counts as well.
#[tokio::test]
async fn a_page_of_settings_is_short() {
    let service = Service::start().await;
    for name in ["a", "b", "c"] {
        service.group(name, &[]).await;
    }
    service
        .sql("update groups set sso_mapping_groups = array(select n || repeat('x', 1990) from generate_series(1, 2000) n)")
        .await;
    let mut seen = Vec::new();
    for skip in [0, 2] {
        let request = pb::ListGroupSettingsRequest {
            account_id: ACCOUNT,
            skip,
            page_size: 100,
            ..Default::default()
        };
        let answer = service
            .admin
            .clone()
            .list_group_settings(request)
            .await
            .unwrap();
        let answer = answer.into_inner();
        assert_eq!(answer.total_size, 3);
        let groups = answer.settings.into_iter().filter_map(|one| one.group);
        seen.push(groups.map(|group| group.display_name).collect::<Vec<_>>());
    }
    assert_eq!(seen, [vec!["a", "b"], vec!["c"]]);
}
