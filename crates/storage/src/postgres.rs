//! Connections to Postgres and the migrations of a service's schema.

mod among;
mod distribute;
mod hold;
mod hosts;
mod migrations;
mod prepared;
mod spans;
mod statement;

use std::{num::NonZeroUsize, str::FromStr, sync::Arc, time::Duration};

use ::deadpool::managed::{Metrics, QueueMode};
use anyhow::Context;
use chassis::env::Env;
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::{
    AsyncConnection, AsyncPgConnection, RunQueryDsl,
    pooled_connection::{
        AsyncDieselConnectionManager, ManagerConfig, PoolError, RecyclingMethod, deadpool,
    },
};
use futures::FutureExt;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout};
use tokio_postgres::config::SslMode;

use self::hosts::Servers;
pub use self::{
    among::{Among, SHORT, among},
    distribute::distribute,
    hold::{IS_FREE, Taking, taking},
    migrations::{check_schema, migrate},
    prepared::{Prepared, prepared},
    statement::{Statement, Values, statement},
};
use crate::Error;

/// A pool of connections; cheap to clone.
pub type Pool = deadpool::Pool<AsyncPgConnection>;

/// A connection lent by a pool; dereferences to `AsyncPgConnection`.
pub type Connection = deadpool::Object<AsyncPgConnection>;

/// How long a request waits for a connection, made or lent.
const WAIT: Duration = Duration::from_secs(3);

/// A connection unused for longer than this is asked for a sign of life before it is lent: its server may
/// have gone without a word, which a busy connection notices by itself.
const IDLE: Duration = Duration::from_secs(1);

/// How long a connection may take to give it.
const PING: Duration = Duration::from_millis(500);

/// How long the network may be silent before the kernel gives a connection up or probes it.
const VANISHED: Duration = Duration::from_secs(10);

/// What every session sets, unless the URL says otherwise. Compiling a plan costs more than any statement here. Not
/// `plan_cache_mode = force_custom_plan`: it takes a third off the rate of look-ups by key. A statement with a long
/// list is not kept prepared instead: [`among`].
const SESSION: &str = "-c statement_timeout=10s -c lock_timeout=5s \
    -c idle_in_transaction_session_timeout=30s -c jit=off";

/// How long a connection uses the plans it has made. One made when a table was small reads it from end to end, and
/// PostgreSQL keeps it until somebody gathers statistics.
const PLANS: Duration = Duration::from_secs(5);

/// How many connections a process holds at most unless it is told.
const MAX_CONNECTIONS: NonZeroUsize = NonZeroUsize::new(16).expect("not zero");

/// Where the database is, and how much of it a process may take.
#[derive(Debug, Clone)]
pub struct Config {
    /// A `postgres://` URL.
    pub url: SecretString,
    /// The most connections held at once.
    pub max_connections: usize,
}

impl Config {
    /// Reads `DATABASE_URL` and `DATABASE_MAX_CONNECTIONS`; faults are noted in `env`.
    pub fn from_env(env: &mut Env) -> Config {
        let url = env.secret("DATABASE_URL");
        let session = tokio_postgres::Config::from_str(url.expose_secret());
        match session.map(|session| session.get_ssl_mode()) {
            // Noted as not set.
            _ if url.expose_secret().is_empty() => {}
            Ok(SslMode::Require) => {
                env.fault("DATABASE_URL", "asks for TLS, which is not supported")
            }
            Ok(_) => {}
            // The parser's error may show a part of the value.
            Err(_) => env.fault(
                "DATABASE_URL",
                "must be like postgres://user:password@host:port/database",
            ),
        }
        Config {
            url,
            max_connections: env.or("DATABASE_MAX_CONNECTIONS", MAX_CONNECTIONS).get(),
        }
    }
}

/// A pool for the database; connects at first use.
///
/// # Errors
/// The URL is malformed.
pub fn pool(config: &Config) -> anyhow::Result<Pool> {
    let servers = Arc::new(session(&config.url)?);
    let mut manager = ManagerConfig::default();
    // `Fast` still drops connections that are closed or left inside a transaction.
    manager.recycling_method = RecyclingMethod::Fast;
    manager.custom_setup = Box::new(move |_| {
        let servers = Arc::clone(&servers);
        async move { establish(&servers).await }.boxed()
    });
    let manager = AsyncDieselConnectionManager::new_with_config(String::new(), manager);
    Ok(Pool::builder(manager)
        .max_size(config.max_connections.max(1))
        // The connection used last, so that few requests meet one that must be asked for a sign of life.
        .queue_mode(QueueMode::Lifo)
        .pre_recycle(deadpool::Hook::async_fn(|connection, metrics| {
            let statement = if has_old_plans(metrics) {
                Some("DISCARD PLANS")
            } else if metrics.last_used() > IDLE {
                Some("SELECT 1")
            } else {
                None
            };
            async move {
                match statement {
                    Some(statement) => ping(connection, statement).await,
                    None => Ok(()),
                }
            }
            .boxed()
        }))
        .build()?)
}

/// A working connection, within three seconds.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn connect(pool: &Pool) -> Result<Connection, Error> {
    let started = Instant::now();
    let connection = timeout(WAIT, pool.get()).await;
    metrics::histogram!("db_client_connection_wait_time_seconds").record(started.elapsed());
    match connection {
        Ok(connection) => Ok(connection?),
        Err(_) => {
            metrics::counter!("db_client_connection_timeouts_total").increment(1);
            Err(Error::Unavailable("no connection within 3 s".to_owned()))
        }
    }
}

/// Whether the database answers, within a second or so. A pool with all its connections lent counts as
/// ready: it is busy, and taking a busy process out of service only makes the others busier.
pub async fn is_ready(pool: &Pool) -> bool {
    measure(pool);
    match timeout(Duration::from_secs(1), pool.get()).await {
        Ok(Ok(mut connection)) => ping(&mut connection, "SELECT 1").await.is_ok(),
        Ok(Err(_)) => false,
        Err(_) => {
            let status = pool.status();
            status.available == 0 && status.size == status.max_size
        }
    }
}

/// How the pool stands; noted as often as readiness is asked for, each second.
fn measure(pool: &Pool) {
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let status = pool.status();
    let used = status.size.saturating_sub(status.available);
    for (state, count) in [("used", used), ("idle", status.available)] {
        metrics::gauge!("db_client_connection_count", "state" => state).set(number(count));
    }
    metrics::gauge!("db_client_connection_max").set(number(status.max_size));
    metrics::gauge!("db_client_connection_pending_requests").set(number(status.waiting));
}

/// Whether an end of [`PLANS`] has passed since the connection was lent last; they are counted from when it was made.
fn has_old_plans(metrics: &Metrics) -> bool {
    let number = |age: Duration| age.as_millis() / PLANS.as_millis();
    let lent = metrics.recycled.unwrap_or(metrics.created);
    number(metrics.created.elapsed()) > number(lent - metrics.created)
}

/// Whether the server carries out a statement at once.
async fn ping(
    connection: &mut AsyncPgConnection,
    statement: &'static str,
) -> Result<(), deadpool::HookError> {
    let answer = diesel::sql_query(statement).execute(connection);
    match timeout(PING, answer).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(deadpool::HookError::Backend(PoolError::QueryError(error))),
        Err(_) => Err(deadpool::HookError::message("no sign of life")),
    }
}

/// The parameters of a session. Options of the URL come last, so that they win.
fn session(url: &SecretString) -> anyhow::Result<Servers> {
    // The parser's error names the fault, never the value.
    let mut session = tokio_postgres::Config::from_str(url.expose_secret())
        .context("the database URL is malformed")?;
    let options = match session.get_options() {
        Some(given) => format!("{SESSION} {given}"),
        None => SESSION.to_owned(),
    };
    session.options(options);
    if session.get_connect_timeout().is_none() {
        session.connect_timeout(WAIT);
    }
    // A host that vanished says nothing: without these a statement would wait for hours.
    if session.get_tcp_user_timeout().is_none() {
        session.tcp_user_timeout(VANISHED);
    }
    session.keepalives_idle(VANISHED);
    Ok(Servers::new(session))
}

/// A connection outside any pool.
async fn establish(servers: &Servers) -> ConnectionResult<AsyncPgConnection> {
    let (client, driver) = servers
        .connect()
        .await
        .map_err(ConnectionError::BadConnection)?;
    let mut connection = AsyncPgConnection::try_from_client_and_connection(client, driver).await?;
    connection.set_instrumentation(spans::Spans::new(servers.database()));
    Ok(connection)
}
