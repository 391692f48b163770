//! Rule 10: before SCIM, with SCIM, and accounts that have both kinds of users.

use proto::protocol::v1::ErrorReason;

use crate::harness::*;

/// A default group, one mapped from `eng`, one from `ops` and `eng`, and one that nothing leads to.
async fn mapped() -> (Service, Vec<String>, [String; 4]) {
    let service = Service::start().await;
    let users = service.users(4);
    let mut ids = Vec::new();
    for name in ["Default", "Eng", "Ops", "Plain"] {
        ids.push(service.manual_group(name, &[]).await.id);
    }
    let groups: [String; 4] = ids.try_into().unwrap();
    service.make_default(&groups[0]).await;
    service.map(&groups[1], &["eng"]).await;
    service.map(&groups[2], &["ops", "eng"]).await;
    (service, users, groups)
}

/// G12: exactly the mapped and the default groups, at each sign-in; names compare exactly.
#[tokio::test]
async fn without_scim_it_gives_exactly_the_mapped_and_default_groups() {
    let (service, users, [default, eng, ops, plain]) = mapped().await;
    let user = &users[0];
    service.assign(user, &[&plain]).await.unwrap();
    let (groups, was_mapped) = service.sign_in(user, &["eng", "x\0"]).await.unwrap();
    assert_eq!(groups, ["Default", "Eng", "Ops"]);
    assert!(was_mapped);
    assert_eq!(service.sources(&default, &users).await, ["user0 default"]);
    assert_eq!(service.sources(&eng, &users).await, ["user0 sso"]);
    assert_eq!(service.get(&plain).await.unwrap().member_count, 0);
    let changes = service.changes().await;
    service.sign_in(user, &["eng"]).await.unwrap();
    assert_eq!(service.changes().await, changes);
    let (groups, _) = service.sign_in(user, &["ops"]).await.unwrap();
    assert_eq!(groups, ["Default", "Ops"]);
    let (groups, _) = service.sign_in(user, &["Eng", "OPS"]).await.unwrap();
    assert_eq!(groups, ["Default"]);
    assert_eq!(service.get(&ops).await.unwrap().member_count, 0);
    assert_eq!(service.last_change(&ops).await.0, "group.members_changed");
}

/// F8, F9, G11: in one account, even on one group.
#[tokio::test]
async fn with_scim_it_acts_on_unmanaged_users_only() {
    let (service, users, [default, eng, ..]) = mapped().await;
    let (managed, unmanaged) = (&users[0], &users[1]);
    service.sign_in(managed, &["ops"]).await.unwrap();
    service.enable_scim().await;
    service.identity.link(managed);
    // The group too is managed; it makes no difference.
    let push = vec![add_members(&users[2..])];
    service.patch(&eng, push).await.unwrap();
    service.close_manual_updates().await;
    let (groups, was_mapped) = service.sign_in(managed, &["eng"]).await.unwrap();
    assert_eq!(groups, ["Default", "Ops"]);
    assert!(!was_mapped);
    let (groups, was_mapped) = service.sign_in(unmanaged, &["eng"]).await.unwrap();
    assert_eq!(groups, ["Default", "Eng", "Ops"]);
    assert!(was_mapped);
    // What SCIM has said of an unmanaged user stays.
    let (groups, _) = service.sign_in(&users[2], &[]).await.unwrap();
    assert_eq!(groups, ["Default", "Eng"]);
    let sources = service.sources(&eng, &users).await;
    assert_eq!(sources, ["user2 scim", "user3 scim", "user1 sso"]);
    assert_eq!(service.get(&default).await.unwrap().member_count, 3);
}

/// Rule 3: while SCIM is off all is as if there were none, but what SCIM said is kept for its return.
#[tokio::test]
async fn while_scim_is_off_managed_users_are_as_others() {
    let (service, users, [_, _, _, plain]) = mapped().await;
    let user = &users[0];
    service.enable_scim().await;
    service.identity.link(user);
    let pushed = service.group("Pushed", &users[..1]).await.id;
    service.assign(user, &[&plain, &pushed]).await.unwrap();
    service.configure(Default::default()).await;
    let (groups, was_mapped) = service.sign_in(user, &["eng"]).await.unwrap();
    assert_eq!(groups, ["Default", "Eng", "Ops", "Pushed"]);
    assert!(was_mapped);
    service.enable_scim().await;
    let (groups, was_mapped) = service.sign_in(user, &[]).await.unwrap();
    assert_eq!(groups, ["Default", "Eng", "Ops", "Pushed"]);
    assert!(!was_mapped);
}

/// What SCIM names is SCIM's from then on, whatever led there before.
#[tokio::test]
async fn scim_takes_a_place_over() {
    let (service, users, [_, eng, ops, _]) = mapped().await;
    service.sign_in(&users[0], &["eng"]).await.unwrap();
    let before = service.get(&eng).await.unwrap();
    let patched = service
        .patch(&eng, vec![add_members(&users[..1])])
        .await
        .unwrap();
    // Linked by that, but no member more.
    assert_eq!((patched.member_count, patched.scim_managed), (1, true));
    assert_ne!(patched.etag, before.etag);
    let request = replacing(&ops, "Ops", &users[..2]);
    let replaced = service.replace(request).await.unwrap();
    assert_eq!(replaced.member_count, 2);
    let changes = service.changes().await;
    service
        .patch(&eng, vec![add_members(&users[..1])])
        .await
        .unwrap();
    assert_eq!(service.changes().await, changes);
    assert_eq!(service.sources(&eng, &users).await, ["user0 scim"]);
    let sources = service.sources(&ops, &users).await;
    assert_eq!(sources, ["user0 scim", "user1 scim"]);
    let (groups, _) = service.sign_in(&users[0], &[]).await.unwrap();
    assert_eq!(groups, ["Default", "Eng", "Ops"]);
}

/// Rule 7, Q6: a deactivation ends what mappings and default groups gave, and an activation brings nothing
/// back by itself.
#[tokio::test]
async fn a_deactivated_user_keeps_only_what_scim_and_people_said() {
    let (service, users, [default, eng, ops, plain]) = mapped().await;
    service.sign_in(&users[0], &["eng"]).await.unwrap();
    service.sign_in(&users[1], &["eng"]).await.unwrap();
    service
        .patch(&ops, vec![add_members(&users[..1])])
        .await
        .unwrap();
    let by_hand = vec![&default, &eng, &ops, &plain];
    let by_hand: Vec<&str> = by_hand.into_iter().map(String::as_str).collect();
    service.assign(&users[0], &by_hand).await.unwrap();
    let etag = service.get(&eng).await.unwrap().etag;
    service.identity.set_active(&users[0], false);
    service.caught_up().await;
    assert_eq!(service.sources(&default, &users).await, ["user1 default"]);
    assert_eq!(service.sources(&eng, &users).await, ["user1 sso"]);
    let sources = service.sources(&ops, &users).await;
    assert_eq!(sources, ["user0 scim", "user1 sso"]);
    assert_eq!(service.sources(&plain, &users).await, ["user0 manual"]);
    let group = service.get(&eng).await.unwrap();
    assert_eq!(group.member_count, 1);
    assert_ne!(group.etag, etag);
    assert_eq!(service.last_change(&eng).await.0, "group.members_changed");
    let inactive = "select count(*) as n from known_users where not active";
    assert_eq!(service.number(inactive).await, 1);
    let result = service.sign_in(&users[0], &["eng"]).await;
    assert_eq!(reason(result), ErrorReason::InvalidValue);
    service.identity.set_active(&users[0], true);
    service.caught_up().await;
    assert_eq!(service.get(&eng).await.unwrap().member_count, 1);
    assert_eq!(service.number(inactive).await, 0);
    // Also right after, when word of it may not have come yet.
    for _ in 0..5 {
        service.identity.set_active(&users[0], false);
        service.identity.set_active(&users[0], true);
        service.sign_in(&users[0], &["eng"]).await.unwrap();
        service.caught_up().await;
    }
}

/// Two replicas follow; a deactivation is counted once.
#[tokio::test]
async fn a_deactivation_is_applied_exactly_once() {
    let (service, users, [default, ..]) = mapped().await;
    for user in &users {
        service.sign_in(user, &[]).await.unwrap();
    }
    let second = spawn_group(&service.config).await;
    for user in &users[..3] {
        service.identity.set_active(user, false);
    }
    service.caught_up().await;
    let group = service.get(&default).await.unwrap();
    assert_eq!((group.member_count, group.members.len()), (1, 1));
    assert_eq!(group.etag, "W/\"8\"");
    second.stop().await.unwrap();
}

#[tokio::test]
async fn who_does_not_exist_does_not_sign_in() {
    let (service, users, _) = mapped().await;
    service.identity.delete(ACCOUNT, &users[0]);
    for user in ["nobody", &users[0]] {
        let result = service.sign_in(user, &[]).await;
        assert_eq!(reason(result), ErrorReason::ResourceNotFound);
    }
    service.identity.set_away(true);
    let result = service.sign_in(&users[1], &[]).await;
    assert_eq!(reason(result), ErrorReason::DependencyUnavailable);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_leave_every_count_right() {
    let (service, _, _) = mapped().await;
    let users = service.users(40);
    let mut tasks = Vec::new();
    for user in &users {
        for names in [["eng"], ["ops"], ["none"]] {
            let request = proto::group::v1::RecordSignInRequest {
                account_id: ACCOUNT,
                user_id: user.clone(),
                idp_groups: names.map(str::to_owned).to_vec(),
                actor: Some(service_actor()),
            };
            let mut admin = service.admin.clone();
            tasks.push(tokio::spawn(
                async move { admin.record_sign_in(request).await },
            ));
        }
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let wrong = "select count(*) as n from groups g where member_count <>
        (select count(*) from group_members m where m.account_id = g.account_id and m.group_id = g.id)";
    assert_eq!(service.number(wrong).await, 0);
}
