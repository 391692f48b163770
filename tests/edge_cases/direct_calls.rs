//! Hands over gRPC: rule 11.

use proto::{
    group::v1::{
        AssignUserGroupsRequest, DeleteGroupRequest, Group, Member, PatchGroupRequest,
        ReplaceGroupRequest, UpdateGroupSettingsRequest,
        group_admin_service_client::GroupAdminServiceClient,
        group_service_client::GroupServiceClient,
    },
    identity::v1::{
        CreateInvitationsRequest, CreateUserRequest, DeleteUserRequest, PatchUserRequest,
        ReplaceUserRequest, User, identity_service_client::IdentityServiceClient,
        invitation_service_client::InvitationServiceClient,
    },
    protocol::v1::{ErrorReason, PatchOperation, patch_operation::Op},
};
use serde_json::json;
use tonic::{Code, Status};

use super::manual_updates::{Mixed, mixed};
use super::{address, everything};
use crate::harness::{actor, required, unique};

/// `FAILED_PRECONDITION` with the reason `MANAGED_BY_SCIM`.
#[track_caller]
fn is_managed<T: std::fmt::Debug>(result: Result<tonic::Response<T>, Status>) {
    let status = result.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
    assert_eq!(
        proto::error::reason(&status),
        Some(ErrorReason::ManagedByScim),
        "{status:?}"
    );
}

fn rename(path: &str) -> Vec<PatchOperation> {
    vec![PatchOperation {
        op: Op::Replace.into(),
        path: Some(path.to_owned()),
        value_json: Some("\"x\"".to_owned()),
    }]
}

/// Rule 11 by gRPC: the service that owns the rows refuses, whoever asks.
#[tokio::test]
async fn rule_11_grpc_users() {
    let Mixed { app, user, .. } = mixed().await;
    let account_id = app.id();
    let url = required("IDENTITY_URL");
    let mut identity = IdentityServiceClient::connect(url.clone()).await.unwrap();
    let mut invitations = InvitationServiceClient::connect(url).await.unwrap();
    let before = everything(&app).await;
    let new = || {
        Some(User {
            user_name: address("x"),
            ..Default::default()
        })
    };
    is_managed(
        identity
            .create_user(CreateUserRequest {
                account_id,
                user: new(),
                actor: actor(),
                ..Default::default()
            })
            .await,
    );
    is_managed(
        identity
            .replace_user(ReplaceUserRequest {
                account_id,
                id: user.clone(),
                user: new(),
                actor: actor(),
                ..Default::default()
            })
            .await,
    );
    let operations = rename("displayName");
    is_managed(
        identity
            .patch_user(PatchUserRequest {
                account_id,
                id: user.clone(),
                operations,
                actor: actor(),
                ..Default::default()
            })
            .await,
    );
    is_managed(
        identity
            .delete_user(DeleteUserRequest {
                account_id,
                id: user.clone(),
                actor: actor(),
                ..Default::default()
            })
            .await,
    );
    let emails = vec![address("y")];
    is_managed(
        invitations
            .create_invitations(CreateInvitationsRequest {
                account_id,
                emails,
                actor: actor(),
                ..Default::default()
            })
            .await,
    );
    assert_eq!(everything(&app).await, before);
    app.allow_manual_updates(true).await;
    let delete = DeleteUserRequest {
        account_id,
        id: user.clone(),
        actor: actor(),
        ..Default::default()
    };
    identity.delete_user(delete).await.unwrap();
    app.scim
        .get(&format!("/Users/{user}"))
        .await
        .expect_error(404, None);
}

/// Rule 11 by gRPC, of groups.
#[tokio::test]
async fn rule_11_grpc_groups() {
    let Mixed {
        app,
        user,
        group,
        other,
        open,
    } = mixed().await;
    let account_id = app.id();
    let url = required("GROUP_URL");
    let mut groups = GroupServiceClient::connect(url.clone()).await.unwrap();
    let mut admin = GroupAdminServiceClient::connect(url).await.unwrap();
    let before = everything(&app).await;
    let whole = |members: &[&String]| {
        let members = members.iter().map(|id| Member {
            value: (*id).clone(),
            ..Default::default()
        });
        Some(Group {
            display_name: unique("x"),
            members: members.collect(),
            ..Default::default()
        })
    };
    let id = || group.clone();
    is_managed(
        groups
            .replace_group(ReplaceGroupRequest {
                account_id,
                id: id(),
                group: whole(&[&user]),
                actor: actor(),
                ..Default::default()
            })
            .await,
    );
    let operations = rename("displayName");
    is_managed(
        groups
            .patch_group(PatchGroupRequest {
                account_id,
                id: id(),
                operations,
                actor: actor(),
                ..Default::default()
            })
            .await,
    );
    for (op, value) in [(Op::Add, &other), (Op::Add, &open), (Op::Remove, &user)] {
        let value_json = json!([{"value": value}]).to_string();
        let operation = PatchOperation {
            op: op.into(),
            path: Some("members".to_owned()),
            value_json: Some(value_json),
        };
        let request = PatchGroupRequest {
            account_id,
            id: id(),
            operations: vec![operation],
            actor: actor(),
            ..Default::default()
        };
        is_managed(groups.patch_group(request).await);
    }
    is_managed(
        groups
            .delete_group(DeleteGroupRequest {
                account_id,
                id: id(),
                actor: actor(),
                ..Default::default()
            })
            .await,
    );
    let request = UpdateGroupSettingsRequest {
        account_id,
        group_id: id(),
        display_name: unique("x"),
        actor: actor(),
        ..Default::default()
    };
    is_managed(admin.update_group_settings(request).await);
    for (user_id, group_ids) in [(&user, vec![]), (&other, vec![id(), open.clone()])] {
        let request = AssignUserGroupsRequest {
            account_id,
            user_id: user_id.clone(),
            group_ids,
            actor: actor(),
        };
        is_managed(admin.assign_user_groups(request).await);
    }
    assert_eq!(everything(&app).await, before);
    app.allow_manual_updates(true).await;
    groups
        .delete_group(DeleteGroupRequest {
            account_id,
            id: id(),
            actor: actor(),
            ..Default::default()
        })
        .await
        .unwrap();
    app.scim
        .get(&format!("/Groups/{group}"))
        .await
        .expect_error(404, None);
}
