//! What is taken away is refused by every request that begins after the acknowledgement, on every replica; and what
//! settles who may call, the account and the token, may be away for a while.

use std::{net::TcpListener, time::Duration};

use serde_json::json;
use tokio::sync::watch;

use crate::{
    client::Client,
    harness::{App, unique},
    stack::Stack,
};

/// The length of a lease here: long enough to see that it is waited for.
const TERM: Duration = Duration::from_millis(600);

/// A stack whose gateway has a twin that asks another token and another settings process.
struct Twins {
    stack: Stack,
    app: App,
    /// Where the twin is.
    other: String,
}

impl Twins {
    async fn start() -> Twins {
        let mut stack = Stack::start(&[("LEASE_MILLISECONDS", "600")]);
        let (token, settings, gateway) = (free_address(), free_address(), free_address());
        for (pid, address) in [("TOKEN_PID", &token), ("SETTINGS_PID", &settings)] {
            stack.replicate(pid, &[("LISTEN_ADDR", address), ("METRICS_ADDR", "")]);
        }
        let variables = [
            ("LISTEN_ADDR", gateway.as_str()),
            ("METRICS_ADDR", ""),
            ("TOKEN_URL", &format!("http://{token}")),
            ("SETTINGS_URL", &format!("http://{settings}")),
        ];
        stack.replicate("GATEWAY_PID", &variables);
        let app = stack.app().await;
        let other = format!("http://{gateway}");
        let ready = Client::new(&other, "");
        for _ in 0..200 {
            let is_up = tokio::net::TcpStream::connect(&gateway).await.is_ok();
            if is_up && ready.get("/readyz").await.status == 200 {
                return Twins { stack, app, other };
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the twin is not ready: {}", stack.logs());
    }

    /// The same endpoints, by way of either gateway.
    fn both(&self, client: &Client) -> [Client; 2] {
        let mut other = client.clone();
        let public_url = self.stack.variable("PUBLIC_URL");
        other.base_url = client.base_url.replace(public_url, &self.other);
        [client.clone(), other]
    }

    /// Asks by way of both gateways all the time, while something is taken away; every request that begins when that
    /// was acknowledged must meet this status.
    async fn refused_once_acknowledged(
        &self,
        client: &Client,
        status: u16,
        take_away: impl Future<Output = ()>,
    ) {
        let (acknowledged, seen) = watch::channel(false);
        let load = self.both(client).map(|client| {
            let seen = seen.clone();
            tokio::spawn(async move {
                let (mut served, mut refused) = (0, 0);
                while refused < 20 {
                    let must_be_refused = *seen.borrow();
                    let answer = client.get("/Users?count=1").await.status.as_u16();
                    match answer {
                        200 if !must_be_refused => served += 1,
                        200 => panic!("served after the acknowledgement"),
                        _ if must_be_refused => {
                            assert_eq!(answer, status);
                            refused += 1;
                        }
                        _ => assert_eq!(answer, status),
                    }
                }
                served
            })
        });
        tokio::time::sleep(Duration::from_millis(300)).await;
        let began = tokio::time::Instant::now();
        take_away.await;
        acknowledged.send_replace(true);
        // It is the wait that keeps the promise, so it must be there.
        assert!(began.elapsed() >= TERM, "{:?}", began.elapsed());
        for load in load {
            assert!(load.await.expect("no request served too late") > 0);
        }
    }

    /// Deletes a new token by way of the first gateway.
    async fn delete_a_token(&self) {
        let tokens = "/scim-config/tokens/";
        let created = self
            .app
            .admin()
            .post(tokens, &json!({"name": "short"}))
            .await;
        let created = created.expect(200).body["data"].clone();
        let secret = created["token_string"].as_str().expect("a secret");
        let client = self.app.scim.with_token(secret);
        let path = format!("{tokens}{}/", created["id"]);
        self.refused_once_acknowledged(&client, 401, async {
            self.app.admin().delete(&path).await.expect(204);
        })
        .await;
    }
}

fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

/// R35, rule 12: with Redis there, frozen, and gone.
#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_token_is_refused_by_every_gateway() {
    let twins = Twins::start().await;
    twins.delete_a_token().await;
    twins.stack.signal("STOP", "REDIS_PID");
    twins.delete_a_token().await;
    twins.stack.signal("CONT", "REDIS_PID");
    twins.stack.signal("KILL", "REDIS_PID");
    twins.delete_a_token().await;
}

/// Rule 3: the switch is as good as a deletion of every token.
#[tokio::test(flavor = "multi_thread")]
async fn scim_switched_off_is_off_at_every_gateway() {
    let twins = Twins::start().await;
    let client = twins.app.scim.clone();
    twins
        .refused_once_acknowledged(&client, 403, twins.app.set_scim(false))
        .await;
    // And on again, at once.
    twins.app.set_scim(true).await;
    for client in twins.both(&client) {
        client.get("/Users?count=1").await.expect(200);
    }
}

/// With `settings` and `token` frozen whoever called before is served, and nobody else is.
#[tokio::test]
async fn what_was_known_is_good_for_a_while() {
    let stack = Stack::start(&[("LEASE_MILLISECONDS", "100")]);
    let app = stack.app().await;
    let user = app.scim.create_user(&unique("u")).await;
    let path = format!("/Users/{user}");
    for name in ["SETTINGS_PID", "TOKEN_PID"] {
        stack.signal("STOP", name);
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let began = tokio::time::Instant::now();
    for number in 0..20 {
        app.scim.get(&path).await.expect(200);
        let change = json!([{"op": "replace", "path": "title", "value": number.to_string()}]);
        app.scim.patch(&path, change).await.expect(200);
    }
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "{:?}",
        began.elapsed()
    );
    let stranger = app.scim.with_token("mst_scim_unknown");
    stranger.get("/Users").await.expect_error(503, None);
    for name in ["SETTINGS_PID", "TOKEN_PID"] {
        stack.signal("CONT", name);
    }
    stranger.get("/Users").await.expect_error(401, None);
}
