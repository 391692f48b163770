//! `externalId` is the client's own key (RFC 7643 §3.1), which users may share unless the account wants otherwise.

use futures::future::join_all;
use proto::{
    identity::v1 as pb,
    protocol::v1::{ErrorReason, patch_operation::Op},
};
use serde_json::json;
use tonic::Status;

use crate::fixture::{ACCOUNT, App, admin, operation, refusal, scim, user};

fn named(name: &str) -> pb::User {
    pb::User {
        external_id: "00u1".to_owned(),
        ..user(name)
    }
}

/// The refusal names the attribute, and not whose value it is.
#[track_caller]
fn is_taken(result: Result<pb::User, Status>) {
    let status = result.expect_err("refused");
    assert_eq!(status.message(), "externalId is taken by another user");
    assert_eq!(refusal::<()>(Err(status)), ErrorReason::Uniqueness);
}

/// Product rule 4: users are matched by `userName` alone.
#[tokio::test]
async fn users_may_share_one() {
    let app = App::start().await;
    let manual = app.create_as(admin(), named("manual")).await;
    let manual = manual.expect("created");
    for name in ["ann", "bob"] {
        app.create(named(name)).await.expect("created");
    }
    let filter = "externalId eq \"00u1\"";
    let found = app.select(filter).await.expect("a list");
    assert_eq!(found, ["manual", "ann", "bob"]);
    // The name says who is meant, and so who is linked and who is there already.
    let linked = app.create(named("manual")).await.expect("linked");
    assert_eq!((linked.id, linked.scim_managed), (manual.id, true));
    let refused = app.create(named("ann")).await.expect_err("refused");
    assert_eq!(refused.message(), "userName is taken by another user");
    let carl = app.create(user("carl")).await.expect("created");
    let set = vec![operation(Op::Add, "externalId", json!("00u1"))];
    app.patch(&carl.id, set).await.expect("patched");
    app.replace(&carl.id, named("carla"))
        .await
        .expect("replaced");
    let found = app.select(filter).await.expect("a list");
    assert_eq!(found, ["manual", "ann", "bob", "carla"]);
}

#[tokio::test]
async fn unique_where_the_account_wants_it() {
    let app = App::start().await;
    let ann = app.create(named("ann")).await.expect("created");
    let bob = app.create(named("bob")).await.expect("created");
    let carl = app.create(user("carl")).await.expect("created");
    app.options(|options| options.unique_external_id = true);
    // Who has it already keeps it.
    let set = || vec![operation(Op::Replace, "externalId", json!("00u1"))];
    app.patch(&ann.id, set()).await.expect("no change");
    app.replace(&bob.id, named("bobby")).await.expect("renamed");
    for actor in [scim(), admin()] {
        is_taken(app.create_as(actor.clone(), named("dan")).await);
        is_taken(app.replace_as(actor.clone(), &carl.id, named("carl")).await);
        is_taken(app.patch_as(actor, &carl.id, set(), Vec::new()).await);
    }
    assert_eq!(app.get(&carl.id).await.expect("read"), carl);
    // It compares exactly, and is free when nobody has it any more.
    let shouted = pb::User {
        external_id: "00U1".to_owned(),
        ..user("eve")
    };
    app.create(shouted).await.expect("created");
    app.delete(&ann.id).await.expect("deleted");
    let unset = vec![operation(Op::Remove, "externalId", json!(null))];
    app.patch(&bob.id, unset).await.expect("unset");
    app.patch(&carl.id, set()).await.expect("free");
    // Whoever is linked has one from before.
    let by_hand = pb::User {
        external_id: "00u2".to_owned(),
        ..user("fay")
    };
    app.create_as(admin(), by_hand.clone())
        .await
        .expect("created");
    let linked = app.create(by_hand).await.expect("linked");
    assert!(linked.scim_managed);
    let left = "SELECT count(*) FROM resource_keys";
    assert_eq!(app.number(left).await, 0);
}

/// Of many that race for one, one gets it; without the option all do.
#[tokio::test(flavor = "multi_thread")]
async fn races_have_one_winner() {
    let app = App::start().await;
    let patched = app.create(user("patched")).await.expect("created");
    for (is_unique, winners) in [(true, 1), (false, 17)] {
        app.options(|options| options.unique_external_id = is_unique);
        let id = format!("00u-{is_unique}");
        let creations = (0..16).map(|n| {
            app.create(pb::User {
                external_id: id.clone(),
                ..user(&format!("{is_unique}{n}"))
            })
        });
        let set = vec![operation(Op::Replace, "externalId", json!(id))];
        let (mut results, patched) = tokio::join!(join_all(creations), app.patch(&patched.id, set));
        results.push(patched);
        let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), winners, "{is_unique}");
        lost.into_iter().for_each(is_taken);
        let count = format!(
            "SELECT count(*) FROM users WHERE account_id = {ACCOUNT} AND external_id = '{id}'"
        );
        assert_eq!(app.number(&count).await, winners as i64);
    }
}
