use proto::{group::v1 as pb, protocol::v1::ErrorReason};

use crate::harness::*;

#[tokio::test]
async fn puts_a_user_into_exactly_these() {
    let service = Service::start().await;
    let users = service.users(1);
    let a = service.manual_group("A", &users).await.id;
    let b = service.manual_group("B", &users).await.id;
    let c = service.manual_group("C", &[]).await.id;
    let names = service.assign(&users[0], &[&b, &c, &c]).await.unwrap();
    assert_eq!(names, ["B", "C"]);
    let count = async |id: &str| {
        let group = service.get(id).await.unwrap();
        (group.member_count, group.etag)
    };
    assert_eq!(count(&a).await, (0, "W/\"2\"".to_owned()));
    assert_eq!(count(&b).await, (1, "W/\"1\"".to_owned()));
    assert_eq!(count(&c).await, (1, "W/\"2\"".to_owned()));
    assert_eq!(service.sources(&c, &users).await, ["user0 manual"]);
    assert_eq!(service.last_change(&c).await.0, "group.members_changed");
    let changes = service.changes().await;
    service.assign(&users[0], &[&c, &b]).await.unwrap();
    assert_eq!(service.changes().await, changes);
    assert_eq!(service.assign(&users[0], &[]).await.unwrap(), [""; 0]);
}

/// Rule 11, M2, M3, M11: only where a managed group would change.
#[tokio::test]
async fn managed_groups_are_closed_while_manual_updates_are_off() {
    let service = Service::start().await;
    let users = service.users(2);
    let managed = service.group("Managed", &users[..1]).await.id;
    let manual = service.manual_group("Manual", &[]).await.id;
    service.close_manual_updates().await;
    let cases: [(&String, Vec<&str>); 3] = [
        (&users[0], vec![]),
        (&users[0], vec![&manual]),
        (&users[1], vec![&manual, &managed]),
    ];
    for (user, groups) in cases {
        let result = service.assign(user, &groups).await;
        assert_eq!(reason(result), ErrorReason::ManagedByScim, "{groups:?}");
    }
    assert_eq!(service.get(&manual).await.unwrap().member_count, 0);
    service
        .assign(&users[0], &[&managed, &manual])
        .await
        .unwrap();
    service.assign(&users[1], &[&manual]).await.unwrap();
    service.enable_scim().await;
    service.assign(&users[0], &[]).await.unwrap();
}

#[tokio::test]
async fn what_does_not_exist_is_refused() {
    let service = Service::start().await;
    let users = service.users(1);
    let group = service.manual_group("A", &[]).await.id;
    let nobody = uuid::Uuid::now_v7().to_string();
    for user in ["nobody", &nobody, &group] {
        let result = service.assign(user, &[&group]).await;
        assert_eq!(reason(result), ErrorReason::ResourceNotFound, "{user}");
    }
    for other in ["nothing", &nobody, &users[0]] {
        let result = service.assign(&users[0], &[&group, other]).await;
        assert_eq!(reason(result), ErrorReason::InvalidValue, "{other}");
    }
    assert_eq!(service.get(&group).await.unwrap().member_count, 0);
    let request = pb::AssignUserGroupsRequest {
        account_id: ACCOUNT,
        user_id: users[0].clone(),
        group_ids: vec![group],
        actor: None,
    };
    let result = service.admin.clone().assign_user_groups(request).await;
    assert_eq!(reason(result), ErrorReason::InvalidValue);
}

#[tokio::test(flavor = "multi_thread")]
async fn at_once_with_changes_of_the_groups_every_count_is_right() {
    let service = Service::start().await;
    let users = service.users(8);
    let mut groups = Vec::new();
    for n in 0..4 {
        groups.push(service.manual_group(&format!("G{n}"), &users).await.id);
    }
    let mut tasks = Vec::new();
    for (n, user) in users.iter().enumerate() {
        let mut admin = service.admin.clone();
        let mut client = service.client.clone();
        let (user, groups) = (user.clone(), groups.clone());
        tasks.push(tokio::spawn(async move {
            for round in 0..6 {
                let wanted = [&groups[(n + round) % 4], &groups[(n + 2 * round) % 4]];
                let request = pb::AssignUserGroupsRequest {
                    account_id: ACCOUNT,
                    user_id: user.clone(),
                    group_ids: wanted.map(String::clone).to_vec(),
                    actor: Some(admin_actor()),
                };
                admin.assign_user_groups(request).await.unwrap();
                let add = vec![add_members(std::slice::from_ref(&user))];
                client
                    .patch_group(patching(&groups[n % 4], add))
                    .await
                    .unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let wrong = "select count(*) as n from groups g where member_count <>
        (select count(*) from group_members m where m.account_id = g.account_id and m.group_id = g.id)";
    assert_eq!(service.number(wrong).await, 0);
}
