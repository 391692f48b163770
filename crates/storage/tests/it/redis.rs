use std::time::{Duration, Instant};

use secrecy::SecretString;
use storage::redis::Client;
use tokio::net::TcpListener;

use crate::proxy::{Mode, Proxy};

fn get(key: &str) -> redis::Cmd {
    let mut command = redis::cmd("GET");
    command.arg(key);
    command
}

#[tokio::test]
async fn commands_are_answered() {
    let client = Client::new(&testkit::redis_url()).unwrap();
    let mut set = redis::cmd("SET");
    set.arg("storage-test:1").arg("x").arg("EX").arg(5);
    client.run::<()>(&set).await.unwrap();
    let value: Option<String> = client.run(&get("storage-test:1")).await.unwrap();
    assert_eq!(value.as_deref(), Some("x"));
}

#[tokio::test]
async fn an_absent_redis_fails_soon_and_may_come_back() {
    let url = testkit::redis_url();
    let (proxy, through) = Proxy::start(&with_user(&url)).await;
    proxy.set(Mode::Refuse);
    let client = Client::new(&through).unwrap();
    for mode in [Mode::Refuse, Mode::Silent] {
        proxy.set(mode);
        let start = Instant::now();
        client.run::<Option<String>>(&get("x")).await.unwrap_err();
        assert!(start.elapsed() < Duration::from_secs(3));
    }
    proxy.set(Mode::Forward);
    let start = Instant::now();
    while client.run::<Option<String>>(&get("x")).await.is_err() {
        assert!(start.elapsed() < Duration::from_secs(5));
    }
    // Lost while in use: one command may fail, not more.
    proxy.set(Mode::Forward);
    let _ = client.run::<Option<String>>(&get("x")).await;
    client.run::<Option<String>>(&get("x")).await.unwrap();
}

#[tokio::test]
async fn nothing_listens_there() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: SecretString = format!("redis://{}", free.local_addr().unwrap()).into();
    drop(free);
    let client = Client::new(&url).unwrap();
    client.run::<Option<String>>(&get("x")).await.unwrap_err();
}

/// The proxy wants a user and a path in the URL.
fn with_user(url: &SecretString) -> SecretString {
    use secrecy::ExposeSecret;
    let url = url.expose_secret();
    let (start, rest) = url.split_once("://").unwrap();
    let rest = rest.trim_end_matches('/');
    let at = if rest.contains('@') { "" } else { "@" };
    format!("{start}://{at}{rest}/").into()
}
