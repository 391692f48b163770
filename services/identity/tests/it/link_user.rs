//! Product rule 4: the first SCIM write on an existing user links it.

use futures::future::join_all;
use proto::{
    identity::v1 as pb,
    protocol::v1::{ErrorReason, patch_operation::Op},
};
use serde_json::json;

use crate::fixture::{App, admin, email, operation, refusal, user};

async fn unmanaged(app: &App) -> pb::User {
    let sent = pb::User {
        license_type: "analyst".to_owned(),
        active: Some(false),
        ..user("Ann@x.test")
    };
    app.create_as(admin(), sent).await.expect("created")
}

#[tokio::test]
async fn a_scim_create_links_the_unmanaged_namesake() {
    let app = App::start().await;
    let manual = unmanaged(&app).await;
    let sent = pb::User {
        external_id: "00u1".to_owned(),
        emails: vec![email("ann@x.test")],
        ..user("ann@x.test")
    };
    let linked = app.create(sent.clone()).await.expect("linked");
    assert_eq!(linked.id, manual.id);
    assert_eq!(linked.create_time, manual.create_time);
    assert!(linked.scim_managed);
    assert_eq!(linked.license_type, "analyst");
    assert_eq!(linked.active, Some(false));
    assert_eq!(linked.external_id, "00u1");
    assert_eq!(linked.emails, sent.emails);
    let change = &app.changes(1, 1).await[0];
    assert_eq!(change.kind, "user.linked");
    assert!(
        change
            .changed_attributes
            .contains(&"scimManaged".to_owned())
    );
    // Linked now, so the next one is a clash: active or not, never a merge (R-POST-08, R-POST-09).
    assert_eq!(refusal(app.create(sent).await), ErrorReason::Uniqueness);
}

#[tokio::test]
async fn replace_and_patch_link_but_reads_do_not() {
    let app = App::start().await;
    let manual = unmanaged(&app).await;
    app.select("userName eq \"ann@x.test\"")
        .await
        .expect("a list");
    assert!(!app.get(&manual.id).await.expect("read").scim_managed);
    let activate = vec![operation(Op::Replace, "active", json!(true))];
    let linked = app.patch(&manual.id, activate).await.expect("patched");
    assert!(linked.scim_managed);
    // The activation is what others act on; the link shows among the attributes.
    let change = &app.changes(1, 1).await[0];
    assert_eq!(change.kind, "user.activated");
    assert_eq!(change.changed_attributes, ["active", "scimManaged"]);

    let other = app
        .create_as(admin(), user("other"))
        .await
        .expect("created");
    let linked = app
        .replace(&other.id, user("other"))
        .await
        .expect("replaced");
    assert!(linked.scim_managed);
    assert_eq!(linked.etag, "W/\"2\"");
    // Other actors do not unlink.
    let replaced = app
        .replace_as(admin(), &other.id, user("another"))
        .await
        .expect("replaced");
    assert!(replaced.scim_managed);
}

/// An empty PATCH is a write too.
#[tokio::test]
async fn a_patch_without_effect_links() {
    let app = App::start().await;
    let manual = unmanaged(&app).await;
    let linked = app.patch(&manual.id, Vec::new()).await.expect("patched");
    assert!(linked.scim_managed);
    assert_eq!(linked.etag, "W/\"2\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_creates_that_would_link_one_does() {
    let app = App::start().await;
    let manual = unmanaged(&app).await;
    let results = join_all((0..16).map(|_| app.create(user("ann@x.test")))).await;
    let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    assert_eq!(won[0].as_ref().expect("linked").id, manual.id);
    for result in lost {
        assert_eq!(refusal(result), ErrorReason::Uniqueness);
    }
}
