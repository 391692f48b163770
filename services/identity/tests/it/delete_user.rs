use proto::{identity::v1 as pb, protocol::v1::ErrorReason};

use crate::fixture::{ACCOUNT, App, STRANGERS, admin, refusal, scim, user};

/// R-DEL-01, R-DEL-02, R-DEL-03.
#[tokio::test]
async fn a_deleted_user_is_gone_and_its_name_is_free() {
    let app = App::start().await;
    let created = app.create(user("ann")).await.expect("created");
    app.delete(&created.id).await.expect("deleted");
    assert_eq!(
        refusal(app.get(&created.id).await),
        ErrorReason::ResourceNotFound
    );
    assert_eq!(
        refusal(app.delete(&created.id).await),
        ErrorReason::ResourceNotFound
    );
    assert_eq!(
        refusal(app.replace(&created.id, user("ann")).await),
        ErrorReason::ResourceNotFound
    );
    assert!(app.select("").await.expect("a list").is_empty());
    let again = app.create(user("ann")).await.expect("created");
    assert_ne!(again.id, created.id);
    let change = &app.changes(1, 1).await[0];
    assert_eq!(change.kind, "user.deleted");
    assert_eq!(change.resource_id, created.id);
    assert_eq!(change.changed_attributes, [""; 0]);
}

/// R-DEL-06, R-TEST-05, product rule 11.
#[tokio::test]
async fn a_refused_delete_leaves_the_user() {
    let app = App::start().await;
    let created = app.create(user("ann")).await.expect("created");
    let request = pb::DeleteUserRequest {
        account_id: ACCOUNT,
        id: created.id.clone(),
        etags: vec!["W/\"7\"".to_owned()],
        actor: Some(scim()),
    };
    let mut client = app.client.clone();
    let stale = client.delete_user(request.clone()).await;
    assert_eq!(refusal(stale), ErrorReason::EtagMismatch);
    let etags = Vec::new();
    let foreign = pb::DeleteUserRequest {
        account_id: STRANGERS,
        etags,
        ..request
    };
    let foreign = client.delete_user(foreign).await;
    assert_eq!(refusal(foreign), ErrorReason::ResourceNotFound);
    app.configure(|scim| scim.enabled = true);
    let manual = app.delete_as(admin(), &created.id).await;
    assert_eq!(refusal(manual), ErrorReason::ManagedByScim);
    assert_eq!(app.get(&created.id).await.expect("read"), created);
    app.configure(|scim| scim.manual_updates_allowed = true);
    app.delete_as(admin(), &created.id).await.expect("deleted");
}
