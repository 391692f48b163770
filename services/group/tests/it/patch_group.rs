use proto::{
    group::v1 as pb,
    protocol::v1::{ErrorReason, PatchOperation, patch_operation::Op},
};
use serde_json::json;

use crate::harness::*;

/// R-PATCH-43, R-PATCH-45
#[tokio::test]
async fn adds_and_removes_members() {
    let service = Service::start().await;
    let users = service.users(4);
    let group = service.group("A", &users[..2]).await;
    let patched = service
        .patch(&group.id, vec![add_members(&users[1..])])
        .await
        .unwrap();
    assert_eq!(
        (patched.member_count, patched.etag.as_str()),
        (4, "W/\"2\"")
    );
    let patched = service
        .patch(&group.id, vec![remove_members(&users[..1])])
        .await
        .unwrap();
    assert_eq!(
        (patched.member_count, patched.etag.as_str()),
        (3, "W/\"3\"")
    );
    let group = service.get(&group.id).await.unwrap();
    assert_eq!(member_ids(&group), users[1..]);
    assert_eq!(
        service.last_change(&group.id).await.0,
        "group.members_changed"
    );
}

/// R-PATCH-28, RFC 7644 section 3.5.2.3: a member can be named again, but not one that is none.
#[tokio::test]
async fn a_value_path_names_a_member() {
    let service = Service::start().await;
    let users = service.users(2);
    let group = service.group("A", &users[..1]).await;
    let same = |id: &str| {
        let path = format!("members[value eq \"{id}\"]");
        operation(Op::Replace, Some(&path), Some(json!({ "value": id })))
    };
    let named = service.patch(&group.id, vec![same(&users[0])]).await;
    assert_eq!(named.unwrap().etag, group.etag);
    for refused in [
        vec![same(&users[1])],
        vec![same("nobody")],
        vec![remove_members(&users[..1]), same(&users[0])],
    ] {
        let status = service.patch(&group.id, refused).await.unwrap_err();
        assert_eq!(proto::error::reason(&status), Some(ErrorReason::NoTarget));
    }
    let added = vec![add_members(&users[1..]), same(&users[1])];
    let added = service.patch(&group.id, added).await.unwrap();
    assert_eq!(added.member_count, 2);
}

/// R-PATCH-45: what is so already is no change.
#[tokio::test]
async fn no_change_leaves_no_trace() {
    let service = Service::start().await;
    let users = service.users(3);
    let group = service.group("A", &users[..2]).await;
    let changes = service.changes().await;
    let only = |operation| vec![operation];
    let cases: Vec<Vec<PatchOperation>> = vec![
        only(add_members(&users[..1])),
        only(remove_members(&users[2..])),
        only(remove_members(&["nobody".to_owned()])),
        only(remove_members(&[])),
        only(operation(
            Op::Replace,
            Some("members"),
            Some(values(&users[..2])),
        )),
        only(operation(
            Op::Replace,
            Some("displayName"),
            Some(json!("A")),
        )),
        vec![add_members(&users[2..]), remove_members(&users[2..])],
        vec![remove_members(&users[..1]), add_members(&users[..1])],
    ];
    for operations in cases {
        let told = format!("{operations:?}");
        let patched = service.patch(&group.id, operations).await.expect(&told);
        assert_eq!(patched.etag, group.etag, "{told}");
        assert_eq!(patched.update_time, group.update_time);
    }
    assert_eq!(service.changes().await, changes);
}

/// R-PATCH-44, R-PATCH-46
#[tokio::test]
async fn clears_and_replaces_members() {
    let service = Service::start().await;
    let users = service.users(4);
    let group = service.group("A", &users[..2]).await;
    let replace = operation(Op::Replace, Some("members"), Some(values(&users[1..3])));
    service.patch(&group.id, vec![replace]).await.unwrap();
    let shown = service.get(&group.id).await.unwrap();
    assert_eq!(member_ids(&shown), users[1..3]);
    for clear in [
        operation(Op::Remove, Some("members"), None),
        operation(Op::Replace, Some("members"), Some(json!([]))),
        operation(Op::Replace, None, Some(json!({ "members": [] }))),
    ] {
        service
            .patch(&group.id, vec![add_members(&users)])
            .await
            .unwrap();
        let patched = service.patch(&group.id, vec![clear]).await.unwrap();
        assert_eq!(patched.member_count, 0);
        assert_eq!(service.get(&group.id).await.unwrap().members, []);
    }
}

/// R-REG-PATCH-02, R-PATCH-17
#[tokio::test]
async fn removes_members_by_filter() {
    let service = Service::start().await;
    let users = service.users(3);
    let inner = service.group("Inner", &[]).await;
    let members = [users.clone(), vec![inner.id.clone()]].concat();
    let group = service.group("A", &members).await;
    let remove = |filter: &str| operation(Op::Remove, Some(filter), None);
    let by_id = remove(&format!("members[value eq \"{}\"]", users[0]));
    service.patch(&group.id, vec![by_id]).await.unwrap();
    let shown = service.get(&group.id).await.unwrap();
    assert_eq!(member_ids(&shown), members[1..]);
    let by_type = remove("members[type eq \"User\"]");
    service.patch(&group.id, vec![by_type]).await.unwrap();
    let shown = service.get(&group.id).await.unwrap();
    assert_eq!(member_ids(&shown), [inner.id]);
    // Steps in order: who comes after the removal stays.
    let operations = vec![
        add_members(&users[..1]),
        remove("members[type eq \"User\" or type eq \"Group\"]"),
        add_members(&users[1..2]),
    ];
    service.patch(&group.id, operations).await.unwrap();
    let shown = service.get(&group.id).await.unwrap();
    assert_eq!(member_ids(&shown), users[1..2]);
    assert_eq!(shown.member_count, 1);
    let by_name = remove("members[display eq \"x\"]");
    let result = service.patch(&group.id, vec![by_name]).await;
    assert_eq!(reason(result), ErrorReason::InvalidFilter);
}

#[tokio::test]
async fn renames_and_sets_external_ids() {
    let service = Service::start().await;
    let group = service.group("A", &[]).await;
    service.group("Taken", &[]).await;
    let rename = |name: &str| operation(Op::Replace, Some("displayName"), Some(json!(name)));
    let patched = service.patch(&group.id, vec![rename("B")]).await.unwrap();
    assert_eq!(patched.display_name, "B");
    assert_eq!(service.last_change(&group.id).await.0, "group.renamed");
    let set = operation(Op::Add, Some("externalId"), Some(json!("e1")));
    let patched = service.patch(&group.id, vec![set]).await.unwrap();
    assert_eq!(patched.external_id, "e1");
    let (kind, changed) = service.last_change(&group.id).await;
    assert_eq!(
        (kind.as_str(), changed.as_slice()),
        ("group.updated", &["externalId".to_owned()][..])
    );
    // As Okta renames: with the id in the value.
    let okta = json!({ "id": group.id, "displayName": "C" });
    let okta = operation(Op::Replace, None, Some(okta));
    let patched = service.patch(&group.id, vec![okta]).await.unwrap();
    assert_eq!(patched.display_name, "C");
    let unset = operation(Op::Remove, Some("externalId"), None);
    let patched = service.patch(&group.id, vec![unset]).await.unwrap();
    assert_eq!(patched.external_id, "");
    for (operation, expected) in [
        (rename("TAKEN"), ErrorReason::Uniqueness),
        (
            operation(Op::Remove, Some("displayName"), None),
            ErrorReason::Mutability,
        ),
        (
            operation(Op::Replace, Some("nothing"), Some(json!(1))),
            ErrorReason::InvalidPath,
        ),
        (operation(Op::Remove, None, None), ErrorReason::NoTarget),
    ] {
        let result = service.patch(&group.id, vec![operation]).await;
        assert_eq!(reason(result), expected);
    }
}

/// R-PATCH-06
#[tokio::test]
async fn all_or_nothing() {
    let service = Service::start().await;
    let users = service.users(2);
    let group = service.group("A", &users[..1]).await;
    let changes = service.changes().await;
    for last in [
        add_members(&["018f0000-0000-7000-8000-000000000000".to_owned()]),
        operation(Op::Remove, Some("displayName"), None),
    ] {
        let operations = vec![
            operation(Op::Replace, Some("displayName"), Some(json!("B"))),
            add_members(&users),
            last,
        ];
        service.patch(&group.id, operations).await.unwrap_err();
        assert_eq!(service.get(&group.id).await.unwrap(), group);
    }
    assert_eq!(service.changes().await, changes);
}

/// R-GRP-05
#[tokio::test]
async fn cycles_are_refused() {
    let service = Service::start().await;
    let a = service.group("A", &[]).await.id;
    let b = service.group("B", std::slice::from_ref(&a)).await.id;
    let c = service.group("C", std::slice::from_ref(&b)).await.id;
    for (holder, member) in [(&a, &a), (&a, &b), (&a, &c), (&b, &c)] {
        let add = add_members(std::slice::from_ref(member));
        let result = service.patch(holder, vec![add]).await;
        assert_eq!(reason(result), ErrorReason::InvalidValue);
    }
    // A diamond is none.
    service.patch(&c, vec![add_members(&[a])]).await.unwrap();
}

#[tokio::test]
async fn demands_of_etags_are_kept() {
    let service = Service::start().await;
    let users = service.users(1);
    let group = service.group("A", &[]).await;
    let stale = pb::PatchGroupRequest {
        etags: vec!["W/\"2\"".to_owned()],
        ..patching(&group.id, vec![add_members(&users)])
    };
    let result = service.patch_with(stale).await;
    assert_eq!(reason(result), ErrorReason::EtagMismatch);
    let any = pb::PatchGroupRequest {
        etags: vec!["*".to_owned()],
        ..patching(&group.id, vec![add_members(&users)])
    };
    service.patch_with(any).await.unwrap();
}

/// R-PATCH-10
#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let service = Service::start().await;
    for id in ["x", "018f0000-0000-7000-8000-000000000000"] {
        let add = add_members(&["nobody".to_owned()]);
        let result = service.patch(id, vec![add]).await;
        assert_eq!(reason(result), ErrorReason::ResourceNotFound);
    }
}

/// Rule 4
#[tokio::test]
async fn scim_links_what_it_patches() {
    let service = Service::start().await;
    let users = service.users(1);
    let group = service.manual_group("A", &users).await;
    let patched = service
        .patch(&group.id, vec![add_members(&users)])
        .await
        .unwrap();
    assert!(patched.scim_managed);
    assert_eq!(service.last_change(&group.id).await.0, "group.linked");
}

/// Rule 11
#[tokio::test]
async fn a_managed_group_is_closed_to_others_while_manual_updates_are_off() {
    let service = Service::start().await;
    let users = service.users(2);
    let group = service.group("A", &users[..1]).await;
    service.close_manual_updates().await;
    let by_hand = |operation: PatchOperation| pb::PatchGroupRequest {
        actor: Some(admin_actor()),
        ..patching(&group.id, vec![operation])
    };
    for closed in [
        add_members(&users),
        remove_members(&users),
        operation(Op::Replace, Some("displayName"), Some(json!("B"))),
    ] {
        let result = service.patch_with(by_hand(closed)).await;
        assert_eq!(reason(result), ErrorReason::ManagedByScim);
    }
    assert_eq!(service.get(&group.id).await.unwrap(), group);
    let open = operation(Op::Replace, Some("externalId"), Some(json!("e")));
    service.patch_with(by_hand(open)).await.unwrap();
    service
        .patch(&group.id, vec![add_members(&users)])
        .await
        .unwrap();
}

/// Rule 16
#[tokio::test]
async fn the_dialect_of_the_account_decides() {
    let service = Service::start().await;
    let group = service.group("A", &[]).await;
    let unknown = || operation(Op::Replace, None, Some(json!({ "colour": "red" })));
    service.patch(&group.id, vec![unknown()]).await.unwrap();
    service.make_strict().await;
    service.patch(&group.id, vec![unknown()]).await.unwrap_err();
}
