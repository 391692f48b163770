use std::time::{Duration, Instant};

use diesel::{IntoSql, sql_query, sql_types::Text};
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use futures::future::join_all;
use secrecy::ExposeSecret;
use storage::{
    Error,
    postgres::{Pool, check_schema, connect, is_ready},
};
use testkit::Database;
use tokio::{
    net::TcpListener,
    time::{sleep, timeout},
};

use crate::{
    MIGRATIONS, pool,
    proxy::{Mode, Proxy},
};

async fn query(pool: &Pool) -> Result<(), Error> {
    let mut connection = connect(pool).await?;
    sql_query("SELECT 1").execute(&mut connection).await?;
    Ok(())
}

/// Fills the pool with connections that all work.
async fn warm(pool: &Pool) {
    let connections = join_all((0..8).map(|_| connect(pool))).await;
    assert!(connections.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_stopped_database_is_noticed_and_so_is_its_return() {
    let database = Database::empty().await;
    let (proxy, url) = Proxy::start(&database.url()).await;
    let pool = pool(url);
    warm(&pool).await;
    assert!(is_ready(&pool).await);

    proxy.set(Mode::Refuse);
    let start = Instant::now();
    for _ in 0..4 {
        let error = query(&pool).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    }
    assert!(start.elapsed() < Duration::from_secs(3));
    assert!(!is_ready(&pool).await);

    proxy.set(Mode::Forward);
    for _ in 0..16 {
        query(&pool).await.unwrap();
    }
    assert!(is_ready(&pool).await);
}

#[tokio::test]
async fn a_frozen_database_is_no_hang() {
    let database = Database::empty().await;
    let (proxy, url) = Proxy::start(&database.url()).await;
    let pool = pool(url);
    warm(&pool).await;
    // Long enough that the pool asks its connections for a sign of life.
    sleep(Duration::from_millis(1100)).await;
    proxy.set(Mode::Silent);
    let start = Instant::now();
    let error = query(&pool).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    assert!(start.elapsed() < Duration::from_secs(4));
    assert!(!is_ready(&pool).await);

    proxy.set(Mode::Forward);
    query(&pool).await.unwrap();
}

/// Where the first of several hosts accepts and never answers, as a frozen server's kernel does, the next is
/// found within the time that a request waits.
#[tokio::test]
async fn a_frozen_first_host_is_got_over() {
    let frozen = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let first = frozen.local_addr().unwrap();
    let database = Database::empty().await;
    let url = database.url();
    for more in ["", "&target_session_attrs=read-write"] {
        let (start, rest) = url.expose_secret().rsplit_once('@').unwrap();
        let pool = pool(format!("{start}@{first},{first},{rest}{more}").into());
        for _ in 0..3 {
            query(&pool).await.unwrap();
        }
        assert!(is_ready(&pool).await);
    }
}

#[tokio::test]
async fn a_busy_pool_is_ready_and_turns_away_what_waits_too_long() {
    let database = Database::empty().await;
    let pool = pool(database.url());
    let lent = join_all((0..16).map(|_| connect(&pool))).await;
    assert!(lent.iter().all(Result::is_ok));
    assert!(is_ready(&pool).await);
    let error = query(&pool).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    drop(lent);
    query(&pool).await.unwrap();
}

#[tokio::test]
async fn sessions_ended_by_the_server_are_replaced() {
    let database = Database::empty().await;
    let pool = pool(database.url());
    warm(&pool).await;
    let mut other = connect(&crate::pool(database.url())).await.unwrap();
    let ended = sql_query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE pid <> pg_backend_pid() AND query = 'SELECT 1 AS outage_test'",
    );
    let mut connection = connect(&pool).await.unwrap();
    sql_query("SELECT 1 AS outage_test")
        .execute(&mut connection)
        .await
        .unwrap();
    ended.execute(&mut other).await.unwrap();
    // In use while it ended: the caller hears that it may repeat.
    let lost = sql_query("SELECT 1").execute(&mut connection).await;
    let error = Error::from(lost.unwrap_err());
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
    drop(connection);
    // The server ends a session a moment after it was told to.
    tokio::time::sleep(Duration::from_millis(500)).await;
    for _ in 0..16 {
        query(&pool).await.unwrap();
    }
}

#[tokio::test]
async fn a_connection_left_in_a_transaction_is_not_lent_again() {
    let database = Database::empty().await;
    let pool = pool(database.url());
    let mut connection = connect(&pool).await.unwrap();
    let cancelled = connection.transaction(async |connection| {
        connection
            .batch_execute("CREATE TABLE half (x int)")
            .await?;
        futures::future::pending::<Result<(), diesel::result::Error>>().await
    });
    let cancelled = timeout(Duration::from_millis(200), cancelled).await;
    assert!(cancelled.is_err());
    drop(connection);
    let mut connection = connect(&pool).await.unwrap();
    connection
        .batch_execute("SELECT * FROM half")
        .await
        .unwrap_err();
}

#[tokio::test]
async fn an_overlong_statement_is_unavailable() {
    let database = Database::empty().await;
    let mut connection = connect(&pool(database.url())).await.unwrap();
    connection
        .batch_execute("SET statement_timeout = '50ms'")
        .await
        .unwrap();
    let slow = sql_query("SELECT pg_sleep(5)")
        .execute(&mut connection)
        .await;
    let error = Error::from(slow.unwrap_err());
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
}

#[tokio::test]
async fn start_up_waits_for_the_database() {
    let database = Database::create(MIGRATIONS).await;
    let (proxy, url) = Proxy::start(&database.url()).await;
    proxy.set(Mode::Refuse);
    let pool = pool(url);
    let (checked, ()) = tokio::join!(check_schema(&pool, MIGRATIONS), async {
        sleep(Duration::from_millis(1500)).await;
        proxy.set(Mode::Forward);
    });
    checked.unwrap();
}

#[tokio::test]
async fn a_character_that_cannot_be_stored_is_the_callers_fault() {
    let database = Database::empty().await;
    let mut connection = connect(&pool(database.url())).await.unwrap();
    let echo = diesel::select("a\0b".into_sql::<Text>());
    let failed = echo.get_result::<String>(&mut connection).await;
    let status = Error::from(failed.unwrap_err()).into_status();
    assert_eq!(status.code(), tonic::Code::InvalidArgument);
}
