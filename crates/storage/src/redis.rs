//! The connection to Redis, which may be away at any time.

use std::time::Duration;

use anyhow::Context;
use chassis::env::Env;
use redis::{
    Cmd, ErrorKind, FromRedisValue, RedisError,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;
use tracing::{Instrument, field::Empty};

const CONNECT: Duration = Duration::from_millis(500);
const RESPONSE: Duration = Duration::from_millis(300);

/// Reads `REDIS_URL`; a fault is noted in `env`.
pub fn url(env: &mut Env) -> SecretString {
    let url = env.secret("REDIS_URL");
    let text = url.expose_secret();
    // The parser's error may show a part of the value.
    if !text.is_empty() && redis::Client::open(text).is_err() {
        env.fault("REDIS_URL", "must be like redis://:password@host:port");
    }
    url
}

/// A connection that is made at first use and again whenever it is lost; cheap to clone.
#[derive(Clone)]
pub struct Client {
    manager: ConnectionManager,
}

impl Client {
    /// A client for `url` (`redis://host:port`); does not connect. Must be called within a runtime.
    ///
    /// # Errors
    /// The URL is malformed.
    pub fn new(url: &SecretString) -> anyhow::Result<Client> {
        let client =
            redis::Client::open(url.expose_secret()).context("the Redis URL is malformed")?;
        // No retries here: a caller has another way to its answer, and each command tries anew.
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(RESPONSE))
            .set_number_of_retries(0);
        let manager = ConnectionManager::new_lazy_with_config(client, config)?;
        Ok(Client { manager })
    }

    /// Runs a command in a span that names the command, never its arguments. Fails within half a second
    /// when Redis is away.
    ///
    /// # Errors
    /// Redis is away or refuses the command.
    pub async fn run<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, RedisError> {
        let operation = operation(command);
        let span = tracing::info_span!(
            "redis",
            otel.name = operation,
            otel.kind = "client",
            otel.status_code = Empty,
            db.system.name = "redis",
            db.operation.name = operation,
            db.query.summary = operation,
            "error.type" = Empty,
        );
        let mut manager = self.manager.clone();
        let answer = timeout(CONNECT, command.query_async(&mut manager))
            .instrument(span.clone())
            .await
            .unwrap_or_else(|_| Err((ErrorKind::Io, "no answer in time").into()));
        if let Err(error) = &answer {
            span.record("otel.status_code", "ERROR");
            span.record("error.type", error.category());
        }
        answer
    }
}

/// The command's name, in capitals.
fn operation(command: &Cmd) -> String {
    match command.args_iter().next() {
        Some(redis::Arg::Simple(name)) => String::from_utf8_lossy(name).to_ascii_uppercase(),
        _ => String::new(),
    }
}
