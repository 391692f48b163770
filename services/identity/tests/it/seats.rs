//! Product rule 6: seats.

use futures::future::join_all;
use proto::{
    identity::v1 as pb,
    protocol::v1::{ErrorReason, patch_operation::Op},
    settings::v1::LicenseSeats,
};
use serde_json::json;

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

#[tokio::test(flavor = "multi_thread")]
async fn the_last_seats_are_taken_once() {
    let app = limited(3).await;
    let names: Vec<String> = (0..16).map(|i| format!("user{i}")).collect();
    let results = join_all(names.iter().map(|name| app.create(user(name)))).await;
    let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 3);
    for result in lost {
        assert_eq!(refusal(result), ErrorReason::NoSeat);
    }
}
