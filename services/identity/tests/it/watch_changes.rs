use std::time::Duration;

use futures::future::join_all;
use proto::{
    error::reason,
    identity::v1 as pb,
    protocol::v1::{ErrorReason, patch_operation::Op},
};
use serde_json::json;
use tokio::time::timeout;
use tonic::Code;

use crate::fixture::{App, operation, user};

/// Each committed change comes once, in order, whenever the follower begins.
#[tokio::test(flavor = "multi_thread")]
async fn the_feed_has_every_change_once_and_resumes() {
    let app = App::start().await;
    let names: Vec<String> = (0..20).map(|i| format!("user{i}")).collect();
    let created = join_all(names.iter().map(|name| app.create(user(name)))).await;
    let created: Vec<pb::User> = created
        .into_iter()
        .map(|user| user.expect("created"))
        .collect();
    for user in &created {
        // Refused, so never seen.
        app.create(super::fixture::user(&user.user_name))
            .await
            .expect_err("refused");
    }
    let titles = created.iter().map(|user| {
        let title = vec![operation(Op::Add, "title", json!("Boss"))];
        app.patch(&user.id, title)
    });
    for result in join_all(titles).await {
        result.expect("patched");
    }

    let all = app.changes(0, 40).await;
    let sequences: Vec<i64> = all.iter().map(|change| change.sequence).collect();
    assert!(sequences.is_sorted_by(|one, other| one < other));
    for user in &created {
        let kinds = all.iter().filter(|change| change.resource_id == user.id);
        let kinds: Vec<&str> = kinds.map(|change| change.kind.as_str()).collect();
        assert_eq!(kinds, ["user.created", "user.updated"]);
    }
    // A follower that has half of them gets the other half, and what comes later.
    let half = all[19].sequence;
    assert_eq!(app.changes(half, 20).await, all[20..]);
    let waiting = app.changes(all[39].sequence, 1);
    let deletion = app.delete(&created[0].id);
    let (later, deleted) = tokio::join!(waiting, deletion);
    deleted.expect("deleted");
    assert_eq!(later[0].kind, "user.deleted");
    assert_eq!(later[0].resource_id, created[0].id);
}

/// Who asks for some kinds is sent no others, also not those before his position.
#[tokio::test]
async fn a_follower_of_some_kinds_is_sent_no_others() {
    let app = App::start().await;
    let ann = app.create(user("ann")).await.expect("created");
    let request = pb::WatchChangesRequest {
        after_sequence: 0,
        kinds: vec!["user.deleted".to_owned()],
    };
    let mut client = app.client.clone();
    let stream = client.watch_changes(request).await.expect("a stream");
    let mut stream = stream.into_inner();
    for title in ["one", "two", "three"] {
        let change = vec![operation(Op::Replace, "title", json!(title))];
        app.patch(&ann.id, change).await.expect("patched");
    }
    app.delete(&ann.id).await.expect("deleted");
    let first = timeout(Duration::from_secs(10), stream.message()).await;
    let first = first
        .expect("in time")
        .expect("no fault")
        .expect("a change");
    assert_eq!(
        (&*first.kind, &first.resource_id),
        ("user.deleted", &ann.id)
    );
}

/// A follower does not keep the process from stopping, and is told to ask again: a stream that ended with OK
/// would be over for good.
#[tokio::test]
async fn the_feed_ends_when_the_service_stops() {
    let app = App::start().await;
    app.create(user("ann")).await.expect("created");
    let request = pb::WatchChangesRequest {
        after_sequence: 0,
        kinds: Vec::new(),
    };
    let mut client = app.client.clone();
    let mut stream = client
        .watch_changes(request)
        .await
        .expect("a stream")
        .into_inner();
    stream.message().await.expect("no fault").expect("a change");
    let stopped = timeout(Duration::from_secs(5), app.stop());
    let end = async {
        loop {
            match stream.message().await {
                Ok(change) => assert!(change.is_some(), "the stream ended with OK"),
                Err(status) => return status,
            }
        }
    };
    let (status, stopped) = tokio::join!(end, stopped);
    assert_eq!(status.code(), Code::Unavailable);
    assert_eq!(reason(&status), Some(ErrorReason::DependencyUnavailable));
    stopped.expect("in time").expect("stopped");
}
