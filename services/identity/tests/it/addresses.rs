//! E-mail addresses that people type are addresses; what an identity provider pushes is kept as it is.

use proto::{
    identity::v1 as pb,
    protocol::v1::{Actor, ErrorReason, patch_operation::Op},
};
use serde_json::json;

use crate::{
    calls::service,
    fixture::{App, admin, email, operation, refusal, scim, user},
};

const BAD: &[&str] = &[
    "not-an-email",
    "a@",
    "@b.test",
    "a b@c.test",
    "a@b@c.test",
    "a@b..test",
    "Ann <a@b.test>",
    " a@b.test",
];
const GOOD: &[&str] = &[
    "a@b.test",
    "A.b+c@d-e.test",
    "o'hara@b.test",
    "jörg@müller.test",
];

fn with(user_name: &str, address: &str) -> pb::User {
    pb::User {
        emails: vec![email(address)],
        ..user(user_name)
    }
}

async fn set(app: &App, actor: Actor, id: &str, address: &str) -> Result<pb::User, tonic::Status> {
    let emails = json!([{"value": address, "type": "work", "primary": true}]);
    let operations = vec![operation(Op::Replace, "emails", emails)];
    app.patch_as(actor, id, operations, Vec::new()).await
}

#[tokio::test]
async fn by_hand_only_addresses_are_taken() {
    let app = App::start().await;
    let ann = app
        .create(with("ann", "ann@x.test"))
        .await
        .expect("created");
    for &bad in BAD {
        for actor in [admin(), service()] {
            for refused in [
                set(&app, actor.clone(), &ann.id, bad).await.map(drop),
                app.replace_as(actor.clone(), &ann.id, with("ann", bad))
                    .await
                    .map(drop),
                app.create_as(actor.clone(), with("bob", bad))
                    .await
                    .map(drop),
            ] {
                let message = refused.as_ref().expect_err(bad).message().to_owned();
                assert!(message.contains("e-mail address"), "{message}");
                assert_eq!(refusal(refused), ErrorReason::InvalidValue, "{bad}");
            }
        }
        assert_eq!(
            refusal(app.invite(&["ok@x.test", bad]).await),
            ErrorReason::InvalidValue
        );
    }
    assert_eq!(app.get(&ann.id).await.expect("read"), ann);
    for &good in GOOD {
        set(&app, admin(), &ann.id, good).await.expect(good);
    }
    app.invite(&["new@x.test", "jörg@müller.test"])
        .await
        .expect("invited");
}

/// Rule 5; and what is there already is no hindrance to another change.
#[tokio::test]
async fn over_scim_anything_is_taken() {
    let app = App::start().await;
    let ann = app
        .create(with("ann", "not-an-email"))
        .await
        .expect("created");
    set(&app, scim(), &ann.id, "nor this")
        .await
        .expect("patched");
    let title = vec![operation(Op::Replace, "title", json!("Boss"))];
    app.patch_as(admin(), &ann.id, title, Vec::new())
        .await
        .expect("patched");
    let two = json!([{"value": "nor this"}, {"value": "ann@x.test"}]);
    let operations = vec![operation(Op::Replace, "emails", two)];
    app.patch_as(admin(), &ann.id, operations, Vec::new())
        .await
        .expect("the other is an address");
}
