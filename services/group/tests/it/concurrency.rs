use proto::protocol::v1::ErrorReason;

use crate::harness::*;

const COUNT_MATCHES: &str = "select count(*) as n from groups where member_count <>
    (select count(*) from group_members where group_id = groups.id)";

/// R-PATCH-50, R-REG-CONC-01: 64 parallel additions to one group all land.
#[tokio::test(flavor = "multi_thread")]
async fn parallel_patches_of_one_group_all_land() {
    let service = Service::start().await;
    let group = service.group("A", &[]).await.id;
    let users = service.users(64);
    let mut tasks = Vec::new();
    for user in &users {
        let request = patching(&group, vec![add_members(std::slice::from_ref(user))]);
        let mut client = service.client.clone();
        tasks.push(tokio::spawn(
            async move { client.patch_group(request).await },
        ));
    }
    let mut etags = Vec::new();
    for task in tasks {
        etags.push(task.await.unwrap().unwrap().into_inner().etag);
    }
    etags.sort_unstable();
    etags.dedup();
    assert_eq!(etags.len(), 64);
    let group = service.get(&group).await.unwrap();
    assert_eq!((group.member_count, group.members.len()), (64, 64));
    assert_eq!(group.etag, "W/\"65\"");
    assert_eq!(service.changes().await, 65);
    assert_eq!(service.number(COUNT_MATCHES).await, 0);
}

/// R-GRP-09: a member added by many at once is there once, and only one of them changed something.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_member_added_at_once_is_there_once() {
    let service = Service::start().await;
    let group = service.group("A", &[]).await.id;
    let users = service.users(1);
    let mut tasks = Vec::new();
    for _ in 0..16 {
        let request = patching(&group, vec![add_members(&users)]);
        let mut client = service.client.clone();
        tasks.push(tokio::spawn(
            async move { client.patch_group(request).await },
        ));
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let group = service.get(&group).await.unwrap();
    assert_eq!((group.member_count, group.etag.as_str()), (1, "W/\"2\""));
    assert_eq!(service.changes().await, 2);
}

/// Two nestings that close a cycle together: one is refused.
#[tokio::test(flavor = "multi_thread")]
async fn racing_nestings_make_no_cycle() {
    let service = Service::start().await;
    for round in 0..8 {
        let mut ids = Vec::new();
        for n in 0..3 {
            ids.push(service.group(&format!("{round}-{n}"), &[]).await.id);
        }
        let mut tasks = Vec::new();
        for n in 0..3 {
            let member = ids[(n + 1) % 3].clone();
            let request = patching(&ids[n], vec![add_members(&[member])]);
            let mut client = service.client.clone();
            tasks.push(tokio::spawn(
                async move { client.patch_group(request).await },
            ));
        }
        let mut refused = 0;
        for task in tasks {
            if let Err(status) = task.await.unwrap() {
                assert_eq!(reason::<()>(Err(status)), ErrorReason::InvalidValue);
                refused += 1;
            }
        }
        assert_eq!(refused, 1);
    }
}

/// R-REG-POST-03: of many creations of one name, one succeeds and the others hear why not.
#[tokio::test(flavor = "multi_thread")]
async fn racing_creations_of_one_name() {
    let service = Service::start().await;
    let users = service.users(4);
    let mut tasks = Vec::new();
    for _ in 0..16 {
        let request = creation("A", &users);
        let mut client = service.client.clone();
        tasks.push(tokio::spawn(
            async move { client.create_group(request).await },
        ));
    }
    let mut created = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => created += 1,
            Err(status) => assert_eq!(reason::<()>(Err(status)), ErrorReason::Uniqueness),
        }
    }
    assert_eq!(created, 1);
    assert_eq!(service.changes().await, 1);
}

/// Replacements, patches, deletions of users and of nested groups at once: no fault but those named, and
/// the counts are right in the end.
#[tokio::test(flavor = "multi_thread")]
async fn everything_at_once() {
    let service = Service::start().await;
    let users = service.users(12);
    let mut groups = Vec::new();
    for n in 0..4 {
        groups.push(service.group(&format!("Group {n}"), &users).await.id);
    }
    let mut tasks = Vec::new();
    for n in 0..40 {
        let group = groups[n % 4].clone();
        let mut client = service.client.clone();
        let identity = service.identity.clone();
        let users = users.clone();
        let nested = groups[(n + 1) % 4].clone();
        tasks.push(tokio::spawn(async move {
            match n % 5 {
                0 => {
                    let name = format!("Group {}", n % 4);
                    let request = replacing(&group, &name, &users[n % 12..]);
                    client.replace_group(request).await.map(drop)
                }
                1 => {
                    let request = patching(&group, vec![remove_members(&users[..n % 12])]);
                    client.patch_group(request).await.map(drop)
                }
                2 => {
                    let request = patching(&group, vec![add_members(&[nested])]);
                    client.patch_group(request).await.map(drop)
                }
                3 => {
                    identity.delete(ACCOUNT, &users[n % 3]);
                    Ok(())
                }
                _ if n == 39 => client.delete_group(deletion(&group)).await.map(drop),
                _ => {
                    let request = patching(&group, vec![add_members(&users[6..])]);
                    client.patch_group(request).await.map(drop)
                }
            }
        }));
    }
    for task in tasks {
        if let Err(status) = task.await.unwrap() {
            let reason = reason::<()>(Err(status));
            let expected = [ErrorReason::InvalidValue, ErrorReason::ResourceNotFound];
            assert!(expected.contains(&reason), "{reason:?}");
        }
    }
    service.caught_up().await;
    assert_eq!(service.number(COUNT_MATCHES).await, 0);
    for user in &users[..3] {
        let rows = format!("select count(*) as n from group_members where member_id = '{user}'");
        assert_eq!(service.number(&rows).await, 0);
    }
}
