//! Product rule 6: seats.

use futures::future::join_all;
use proto::{
    identity::v1 as pb,
    protocol::v1::{ErrorReason, patch_operation::Op},
    settings::v1::LicenseSeats,
};
use serde_json::json;
use tonic::Status;

use crate::fixture::{ACCOUNT, App, operation, refusal, user};

async fn limited(total: i64) -> App {
    let app = App::start().await;
    app.account(ACCOUNT, |account| {
        account.license_seats = vec![
            LicenseSeats {
                license_type: "developer".to_owned(),
                total: Some(total),
            },
            LicenseSeats {
                license_type: "it".to_owned(),
                total: None,
            },
        ];
    });
    app
}

#[tokio::test]
async fn a_seat_is_taken_by_the_active_and_freed_by_the_inactive() {
    let app = limited(1).await;
    let ann = app.create(user("ann")).await.expect("created");
    let refused = app.create(user("bob@x.test")).await.expect_err("refused");
    assert!(refused.message().contains("bob@x.test"));
    assert_eq!(refusal(Err::<(), _>(refused)), ErrorReason::NoSeat);
    // An inactive user takes none, nor one of an unlimited type.
    let bob = pb::User {
        active: Some(false),
        ..user("bob")
    };
    let bob = app.create(bob).await.expect("created");
    let carl = pb::User {
        license_type: "it".to_owned(),
        ..user("carl")
    };
    app.create(carl).await.expect("created");

    let set = |active: bool| vec![operation(Op::Replace, "active", json!(active))];
    assert_eq!(
        refusal(app.patch(&bob.id, set(true)).await),
        ErrorReason::NoSeat
    );
    // Whoever has a seat may change otherwise.
    let title = vec![operation(Op::Add, "title", json!("Boss"))];
    app.patch(&ann.id, title).await.expect("patched");
    app.patch(&ann.id, set(false)).await.expect("patched");
    app.patch(&bob.id, set(true)).await.expect("patched");
    let analyst = pb::User {
        license_type: "analyst".to_owned(),
        ..user("dora")
    };
    assert_eq!(
        refusal(app.create(analyst).await),
        ErrorReason::InvalidValue
    );
}

/// Numbers users from `name`0 on.
fn names(name: &str, count: usize) -> Vec<String> {
    (0..count).map(|i| format!("{name}{i}@x.test")).collect()
}

/// Ten of a hundred calls for the last ten seats succeed; each of the others says who got none.
#[track_caller]
fn ten_of<T: std::fmt::Debug>(results: Vec<(String, Result<T, Status>)>) {
    assert_eq!(results.len(), 100);
    let won = results.iter().filter(|(_, result)| result.is_ok()).count();
    assert_eq!(won, 10);
    for (name, result) in results {
        let Err(status) = result else { continue };
        assert!(status.message().contains(&name), "{}", status.message());
        assert_eq!(refusal(Err::<(), _>(status)), ErrorReason::NoSeat);
    }
}

async fn inactive(app: &App) -> Vec<pb::User> {
    let names = names("user", 100);
    let creations = names.iter().map(|name| {
        app.create(pb::User {
            active: Some(false),
            ..user(name)
        })
    });
    let created = join_all(creations).await.into_iter();
    created.map(|user| user.expect("created")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_creations_for_ten_seats() {
    let app = limited(10).await;
    let names = names("user", 100);
    let results = names
        .iter()
        .map(async |name| (name.clone(), app.create(user(name)).await));
    ten_of(join_all(results).await);
    assert_eq!(app.in_use("developer").await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_activations_for_ten_seats() {
    let app = limited(10).await;
    let users = inactive(&app).await;
    let activate = || vec![operation(Op::Replace, "active", json!(true))];
    let results = users.iter().map(async |user| {
        let result = app.patch(&user.id, activate()).await;
        (user.user_name.clone(), result)
    });
    ten_of(join_all(results).await);
    assert_eq!(app.in_use("developer").await, 10);
    // A freed seat is there for the next.
    let active = app.select("active eq true").await.expect("a list");
    let first = users.iter().find(|user| user.user_name == active[0]);
    let deactivate = vec![operation(Op::Replace, "active", json!(false))];
    let first = &first.expect("one of them").id;
    app.patch(first, deactivate).await.expect("patched");
    let next = users.iter().find(|user| !active.contains(&user.user_name));
    let next = &next.expect("one of them").id;
    app.patch(next, activate()).await.expect("patched");
    assert_eq!(app.in_use("developer").await, 10);
}

/// L11: a change of the licence needs a seat of the new type.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_changes_of_the_licence_for_ten_seats() {
    let app = limited(10).await;
    let it = |name: &str| pb::User {
        license_type: "it".to_owned(),
        ..user(name)
    };
    let names = names("user", 100);
    let created = join_all(names.iter().map(|name| app.create(it(name)))).await;
    let urn = scim::definitions::LicenseExtension::default().urn;
    let path = format!("{urn}:licenseType");
    let results = created.into_iter().map(async |created| {
        let user = created.expect("created");
        let change = vec![operation(Op::Replace, &path, json!("developer"))];
        (user.user_name, app.patch(&user.id, change).await)
    });
    ten_of(join_all(results).await);
    assert_eq!(app.in_use("developer").await, 10);
    assert_eq!(app.in_use("it").await, 90);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_redemptions_for_ten_seats() {
    let app = limited(10).await;
    app.options(|options| options.license_on_redemption = true);
    let names = names("user", 100);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let invited = app.invite(&names).await.expect("invited");
    assert_eq!(app.in_use("developer").await, 0);
    let results = invited
        .invitations
        .into_iter()
        .map(async |one| (one.email, app.redeem(one.id).await));
    ten_of(join_all(results).await);
    assert_eq!(app.in_use("developer").await, 10);
}
