//! What happens when something is taken away. Each test has a whole stack of its own.

use std::time::Duration;

use serde_json::json;

use crate::{
    client::{Client, Response},
    harness::{App, unique},
    stack::Stack,
};

/// Some of every kind of request.
async fn everything_works(app: &App) {
    let user = app.scim.create_user(&unique("u")).await;
    let group = app.scim.create_group(&unique("g"), &[&user]).await;
    app.scim.get(&format!("/Users/{user}")).await.expect(200);
    app.scim
        .find("/Users", "active eq true or active eq false")
        .await
        .expect(200);
    app.scim
        .patch(
            &format!("/Users/{user}"),
            json!([{"op": "replace", "path": "title", "value": "x"}]),
        )
        .await
        .expect(200);
    app.scim
        .patch(
            &format!("/Groups/{group}"),
            json!([{"op": "remove", "path": "members"}]),
        )
        .await
        .expect(204);
    app.scim.delete(&format!("/Users/{user}")).await.expect(204);
}

async fn eventually(client: &Client, path: &str, status: u16) -> Response {
    for _ in 0..200 {
        let response = client.get(path).await;
        if response.status.as_u16() == status {
            return response;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{path} does not come to answer {status}");
}

/// Rule 12, reliability A6, R35: with Redis frozen, then gone, every request succeeds; a deleted token is refused at once.
#[tokio::test]
async fn redis_away() {
    let stack = Stack::start(&[]);
    let app = stack.app().await;
    everything_works(&app).await;

    stack.signal("STOP", "REDIS_PID");
    everything_works(&app).await;
    stack.signal("CONT", "REDIS_PID");
    everything_works(&app).await;
    stack.signal("KILL", "REDIS_PID");
    everything_works(&app).await;

    let tokens = "/scim-config/tokens/";
    let token = app
        .admin()
        .post(tokens, &json!({"name": "short"}))
        .await
        .expect(200)
        .body["data"]
        .clone();
    let other = app
        .scim
        .with_token(token["token_string"].as_str().expect("a secret"));
    other.get("/Users").await.expect(200);
    app.admin()
        .delete(&format!("{tokens}{}/", token["id"]))
        .await
        .expect(204);
    other.get("/Users").await.expect_error(401, None);

    stack.start_stores();
    everything_works(&app).await;
    other.get("/Users").await.expect_error(401, None);
}

/// Product §4, R35: with Postgres away 503 and Retry-After, never 401 or 404; back without a restart.
#[tokio::test]
async fn postgres_away() {
    let stack = Stack::start(&[]);
    let app = stack.app().await;
    let user = app.scim.create_user(&unique("kept")).await;
    let path = format!("/Users/{user}");
    let before = app.scim.get(&path).await.expect(200).body;

    stack.signal("INT", "POSTGRES_PID");
    // Answers of before may stand in Redis for some seconds; none may be wrong.
    for _ in 0..5 {
        let gone = app.scim.get(&path).await.expect_error(503, None);
        assert!(gone.header("retry-after").parse::<u32>().is_ok());
    }
    app.scim
        .with_token("mst_scim_unknown")
        .get("/Users")
        .await
        .expect_error(503, None);
    app.scim
        .patch(
            &path,
            json!([{"op": "replace", "path": "title", "value": "lost"}]),
        )
        .await
        .expect_error(503, None);
    let gateway = Client::new(stack.variable("PUBLIC_URL"), "");
    eventually(&gateway, "/readyz", 503).await;
    gateway.get("/livez").await.expect(200);

    stack.start_stores();
    let after = eventually(&app.scim, &path, 200).await;
    assert_eq!(after.body, before);
    everything_works(&app).await;
    eventually(&gateway, "/readyz", 200).await;
}

/// Product §1, R-DEL-05: a user deleted while `group` is away has left its groups once it is back.
#[tokio::test]
async fn group_follows_deletions_it_missed() {
    let stack = Stack::start(&[]);
    let app = stack.app().await;
    let user = app.scim.create_user(&unique("u")).await;
    let group = app.scim.create_group(&unique("g"), &[&user]).await;
    stack.signal("STOP", "GROUP_PID");
    app.scim.delete(&format!("/Users/{user}")).await.expect(204);
    app.scim
        .get(&format!("/Users/{user}?excludedAttributes=groups"))
        .await
        .expect_error(404, None);
    stack.signal("CONT", "GROUP_PID");
    for _ in 0..100 {
        if app.scim.members(&group).await.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the deleted user is still a member");
}

/// Product §4: on SIGTERM what is in hand is finished, and every process stops.
#[tokio::test]
async fn sigterm_finishes_what_is_in_hand() {
    let stack = Stack::start(&[]);
    let app = stack.app().await;
    let names: Vec<String> = (0..40).map(|_| unique("term")).collect();
    let creates = names.iter().map(|name| app.scim.create_user(name));
    let all = futures::future::join_all(creates);
    let term = async {
        tokio::time::sleep(Duration::from_millis(5)).await;
        stack.signal("TERM", "GATEWAY_PID");
    };
    // Requests that reached the gateway before the signal are answered; `create_user` asserts 201.
    let (ids, ()) = futures::join!(all, term);
    assert_eq!(ids.len(), 40);
    for pid in ["SETTINGS_PID", "TOKEN_PID", "IDENTITY_PID", "GROUP_PID"] {
        stack.signal("TERM", pid);
    }
    for pid in [
        "GATEWAY_PID",
        "SETTINGS_PID",
        "TOKEN_PID",
        "IDENTITY_PID",
        "GROUP_PID",
    ] {
        stack.ends(pid).await;
    }
}
