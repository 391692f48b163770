//! Rule 13, seen from the groups: marks follow memberships, and SCIM cannot take the last administrator.

use proto::{
    group::v1 as pb,
    protocol::v1::{ErrorReason, PatchOperation, patch_operation::Op},
};
use serde_json::json;

use crate::harness::*;

/// A group of administrators with one member, who was made so by hand.
async fn administered() -> (Service, Vec<String>, String) {
    let service = Service::start().await;
    let users = service.users(4);
    let group = service.group("Admins", &users[..1]).await.id;
    service.permit(&group, Some("account_admin")).await;
    assert_eq!(service.identity.administrators(), users[..1]);
    (service, users, group)
}

#[tokio::test]
async fn marks_follow_memberships() {
    let (service, users, group) = administered().await;
    let identity = &service.identity;
    service
        .patch(&group, vec![add_members(&users[1..3])])
        .await
        .unwrap();
    assert_eq!(identity.administrators(), users[..3]);
    service
        .replace(replacing(&group, "Admins", &users[2..]))
        .await
        .unwrap();
    assert_eq!(identity.administrators(), users[2..]);
    service
        .patch(&group, vec![remove_members(&users[2..3])])
        .await
        .unwrap();
    assert_eq!(identity.administrators(), users[3..]);
    // Who is in a second such group stays one.
    let second = service.group("Owners", &users[2..]).await.id;
    service.permit(&second, Some("account_admin")).await;
    assert_eq!(identity.administrators(), users[2..]);
    service.delete(deletion(&group)).await.unwrap();
    assert_eq!(identity.administrators(), users[2..]);
    service.assign(&users[0], &[&second]).await.unwrap();
    service.assign(&users[2], &[]).await.unwrap();
    let expected = [users[0].clone(), users[3].clone()];
    assert_eq!(identity.administrators(), expected);
    service.permit(&second, Some("developer")).await;
    assert_eq!(identity.administrators(), [""; 0]);
}

/// Most groups say nothing of administrators, and the identity service is not asked for them.
#[tokio::test]
async fn other_groups_ask_nobody() {
    let service = Service::start().await;
    let users = service.users(2);
    let group = service.group("A", &users).await.id;
    service.permit(&group, Some("developer")).await;
    service
        .patch(&group, vec![remove_members(&users)])
        .await
        .unwrap();
    service.delete(deletion(&group)).await.unwrap();
    assert_eq!(service.identity.updates(), 0);
}

/// C3, Q24, Q9
#[tokio::test]
async fn scim_cannot_take_the_last_administrator() {
    let (service, users, group) = administered().await;
    let before = service.get(&group).await.unwrap();
    let changes = service.changes().await;
    let patches = [
        remove_members(&users[..1]),
        operation(Op::Remove, Some("members"), None),
        operation(
            Op::Remove,
            Some(&format!("members[value eq \"{}\"]", users[0])),
            None,
        ),
        operation(Op::Replace, Some("members"), Some(json!([]))),
    ];
    for patch in patches {
        let told = format!("{patch:?}");
        let result = service.patch(&group, vec![patch]).await;
        assert_eq!(reason(result), ErrorReason::LastAdmin, "{told}");
    }
    for members in [&users[..0], &[]] {
        let result = service.replace(replacing(&group, "Renamed", members)).await;
        assert_eq!(reason(result), ErrorReason::LastAdmin);
    }
    let result = service.delete(deletion(&group)).await;
    assert_eq!(reason(result), ErrorReason::LastAdmin);
    assert_eq!(service.get(&group).await.unwrap(), before);
    assert_eq!(service.changes().await, changes);
    assert_eq!(service.identity.administrators(), users[..1]);
    // Another one in the place of the last is fine.
    service
        .replace(replacing(&group, "Admins", &users[1..2]))
        .await
        .unwrap();
    assert_eq!(service.identity.administrators(), users[1..2]);
}

#[tokio::test]
async fn an_inactive_administrator_is_none() {
    let (service, users, group) = administered().await;
    service
        .patch(&group, vec![add_members(&users[1..2])])
        .await
        .unwrap();
    service.identity.set_active(&users[1], false);
    service.caught_up().await;
    let result = service
        .patch(&group, vec![remove_members(&users[..1])])
        .await;
    assert_eq!(reason(result), ErrorReason::LastAdmin);
}

#[tokio::test]
async fn an_administrator_may_leave_the_account_without() {
    let (service, users, group) = administered().await;
    let by_hand = pb::PatchGroupRequest {
        actor: Some(admin_actor()),
        ..patching(&group, vec![remove_members(&users[..1])])
    };
    service.patch_with(by_hand).await.unwrap();
    assert_eq!(service.identity.administrators(), [""; 0]);
    // One that has none is not guarded.
    service.delete(deletion(&group)).await.unwrap();
}

/// One user in two groups, taken out of both at once: each would count on the place that the other ends.
#[tokio::test]
async fn the_last_two_places_do_not_both_go_at_once() {
    let service = Service::start().await;
    let users = service.users(1);
    let mut groups = Vec::new();
    for name in ["A", "B"] {
        let group = service.group(name, &users).await.id;
        service.permit(&group, Some("account_admin")).await;
        groups.push(group);
    }
    let remove = |group: &str| {
        let request = patching(group, vec![remove_members(&users)]);
        let mut client = service.client.clone();
        tokio::spawn(async move { client.patch_group(request).await })
    };
    service.identity.hold();
    let first = remove(&groups[0]);
    service.identity.held().await;
    let second = remove(&groups[1]);
    let waiting = "select count(*) as n from pg_stat_activity where wait_event_type = 'Lock'
        and application_name = current_setting('application_name')";
    eventually(async || second.is_finished() || service.number(waiting).await > 0).await;
    service.identity.release();
    first.await.unwrap().unwrap();
    assert_eq!(reason(second.await.unwrap()), ErrorReason::LastAdmin);
    assert_eq!(service.identity.administrators(), users);
}

/// A mark that got lost between two commits is restored rather than held against SCIM.
#[tokio::test]
async fn a_lost_mark_is_restored_before_refusing() {
    let (service, users, group) = administered().await;
    service
        .patch(&group, vec![add_members(&users[1..2])])
        .await
        .unwrap();
    service.identity.unmark(&users[1]);
    service
        .patch(&group, vec![remove_members(&users[..1])])
        .await
        .unwrap();
    assert_eq!(service.identity.administrators(), users[1..2]);
}

/// The identity service is told before the commit; where none follows, it is told again.
#[tokio::test]
async fn marks_are_set_right_after_a_failed_commit() {
    let (service, users, group) = administered().await;
    // Refuses the commit alone.
    service
        .sql(
            "create function refuse() returns trigger language plpgsql as
             $$ begin raise exception 'no'; end $$",
        )
        .await;
    service
        .sql(
            "create constraint trigger refuse after insert on group_members
             deferrable initially deferred for each row execute function refuse()",
        )
        .await;
    let result = service.patch(&group, vec![add_members(&users[1..2])]).await;
    assert_eq!(reason(result), ErrorReason::InternalFault);
    eventually(async || service.identity.administrators() == users[..1]).await;
}

/// A membership by a mapping ends with the deactivation, and the mark with it.
#[tokio::test]
async fn a_deactivation_that_ends_a_place_ends_the_mark() {
    let (service, users, _) = administered().await;
    let mapped = service.manual_group("Mapped", &[]).await.id;
    service.permit(&mapped, Some("account_admin")).await;
    service.map(&mapped, &["root"]).await;
    service.sign_in(&users[1], &["root"]).await.unwrap();
    assert_eq!(service.identity.administrators(), users[..2]);
    service.identity.set_active(&users[1], false);
    service.caught_up().await;
    assert_eq!(service.identity.administrators(), users[..1]);
}

#[tokio::test]
async fn without_identity_an_administrator_stays_one() {
    let (service, users, group) = administered().await;
    let before = service.get(&group).await.unwrap();
    service.identity.set_away(true);
    let operations: Vec<PatchOperation> = vec![remove_members(&users[..1])];
    let result = service.patch(&group, operations).await;
    assert_eq!(reason(result), ErrorReason::DependencyUnavailable);
    service.identity.set_away(false);
    assert_eq!(service.get(&group).await.unwrap(), before);
}

/// RFC 7643 section 4.1.2: who is in a group that is in a group is in both, so is guarded by both (rule 13).
#[tokio::test]
async fn members_of_nested_groups_administer() {
    let service = Service::start().await;
    let identity = &service.identity;
    let users = service.users(3);
    let inner = service.group("Inner", &users[..1]).await.id;
    let middle = service
        .group("Middle", std::slice::from_ref(&inner))
        .await
        .id;
    let outer = service
        .group("Outer", std::slice::from_ref(&middle))
        .await
        .id;
    service.permit(&outer, Some("account_admin")).await;
    assert_eq!(identity.administrators(), users[..1]);
    let changes = service.changes().await;
    for (group, member) in [(&inner, &users[0]), (&middle, &inner), (&outer, &middle)] {
        let removal = remove_members(std::slice::from_ref(member));
        let result = service.patch(group, vec![removal]).await;
        assert_eq!(reason(result), ErrorReason::LastAdmin);
        let result = service.replace(replacing(group, "Renamed", &[])).await;
        assert_eq!(reason(result), ErrorReason::LastAdmin);
        let result = service.delete(deletion(group)).await;
        assert_eq!(reason(result), ErrorReason::LastAdmin);
    }
    assert_eq!(service.changes().await, changes);
    assert_eq!(identity.administrators(), users[..1]);

    // Marks follow every change below.
    service
        .patch(&inner, vec![add_members(&users[1..2])])
        .await
        .unwrap();
    assert_eq!(identity.administrators(), users[..2]);
    let other = service.group("Other", &users[2..]).await.id;
    service
        .patch(&middle, vec![add_members(std::slice::from_ref(&other))])
        .await
        .unwrap();
    assert_eq!(identity.administrators(), users);
    service.assign(&users[0], &[]).await.unwrap();
    assert_eq!(identity.administrators(), users[1..]);
    service.delete(deletion(&inner)).await.unwrap();
    assert_eq!(identity.administrators(), users[2..]);
    service.make_default(&other).await;
    service.sign_in(&users[0], &[]).await.unwrap();
    let expected = [users[0].clone(), users[2].clone()];
    assert_eq!(identity.administrators(), expected);
    let by_hand = pb::PatchGroupRequest {
        actor: Some(admin_actor()),
        ..patching(&outer, vec![remove_members(std::slice::from_ref(&middle))])
    };
    service.patch_with(by_hand).await.unwrap();
    assert_eq!(identity.administrators(), [""; 0]);
}

/// A process that dies between telling and its commit leaves a mark too many or too few; the next to start
/// sets all of them right, whether anything changes or not.
#[tokio::test]
async fn marks_are_set_right_at_start() {
    let (service, users, _) = administered().await;
    service.identity.unmark(&users[0]);
    service.identity.mark(&users[1]);
    let second = spawn_group(&service.config).await;
    eventually(async || service.identity.administrators() == users[..1]).await;
    second.stop().await.unwrap();
}

/// Also where no administrator is left here at all.
#[tokio::test]
async fn the_last_stray_mark_is_taken_away_at_start() {
    let (service, users, group) = administered().await;
    let by_hand = pb::DeleteGroupRequest {
        actor: Some(admin_actor()),
        ..deletion(&group)
    };
    service.delete(by_hand).await.unwrap();
    service.identity.mark(&users[1]);
    let second = spawn_group(&service.config).await;
    eventually(async || service.identity.administrators().is_empty()).await;
    second.stop().await.unwrap();
}

/// A member who has been deleted, which the change log has not told yet, is left out of the marks.
#[tokio::test]
async fn who_is_gone_is_not_marked() {
    let service = Service::start().await;
    let users = service.users(3);
    let group = service.group("Admins", &users).await.id;
    service.identity.vanish(&users[1]);
    service.permit(&group, Some("account_admin")).await;
    let expected = [users[0].clone(), users[2].clone()];
    assert_eq!(service.identity.administrators(), expected);
}
