//! RFC 7644 section 3.12: that there is no such resource comes before all that may be wrong with the change of it.

use proto::{
    identity::v1 as pb,
    protocol::v1::{ErrorReason, PatchOperation, patch_operation::Op},
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    fixture::{App, operation, refusal, user},
    resources,
};

fn absent() -> [String; 2] {
    [Uuid::now_v7().to_string(), "x".to_owned()]
}

/// An operation whose value is not JSON.
fn unread() -> Vec<PatchOperation> {
    vec![PatchOperation {
        value_json: Some("{".to_owned()),
        ..operation(Op::Replace, "title", json!(1))
    }]
}

#[tokio::test]
async fn a_user_is_looked_up_before_a_change_is_refused() {
    let app = App::start().await;
    let ann = app.create(user("ann")).await.expect("created").id;
    let attributes = |text: &str| pb::User {
        attributes_json: text.to_owned(),
        ..user("ann")
    };
    for body in [
        user(""),
        user("a\0"),
        attributes("[]"),
        attributes(r#"{"emails": "x"}"#),
        attributes(r#"{"name": {"givenName": "a\u0000"}}"#),
        pb::User {
            license_type: "none such".to_owned(),
            ..user("ann")
        },
    ] {
        let refused = refusal(app.replace(&ann, body.clone()).await);
        assert_ne!(refused, ErrorReason::ResourceNotFound, "{body:?}");
        for id in absent() {
            let result = app.replace(&id, body.clone()).await;
            assert_eq!(refusal(result), ErrorReason::ResourceNotFound, "{body:?}");
        }
    }
    for operations in [
        vec![operation(Op::Replace, "id", json!("x"))],
        vec![operation(Op::Add, "nothing[", json!("x"))],
        vec![operation(Op::Replace, "userName", json!(5))],
        vec![operation(Op::Replace, "active", json!("maybe"))],
        unread(),
    ] {
        let refused = refusal(app.patch(&ann, operations.clone()).await);
        assert_ne!(refused, ErrorReason::ResourceNotFound, "{operations:?}");
        for id in absent() {
            let result = app.patch(&id, operations.clone()).await;
            assert_eq!(refusal(result), ErrorReason::ResourceNotFound);
        }
    }
}

#[tokio::test]
async fn a_resource_is_looked_up_before_a_change_is_refused() {
    let app = resources::start().await;
    let sent = json!({"serial": "S1"});
    let device = resources::create(&app, sent).await.expect("created");
    for body in [
        json!({}),
        json!({"serial": "S1", "weight": "much"}),
        json!({"serial": "S2"}),
        json!({"serial": "S1", "name": "a\u{0}"}),
    ] {
        let refused = refusal(resources::replace(&app, &device.id, body.clone()).await);
        assert_ne!(refused, ErrorReason::ResourceNotFound, "{body}");
        for id in absent() {
            let result = resources::replace(&app, &id, body.clone()).await;
            assert_eq!(refusal(result), ErrorReason::ResourceNotFound, "{body}");
        }
    }
    for operations in [
        vec![operation(Op::Replace, "id", json!("x"))],
        vec![operation(Op::Replace, "serial", json!("S2"))],
        vec![operation(Op::Replace, "on", json!(5))],
        unread(),
    ] {
        let patch = async |id: &str| resources::patch_all(&app, id, "*", operations.clone()).await;
        let refused = refusal(patch(&device.id).await);
        assert_ne!(refused, ErrorReason::ResourceNotFound, "{operations:?}");
        for id in absent() {
            assert_eq!(refusal(patch(&id).await), ErrorReason::ResourceNotFound);
        }
    }
}
