//! An enum value that this version does not know is refused wherever it stands.

use proto::{
    identity::v1 as pb,
    protocol::v1::{Actor, ErrorReason, PatchOperation},
};

use crate::fixture::{ACCOUNT, App, refusal, scim, user};

const UNKNOWN: i32 = 99;

#[tokio::test]
async fn an_unknown_view_is_refused() {
    let app = App::start().await;
    let ann = app.create(user("ann")).await.expect("created");
    let request = pb::BatchGetUsersRequest {
        account_id: ACCOUNT,
        ids: vec![ann.id],
        view: UNKNOWN,
        ..Default::default()
    };
    let refused = app.client.clone().batch_get_users(request).await;
    assert_eq!(refusal(refused), ErrorReason::InvalidValue);
}

/// Taken for "any", it listed everything.
#[tokio::test]
async fn an_unknown_state_of_an_invitation_is_refused() {
    let app = App::start().await;
    let request = pb::ListInvitationsRequest {
        account_id: ACCOUNT,
        state: UNKNOWN,
        ..Default::default()
    };
    let refused = app.invitations().list_invitations(request).await;
    assert_eq!(refusal(refused), ErrorReason::InvalidValue);
}

#[tokio::test]
async fn an_unknown_kind_of_actor_or_operation_is_refused() {
    let app = App::start().await;
    let ann = app.create(user("ann")).await.expect("created");
    let stranger = Actor {
        kind: UNKNOWN,
        ..scim()
    };
    let refused = app.create_as(stranger.clone(), user("bob")).await;
    assert_eq!(refusal(refused), ErrorReason::InvalidValue);
    let refused = app.delete_as(stranger, &ann.id).await;
    assert_eq!(refusal(refused), ErrorReason::InvalidValue);
    // The `op` of RFC 7644, section 3.5.2, has a reason of its own.
    let operation = PatchOperation {
        op: UNKNOWN,
        path: Some("title".to_owned()),
        value_json: Some("\"Dr\"".to_owned()),
    };
    let refused = app.patch(&ann.id, vec![operation]).await;
    assert_eq!(refusal(refused), ErrorReason::InvalidSyntax);
}
