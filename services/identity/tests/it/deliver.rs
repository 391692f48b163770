//! Webhooks: signed, in order for each resource, at least once, given up at last.

use std::{collections::HashMap, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use futures::future::join_all;
use hmac::{Hmac, Mac};
use identity::Delivery;
use proto::{
    identity::v1 as pb,
    protocol::v1::{Change, patch_operation::Op},
};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    fixture::{ACCOUNT, App, admin, operation, scim, user},
    receiver::{Received, Receiver},
};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn delivery() -> Delivery {
    Delivery {
        allow_private: true,
        pauses: vec![Duration::from_millis(20), Duration::from_millis(40)],
        interval: Duration::from_millis(20),
        ..Default::default()
    }
}

async fn start() -> (App, Receiver) {
    let app = App::start_delivering(delivery()).await;
    let receiver = Receiver::start().await;
    app.webhook(&receiver.url, SECRET);
    (app, receiver)
}

/// Checks the signature as a receiver does.
fn verify(received: &Received) {
    let header = |name: &str| received.headers[name].as_str();
    let key = SECRET.strip_prefix("whsec_").expect("the prefix");
    let key = STANDARD.decode(key).expect("base64");
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key");
    let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp"));
    mac.update(format!("{id}.{timestamp}.{}", received.text).as_bytes());
    let signature = header("webhook-signature");
    let signature = signature.strip_prefix("v1,").expect("the version");
    let signature = STANDARD.decode(signature).expect("base64");
    mac.verify_slice(&signature).expect("the signature");
    let timestamp: i64 = timestamp.parse().expect("seconds");
    assert!((chrono::Utc::now().timestamp() - timestamp).abs() < 60);
    assert_eq!(header("content-type"), "application/json");
}

fn kind(received: &Received) -> &str {
    received.body["type"].as_str().expect("a type")
}

async fn dead(app: &App) -> Vec<pb::DeadDelivery> {
    let request = pb::ListDeadDeliveriesRequest {
        account_id: ACCOUNT,
        page_size: 0,
    };
    let listed = app.invitations().list_dead_deliveries(request).await;
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
    if kind(&one) == "invitation.created" {
        std::mem::swap(&mut one, &mut other);
    }
    verify(&one);
    verify(&other);
    let [created, invited] = &app.changes_that(|_| true, 0, 2).await[..] else {
        panic!("two changes");
    };
    assert_eq!(one.headers["webhook-id"], created.id);
    assert_eq!(kind(&one), "user.created");
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
    assert_eq!(other.headers["webhook-id"], invited.id);
    let invitation = &app.invitations_of(&ann.id).await[0];
    let told = &other.body["data"]["invitation"];
    assert_eq!(told["id"], invitation.id);
    assert_eq!(told["email"], "ann@x.test");
    assert_eq!(told["user_id"], ann.id);
    assert_eq!(told["type"], "scim");
    assert!(receiver.is_quiet().await);
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
    assert_eq!(kind(&receiver.next().await), "user.updated");
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
        verify(&received);
        let resource = received.body["data"]["resource_id"].to_string();
        let id = received.headers["webhook-id"].clone();
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
        kinds.push(kind(&receiver.next().await).to_owned());
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
    assert_eq!(first.headers["webhook-id"], second.headers["webhook-id"]);
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
        ids.push(receiver.next().await.headers["webhook-id"].clone());
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
    let app = App::start_delivering(Delivery {
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
