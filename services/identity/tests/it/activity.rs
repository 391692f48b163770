//! What the answer to a write says of the user's activity: whether it was switched, and nothing in any other answer.

use proto::{identity::v1 as pb, protocol::v1::patch_operation::Op};
use serde_json::json;

use crate::fixture::{App, admin, operation, user};

#[tokio::test]
async fn the_answer_to_a_write_says_whether_it_switched_the_user() {
    let app = App::start().await;
    let created = app.create(user("ann")).await.expect("created");
    assert!(!created.activity_changed);
    let id = &created.id;
    let patch = async |value: bool| {
        let operations = vec![operation(Op::Replace, "active", json!(value))];
        app.patch(id, operations)
            .await
            .expect("patched")
            .activity_changed
    };
    let put = async |active: Option<bool>| {
        let body = pb::User {
            active,
            ..user("ann")
        };
        app.replace(id, body)
            .await
            .expect("replaced")
            .activity_changed
    };
    // Each, and once more.
    assert!(patch(false).await && !patch(false).await);
    assert!(!app.get(id).await.expect("read").activity_changed);
    assert!(patch(true).await && !patch(true).await);
    assert!(put(Some(false)).await && !put(Some(false)).await && !put(None).await);
    let rename = vec![operation(Op::Add, "displayName", json!("Ann"))];
    let renamed = app.patch(id, rename).await.expect("patched");
    assert!(!renamed.activity_changed && renamed.active == Some(false));
    let remove = vec![operation(Op::Remove, "active", json!(null))];
    let removed = app.patch(id, remove).await.expect("patched");
    assert!(removed.activity_changed);
}

/// A POST that links a user who is there may switch it too.
#[tokio::test]
async fn a_link_says_so_as_well() {
    let app = App::start().await;
    app.create_as(admin(), user("bo")).await.expect("created");
    let inactive = pb::User {
        active: Some(false),
        ..user("bo")
    };
    let linked = app.create(inactive).await.expect("linked");
    assert!(linked.activity_changed && linked.scim_managed);
}
