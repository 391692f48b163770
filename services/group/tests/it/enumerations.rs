//! An enum value that this version does not know is refused wherever it stands.

use proto::{
    group::v1 as pb,
    protocol::v1::{ErrorReason, PatchOperation},
};

use crate::harness::{Service, creation, listing, patching, reason, replacing};

const UNKNOWN: i32 = 99;

#[tokio::test]
async fn an_unknown_view_is_refused() {
    let service = Service::start().await;
    let group = service.group("A", &[]).await;
    let changes = service.changes().await;
    let get = pb::GetGroupRequest {
        account_id: group.account_id,
        id: group.id.clone(),
        view: UNKNOWN,
    };
    let refused = service.client.clone().get_group(get).await;
    assert_eq!(reason(refused), ErrorReason::InvalidValue);
    let list = pb::ListGroupsRequest {
        view: UNKNOWN,
        ..listing()
    };
    assert_eq!(reason(service.list(list).await), ErrorReason::InvalidValue);
    let create = pb::CreateGroupRequest {
        view: UNKNOWN,
        ..creation("B", &[])
    };
    let refused = service.create(create).await;
    assert_eq!(reason(refused), ErrorReason::InvalidValue);
    let replace = pb::ReplaceGroupRequest {
        view: UNKNOWN,
        ..replacing(&group.id, "B", &[])
    };
    let refused = service.replace(replace).await;
    assert_eq!(reason(refused), ErrorReason::InvalidValue);
    let patch = pb::PatchGroupRequest {
        view: UNKNOWN,
        ..patching(&group.id, Vec::new())
    };
    let refused = service.patch_with(patch).await;
    assert_eq!(reason(refused), ErrorReason::InvalidValue);
    assert_eq!(service.changes().await, changes);
}

#[tokio::test]
async fn an_unknown_type_of_member_is_refused() {
    let service = Service::start().await;
    let group = service.group("A", &[]).await;
    let changes = service.changes().await;
    let users = service.users(1);
    let mut create = creation("B", &users);
    let mut replace = replacing(&group.id, "A", &users);
    for group in [&mut create.group, &mut replace.group] {
        group.as_mut().unwrap().members[0].r#type = UNKNOWN;
    }
    let refused = service.create(create).await;
    assert_eq!(reason(refused), ErrorReason::InvalidValue);
    let refused = service.replace(replace).await;
    assert_eq!(reason(refused), ErrorReason::InvalidValue);
    assert_eq!(service.changes().await, changes);
}

/// The one field whose reason is another: it is the `op` of RFC 7644, section 3.5.2.
#[tokio::test]
async fn an_unknown_operation_is_refused() {
    let service = Service::start().await;
    let group = service.group("A", &[]).await;
    let operation = PatchOperation {
        op: UNKNOWN,
        path: Some("displayName".to_owned()),
        value_json: Some("\"B\"".to_owned()),
    };
    let refused = service
        .patch_with(patching(&group.id, vec![operation]))
        .await;
    assert_eq!(reason(refused), ErrorReason::InvalidSyntax);
}
