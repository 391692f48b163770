//! A peer away is no fault of this service, and what needs it not goes on.

use proto::protocol::v1::ErrorReason;

use crate::fixture::{App, refusal, user};

#[tokio::test]
async fn writes_wait_for_settings_but_reads_go_on() {
    let mut app = App::start().await;
    let created = app.create(user("ann")).await.expect("created");
    app.stop_settings().await;
    for result in [
        app.create(user("bob")).await,
        app.replace(&created.id, user("bob")).await,
        app.patch(&created.id, Vec::new()).await,
    ] {
        assert_eq!(refusal(result), ErrorReason::DependencyUnavailable);
    }
    assert_eq!(
        refusal(app.delete(&created.id).await),
        ErrorReason::DependencyUnavailable
    );
    assert_eq!(app.get(&created.id).await.expect("read"), created);
    assert_eq!(
        app.select("userName eq \"ann\"").await.expect("a list"),
        ["ann"]
    );
    // Only what the dialects read differently needs the account's choice.
    let refused = app.select("active eq \"true\"").await;
    assert_eq!(refusal(refused), ErrorReason::DependencyUnavailable);
}
