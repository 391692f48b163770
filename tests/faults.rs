//! What happens when something is taken away. Each test has a whole stack of its own.

use std::time::Duration;

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

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

/// Product §4, R35: a postmaster that crashes under load is 503 with Retry-After for everybody, never 500.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_crashes_under_load() {
    let stack = Stack::start(&[]);
    let app = stack.app().await;
    let user = app.scim.create_user(&unique("u")).await;
    let path = format!("/Users/{user}");
    let load = (0..32).map(|index| {
        let (client, path) = (app.scim.clone(), path.clone());
        tokio::spawn(async move {
            let mut refused = 0;
            for round in 0.. {
                let title = format!("{index}-{round}");
                let change = json!([{"op": "replace", "path": "title", "value": title}]);
                let answer = match round % 3 {
                    0 => client.get(&path).await,
                    1 => client.get("/Users?count=2").await,
                    _ => client.patch(&path, change).await,
                };
                if !answer.status.is_success() {
                    let status = answer.status.as_u16();
                    assert!(matches!(status, 503 | 504), "{status}");
                    assert!(answer.header("retry-after").parse::<u32>().is_ok());
                    refused += 1;
                }
                if refused == 3 {
                    return;
                }
            }
        })
    });
    let load: Vec<_> = load.collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    stack.signal("KILL", "POSTGRES_PID");
    for client in load {
        client.await.expect("503 and nothing else");
    }
}

/// Reliability A7: a service that is killed under a load of reads, and back at once, fails none of them.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_service_fails_no_read() {
    let mut stack = Stack::start(&[]);
    let app = stack.app().await;
    let user = app.scim.create_user(&unique("u")).await;
    let group = app.scim.create_group(&unique("g"), &[&user]).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let load = (0..16).map(|_| {
        let (client, stopped) = (app.scim.clone(), stopped.clone());
        let paths = [
            format!("/Users/{user}"),
            format!("/Groups/{group}"),
            "/Users".to_owned(),
        ];
        tokio::spawn(async move {
            let mut count = 0;
            while !*stopped.borrow() {
                for path in &paths {
                    client.get(path).await.expect(200);
                    count += 1;
                }
            }
            count
        })
    });
    let load: Vec<_> = load.collect();
    for pid in ["SETTINGS_PID", "TOKEN_PID", "IDENTITY_PID", "GROUP_PID"] {
        tokio::time::sleep(Duration::from_millis(500)).await;
        stack.restart(pid);
        tokio::time::sleep(Duration::from_millis(1500)).await;
    }
    stop.send_replace(true);
    let mut count = 0;
    for client in load {
        count += client.await.expect("no read fails");
    }
    assert!(count > 100, "{count} reads");
}

/// Reliability A8: clients that keep their connections to a gateway which is asked to stop are all answered, told to
/// close, and told by the probe to go elsewhere, before anything is closed.
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_stops_resets_nobody() {
    let stack = Stack::start(&[("DRAIN_SECONDS", "1")]);
    let address = stack
        .variable("PUBLIC_URL")
        .trim_start_matches("http://")
        .to_owned();
    let load = (0..32).map(|_| tokio::spawn(keep_asking(address.clone())));
    let load: Vec<_> = load.collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    stack.signal("TERM", "GATEWAY_PID");
    let mut seen = Seen::default();
    for client in load {
        let more = client.await.expect("answers");
        seen.answers += more.answers;
        seen.not_ready += more.not_ready;
        seen.lost += more.lost;
    }
    assert!(seen.answers > 100 && seen.not_ready > 0, "{seen:?}");
    assert_eq!(seen.lost, 0, "{seen:?}");
    stack.ends("GATEWAY_PID").await;
}

#[derive(Debug, Default)]
struct Seen {
    answers: usize,
    /// Answers of the probe that say so.
    not_ready: usize,
    /// Requests without an answer.
    lost: usize,
}

/// Asks over one connection after the other, each for as long as it may, until nobody listens.
async fn keep_asking(address: String) -> Seen {
    let mut seen = Seen::default();
    while let Ok(mut stream) = TcpStream::connect(&address).await {
        loop {
            let request = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\n\r\n");
            let mut answer = [0; 1024];
            let length = match stream.write_all(request.as_bytes()).await {
                Ok(()) => stream.read(&mut answer).await.unwrap_or(0),
                Err(_) => 0,
            };
            if length == 0 {
                seen.lost += 1;
                break;
            }
            let answer = String::from_utf8_lossy(&answer[..length]).to_lowercase();
            seen.answers += 1;
            seen.not_ready += usize::from(answer.starts_with("http/1.1 503"));
            if answer.contains("connection: close") {
                break;
            }
        }
    }
    seen
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
