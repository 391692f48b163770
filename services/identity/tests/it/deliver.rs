//! Webhooks: signed, in order for each resource, at least once, given up at last.

use std::{collections::HashMap, time::Duration};

use futures::future::join_all;
use proto::protocol::v1::{
    Change, DeadDelivery, ErrorReason, ListDeadDeliveriesRequest, PurgeDeadDeliveriesRequest,
    RetryDeadDeliveriesRequest, patch_operation::Op,
};
use serde_json::{Value, json};
use testkit::Receiver;

use crate::fixture::{ACCOUNT, App, STRANGERS, admin, operation, refusal, scim, user};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn delivery() -> delivery::Config {
    delivery::Config {
        allow_private: true,
        pauses: vec![Duration::from_millis(20), Duration::from_millis(40)],
        interval: Duration::from_millis(20),
    }
}

async fn start() -> (App, Receiver) {
    let app = App::start_delivering(delivery()).await;
    let receiver = Receiver::start().await;
    app.webhook(&receiver.url, SECRET);
    (app, receiver)
}

async fn dead(app: &App) -> Vec<DeadDelivery> {
    let request = ListDeadDeliveriesRequest {
        account_id: ACCOUNT,
        page_size: 0,
    };
    let listed = app.deliveries().list_dead_deliveries(request).await;
    listed.expect("a list").into_inner().deliveries
}

fn title(text: &str) -> Vec<proto::protocol::v1::PatchOperation> {
    vec![operation(Op::Add, "title", json!(text))]
}

#[tokio::test]
async fn changes_and_invitations_are_told() {
    let (app, mut receiver) = start().await;
    let ann = app.create(user("ann@x.test")).await.expect("created");
    let (mut one, mut other) = (receiver.next().await, receiver.next().await);
    if one.kind() == "invitation.created" {
        std::mem::swap(&mut one, &mut other);
    }
    one.verify(SECRET);
    other.verify(SECRET);
    let [created, invited] = &app.changes_that(|_| true, 0, 2).await[..] else {
        panic!("two changes");
    };
    assert_eq!(one.id(), created.id);
    assert_eq!(one.kind(), "user.created");
    let data = &one.body["data"];
    assert_eq!(data["account_id"], ACCOUNT);
    assert_eq!(data["resource_id"], ann.id);
    assert_eq!(
        data["actor"],
        json!({ "kind": "scim_token", "id": "7", "name": "a token" })
    );
    assert_eq!(
        data["changed_attributes"],
        json!(created.changed_attributes)
    );
    assert_eq!(data["invitation"], Value::Null);
    assert_eq!(other.id(), invited.id);
    let invitation = &app.invitations_of(&ann.id).await[0];
    let told = &other.body["data"]["invitation"];
    assert_eq!(told["id"], invitation.id);
    assert_eq!(told["email"], "ann@x.test");
    assert_eq!(told["user_id"], ann.id);
    assert_eq!(told["type"], "scim");
    assert!(receiver.is_quiet().await);
    // Whoever hears of it may send it: the invitation has been handed over.
    let taken = app.invitation(invitation.id).await.expect("read");
    assert!(taken.send_time.is_some() && !taken.is_mailed);
}

/// Nothing is kept for an account without a webhook, and a webhook hears nothing of before.
#[tokio::test]
async fn a_webhook_hears_from_its_day_on() {
    let app = App::start_delivering(delivery()).await;
    let ann = app.create(user("ann")).await.expect("created");
    tokio::time::timeout(Duration::from_secs(5), async {
        while app.number("SELECT last FROM delivery_position").await < 2 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("looked at");
    let mut receiver = Receiver::start().await;
    app.webhook(&receiver.url, SECRET);
    app.patch(&ann.id, title("Boss")).await.expect("patched");
    assert_eq!(receiver.next().await.kind(), "user.updated");
    assert!(receiver.is_quiet().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_resource_keeps_its_order_though_attempts_fail() {
    let (app, mut receiver) = start().await;
    // Every message is refused once.
    let refused = std::sync::Mutex::new(std::collections::HashSet::new());
    receiver.answer(move |body| {
        let first = refused
            .lock()
            .expect("nobody panicked")
            .insert(body.to_string());
        Some(if first { 500 } else { 204 })
    });
    let names = ["ann", "bob", "carl"];
    let users = join_all(names.map(|name| app.create_as(admin(), user(name)))).await;
    for round in 0..4 {
        for user in &users {
            let id = &user.as_ref().expect("created").id;
            let text = format!("title {round}");
            app.patch(id, title(&text)).await.expect("patched");
        }
    }
    let mut heard: HashMap<String, Vec<String>> = HashMap::new();
    for _ in 0..30 {
        let received = receiver.next().await;
        received.verify(SECRET);
        let resource = received.body["data"]["resource_id"].to_string();
        let id = received.id().to_owned();
        heard.entry(resource).or_default().push(id);
    }
    assert!(receiver.is_quiet().await);
    let changes = app.changes_that(|_| true, 0, 15).await;
    for user in users {
        let id = user.expect("created").id;
        // Each twice in a row, since the first attempt failed.
        let expected: Vec<String> = changes
            .iter()
            .filter(|change| change.resource_id == id)
            .flat_map(|change| [change.id.clone(), change.id.clone()])
            .collect();
        assert_eq!(heard[&format!("\"{id}\"")], expected);
    }
    assert_eq!(dead(&app).await, []);
}

#[tokio::test]
async fn a_delivery_is_given_up_after_the_last_attempt() {
    let (app, mut receiver) = start().await;
    receiver.answer(|body| match body["type"].as_str() {
        Some("user.created") => Some(302),
        Some("user.updated") => None,
        _ => Some(200),
    });
    let ann = app.create_as(admin(), user("ann")).await.expect("created");
    app.patch_as(admin(), &ann.id, title("Boss"), Vec::new())
        .await
        .expect("patched");
    app.delete(&ann.id).await.expect("deleted");
    let mut kinds = Vec::new();
    for _ in 0..7 {
        kinds.push(receiver.next().await.kind().to_owned());
    }
    let expected = [
        vec!["user.created"; 3],
        vec!["user.updated"; 3],
        vec!["user.deleted"],
    ];
    assert_eq!(kinds, expected.concat());
    assert!(receiver.is_quiet().await);
    let dead = dead(&app).await;
    let changes: Vec<Option<Change>> = dead.iter().map(|one| one.change.clone()).collect();
    let mut expected = app.changes(0, 2).await;
    expected.reverse();
    assert_eq!(changes, expected.into_iter().map(Some).collect::<Vec<_>>());
    let outcomes: Vec<_> = dead
        .iter()
        .map(|one| (one.attempt_count, one.last_error.as_str()))
        .collect();
    assert_eq!(outcomes, [(3, "no answer"), (3, "HTTP 302")]);
}

/// A process that dies between the delivery and its bookkeeping leaves the row to be tried again.
#[tokio::test]
async fn what_is_not_confirmed_comes_again() {
    let (app, mut receiver) = start().await;
    // As the crash leaves it: claimed, arrived, not deleted.
    app.sql(
        "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RETURN CASE WHEN OLD.attempt_count = 1 THEN NULL ELSE OLD END; END $$;
         CREATE TRIGGER keep BEFORE DELETE ON deliveries FOR EACH ROW EXECUTE FUNCTION keep()",
    )
    .await;
    app.create_as(admin(), user("ann")).await.expect("created");
    let first = receiver.next().await;
    assert!(receiver.is_quiet().await);
    app.sql("UPDATE deliveries SET next_attempt_at = now()")
        .await;
    let second = receiver.next().await;
    assert_eq!(first.id(), second.id());
    assert_eq!(first.text, second.text);
    assert!(receiver.is_quiet().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_do_not_deliver_twice() {
    let (app, mut receiver) = start().await;
    let replica = app.replica().await;
    let names: Vec<String> = (0..40).map(|i| format!("user{i}")).collect();
    let created = join_all(names.iter().map(|name| app.create(user(name)))).await;
    assert!(created.iter().all(Result::is_ok));
    let mut ids = Vec::new();
    for _ in 0..80 {
        ids.push(receiver.next().await.id().to_owned());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 80);
    assert!(receiver.is_quiet().await);
    replica.stop().await.expect("stopped");
}

/// The settings service away: nothing is lost, and nothing counts as an attempt.
#[tokio::test]
async fn settings_away_is_no_attempt() {
    let (mut app, mut receiver) = start().await;
    receiver.answer(|_| Some(500));
    app.create_as(scim(), user("ann")).await.expect("created");
    receiver.next().await;
    app.stop_settings().await;
    while !receiver.is_quiet().await {}
    assert_eq!(dead(&app).await, []);
    assert_eq!(app.number("SELECT count(*) FROM deliveries").await, 2);
}

/// Private addresses are refused unless the operator allows them.
#[tokio::test]
async fn our_own_network_is_not_reached() {
    let app = App::start_delivering(delivery::Config {
        allow_private: false,
        pauses: Vec::new(),
        ..delivery()
    })
    .await;
    let mut receiver = Receiver::start().await;
    app.webhook(&receiver.url, SECRET);
    app.create_as(admin(), user("ann")).await.expect("created");
    let mut found = Vec::new();
    tokio::time::timeout(Duration::from_secs(5), async {
        while found.is_empty() {
            found = dead(&app).await;
        }
    })
    .await
    .expect("given up");
    assert_eq!(found[0].last_error, "no connection");
    assert!(receiver.is_quiet().await);
}

/// An account whose receiver is gone, with two deliveries that were given up.
async fn with_two_dead() -> (App, Receiver, Vec<String>) {
    let app = App::start_delivering(delivery::Config {
        pauses: Vec::new(),
        ..delivery()
    })
    .await;
    let mut receiver = Receiver::start().await;
    app.webhook(&receiver.url, SECRET);
    receiver.answer(|_| Some(410));
    let mut ids = Vec::new();
    for name in ["ann", "bob"] {
        app.create_as(admin(), user(name)).await.expect("created");
        ids.push(receiver.next().await.id().to_owned());
    }
    until(&app, "SELECT count(dead_at) FROM deliveries", 2).await;
    receiver.answer(|_| Some(204));
    (app, receiver, ids)
}

async fn until(app: &App, query: &str, number: i64) {
    tokio::time::timeout(Duration::from_secs(10), async {
        while app.number(query).await != number {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("in time");
}

fn retry(account_id: i64, change_ids: Vec<String>) -> RetryDeadDeliveriesRequest {
    RetryDeadDeliveriesRequest {
        account_id,
        change_ids,
        actor: Some(admin()),
    }
}

fn purge(account_id: i64, change_ids: Vec<String>) -> PurgeDeadDeliveriesRequest {
    PurgeDeadDeliveriesRequest {
        account_id,
        change_ids,
        actor: Some(admin()),
    }
}

#[tokio::test]
async fn dead_deliveries_are_tried_again() {
    let (app, mut receiver, ids) = with_two_dead().await;
    let mut deliveries = app.deliveries();
    let strangers = retry(STRANGERS, ids.clone());
    let answer = deliveries.retry_dead_deliveries(strangers).await;
    assert_eq!(answer.expect("answered").into_inner().retried_count, 0);
    assert!(receiver.is_quiet().await);

    let one = retry(ACCOUNT, vec![ids[1].clone()]);
    let answer = deliveries.retry_dead_deliveries(one).await;
    assert_eq!(answer.expect("answered").into_inner().retried_count, 1);
    let received = receiver.next().await;
    received.verify(SECRET);
    assert_eq!(received.id(), ids[1]);

    let all = retry(ACCOUNT, Vec::new());
    let answer = deliveries.retry_dead_deliveries(all).await;
    assert_eq!(answer.expect("answered").into_inner().retried_count, 1);
    assert_eq!(receiver.next().await.id(), ids[0]);
    assert_eq!(dead(&app).await, []);
    until(&app, "SELECT count(*) FROM deliveries", 0).await;
    // The log tells of it, and the webhook does not.
    let written = |change: &Change| change.kind == "webhook_deliveries.retried";
    for change in app.changes_that(written, 0, 2).await {
        assert_eq!(change.account_id, ACCOUNT);
        assert_eq!(change.resource_id, ACCOUNT.to_string());
        assert_eq!(change.actor, Some(admin()));
    }
    assert!(receiver.is_quiet().await);
}

#[tokio::test]
async fn dead_deliveries_are_purged() {
    let (app, mut receiver, ids) = with_two_dead().await;
    let mut deliveries = app.deliveries();
    let strangers = purge(STRANGERS, Vec::new());
    let answer = deliveries.purge_dead_deliveries(strangers).await;
    assert_eq!(answer.expect("answered").into_inner().purged_count, 0);

    let one = purge(ACCOUNT, vec![ids[0].clone()]);
    let answer = deliveries.purge_dead_deliveries(one).await;
    assert_eq!(answer.expect("answered").into_inner().purged_count, 1);
    let left = dead(&app).await;
    let left: Vec<_> = left.into_iter().filter_map(|one| one.change).collect();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].id, ids[1]);

    let all = purge(ACCOUNT, Vec::new());
    let answer = deliveries.purge_dead_deliveries(all).await;
    assert_eq!(answer.expect("answered").into_inner().purged_count, 1);
    assert_eq!(app.number("SELECT count(*) FROM deliveries").await, 0);
    let written = |change: &Change| change.kind == "webhook_deliveries.purged";
    assert_eq!(app.changes_that(written, 0, 2).await.len(), 2);
    assert!(receiver.is_quiet().await);
}

/// What waits for its next attempt is none of the administrator's business.
#[tokio::test]
async fn only_dead_deliveries_are_touched() {
    let app = App::start_delivering(delivery::Config {
        pauses: vec![Duration::from_secs(3600)],
        ..delivery()
    })
    .await;
    let mut receiver = Receiver::start().await;
    app.webhook(&receiver.url, SECRET);
    receiver.answer(|_| Some(500));
    app.create_as(admin(), user("ann")).await.expect("created");
    let id = receiver.next().await.id().to_owned();
    until(
        &app,
        "SELECT count(*) FROM deliveries WHERE last_error <> ''",
        1,
    )
    .await;
    let mut deliveries = app.deliveries();
    let waiting = purge(ACCOUNT, vec![id.clone()]);
    let answer = deliveries.purge_dead_deliveries(waiting).await;
    assert_eq!(answer.expect("answered").into_inner().purged_count, 0);
    let waiting = retry(ACCOUNT, vec![id]);
    let answer = deliveries.retry_dead_deliveries(waiting).await;
    assert_eq!(answer.expect("answered").into_inner().retried_count, 0);
    assert_eq!(app.number("SELECT count(*) FROM deliveries").await, 1);
}

#[tokio::test]
async fn malformed_calls_are_refused() {
    let app = App::start_delivering(delivery()).await;
    let mut deliveries = app.deliveries();
    let invalid = [
        retry(0, Vec::new()),
        retry(ACCOUNT, vec!["ann".to_owned()]),
        retry(ACCOUNT, vec![some_id(); 1001]),
        RetryDeadDeliveriesRequest {
            actor: None,
            ..retry(ACCOUNT, Vec::new())
        },
    ];
    for request in invalid {
        let refused = deliveries.retry_dead_deliveries(request).await;
        assert_eq!(refusal(refused), ErrorReason::InvalidValue);
    }
    let request = ListDeadDeliveriesRequest {
        account_id: ACCOUNT,
        page_size: -1,
    };
    let refused = deliveries.list_dead_deliveries(request).await;
    assert_eq!(refusal(refused), ErrorReason::InvalidValue);
}

fn some_id() -> String {
    "01900000-0000-7000-8000-000000000000".to_owned()
}
