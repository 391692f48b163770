//! The change log of an account, as the audit reads it.

use proto::protocol::v1::{
    Actor, ListChangesRequest, change_log_service_client::ChangeLogServiceClient,
};

use crate::fixture::{ACCOUNT, App, STRANGERS, scim, user};

#[tokio::test]
async fn who_did_what_from_where() {
    let app = App::start().await;
    let actor = Actor {
        ip_address: "192.0.2.7".to_owned(),
        ..scim()
    };
    let ann = app
        .create_as(actor.clone(), user("ann"))
        .await
        .expect("created");
    let mut log = ChangeLogServiceClient::new(app.channel.clone());
    let request = |account_id| ListChangesRequest {
        account_id,
        ..Default::default()
    };
    let listed = log.list_changes(request(ACCOUNT)).await.expect("a list");
    let listed = listed.into_inner().changes;
    let kinds: Vec<&str> = listed.iter().map(|change| change.kind.as_str()).collect();
    assert_eq!(kinds, ["invitation.created", "user.created"]);
    assert_eq!(listed[1].resource_id, ann.id);
    assert!(
        listed
            .iter()
            .all(|change| change.actor.as_ref() == Some(&actor))
    );
    let foreign = log.list_changes(request(STRANGERS)).await.expect("a list");
    assert_eq!(foreign.into_inner().changes, []);
}
