//! A peer away is no fault of this service, and what needs it not goes on.

use proto::protocol::v1::ErrorReason;
use uuid::Uuid;

use crate::fixture::{App, refusal, user};

#[tokio::test]
async fn writes_of_an_account_not_known_wait_for_settings_but_reads_go_on() {
    let mut app = App::start().await;
    app.stop_settings().await;
    let id = Uuid::now_v7().to_string();
    for result in [
        app.create(user("bob")).await,
        app.replace(&id, user("bob")).await,
        app.patch(&id, Vec::new()).await,
    ] {
        assert_eq!(refusal(result), ErrorReason::DependencyUnavailable);
    }
    assert_eq!(
        refusal(app.delete(&id).await),
        ErrorReason::DependencyUnavailable
    );
    assert_eq!(refusal(app.get(&id).await), ErrorReason::ResourceNotFound);
    let found = app.select("userName eq \"ann\"").await.expect("a list");
    assert!(found.is_empty());
    // Only what the dialects read differently needs the account's choice.
    let refused = app.select("active eq \"true\"").await;
    assert_eq!(refusal(refused), ErrorReason::DependencyUnavailable);
}

/// What was said of an account is good for 30 seconds more.
#[tokio::test]
async fn writes_of_an_account_that_is_known_go_on() {
    let mut app = App::start().await;
    let created = app.create(user("ann")).await.expect("created");
    app.stop_settings().await;
    app.create(user("bob")).await.expect("created");
    app.delete(&created.id).await.expect("deleted");
    let found = app.select("active eq \"true\"").await.expect("a list");
    assert_eq!(found, ["bob"]);
}
