//! The change log of an account, as the audit reads it.

use proto::{
    identity::v1::User,
    protocol::v1::{
        Actor, BatchGetResourceNamesRequest, Change, ListChangesRequest,
        change_log_service_client::ChangeLogServiceClient, patch_operation::Op,
    },
};
use serde_json::json;

use crate::fixture::{ACCOUNT, App, STRANGERS, operation, scim, user};

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

/// Rule 15: the names that somebody had at each change, also once the user is deleted. No value of any attribute.
#[tokio::test]
async fn the_log_names_people_as_they_were() {
    let app = App::start().await;
    let ann = User {
        display_name: "Ann Lee".to_owned(),
        ..user("ann@acme.test")
    };
    let id = app.create(ann).await.expect("created").id;
    let rename = [
        operation(Op::Replace, "userName", json!("ann.lee@acme.test")),
        operation(Op::Remove, "displayName", json!(null)),
    ];
    app.patch(&id, rename.to_vec()).await.expect("renamed");
    app.delete(&id).await.expect("deleted");
    let mut log = ChangeLogServiceClient::new(app.channel.clone());
    let list = async |name: &str| {
        let request = ListChangesRequest {
            account_id: ACCOUNT,
            resource_name: name.to_owned(),
            ..Default::default()
        };
        let mut log = ChangeLogServiceClient::new(app.channel.clone());
        let listed = log.list_changes(request).await.expect("a list");
        listed.into_inner().changes
    };
    let changes = list("").await;
    let of_user = changes.iter().filter(|change| change.resource_id == id);
    let named: Vec<_> = of_user.map(names).collect();
    assert_eq!(
        named,
        [
            ("user.deleted", "ann.lee@acme.test", ""),
            ("user.updated", "ann.lee@acme.test", ""),
            ("user.created", "ann@acme.test", "Ann Lee"),
        ]
    );
    assert!(
        changes
            .iter()
            .all(|change| change.changed_values.is_empty())
    );
    let found = list("ANN.LEE@acme.test").await;
    let found: Vec<_> = found.iter().map(|change| change.kind.as_str()).collect();
    assert_eq!(found, ["user.deleted", "user.updated"]);
    let request = BatchGetResourceNamesRequest {
        account_id: ACCOUNT,
        resource_ids: vec![id],
    };
    let known = log.batch_get_resource_names(request).await.expect("names");
    let known = known.into_inner().names;
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].name, "ann.lee@acme.test");
}

fn names(change: &Change) -> (&str, &str, &str) {
    let (name, display_name) = (&change.resource_name, &change.resource_display_name);
    (&change.kind, name, display_name)
}

/// An invitation is called by its address.
#[tokio::test]
async fn invitations_are_named_by_their_address() {
    let app = App::start().await;
    app.create(user("ann@acme.test")).await.expect("created");
    let mut log = ChangeLogServiceClient::new(app.channel.clone());
    let request = ListChangesRequest {
        account_id: ACCOUNT,
        kinds: vec!["invitation.created".to_owned()],
        ..Default::default()
    };
    let listed = log.list_changes(request).await.expect("a list");
    let listed = listed.into_inner().changes;
    assert_eq!(listed.len(), 1);
    assert_eq!(
        names(&listed[0]),
        ("invitation.created", "ann@acme.test", "")
    );
}
