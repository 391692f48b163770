use diesel::{QueryableByName, sql_query, sql_types::Text};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use futures::future::join_all;
use storage::postgres::{check_schema, connect, migrate};
use testkit::Database;

use crate::{MIGRATIONS, pool};

#[tokio::test]
async fn six_migrators_at_once_all_succeed() {
    let database = Database::empty().await;
    let url = database.url();
    let results = join_all((0..6).map(|_| migrate(&url, MIGRATIONS))).await;
    let mut done: Vec<_> = results.into_iter().map(|result| result.unwrap()).collect();
    done.sort_unstable();
    assert_eq!(done[..5], [0; 5]);
    assert!(done[5] > 0);
    check_schema(&pool(url), MIGRATIONS).await.unwrap();
}

#[tokio::test]
async fn an_old_schema_is_named() {
    let database = Database::empty().await;
    let pool = pool(database.url());
    let error = check_schema(&pool, MIGRATIONS).await.unwrap_err();
    assert!(error.to_string().contains("at nothing"), "{error}");
    assert!(error.to_string().contains("`migrate`"), "{error}");

    migrate(&database.url(), MIGRATIONS).await.unwrap();
    let mut connection = connect(&pool).await.unwrap();
    connection
        .batch_execute("DELETE FROM __diesel_schema_migrations WHERE version > '20261124000001'")
        .await
        .unwrap();
    let error = check_schema(&pool, MIGRATIONS).await.unwrap_err();
    assert!(error.to_string().contains("at 20261124000001"), "{error}");
}

#[tokio::test]
async fn a_newer_schema_serves() {
    let database = Database::create(MIGRATIONS).await;
    let pool = pool(database.url());
    let mut connection = connect(&pool).await.unwrap();
    connection
        .batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000000')")
        .await
        .unwrap();
    check_schema(&pool, MIGRATIONS).await.unwrap();
}

#[tokio::test]
async fn sessions_have_their_timeouts() {
    #[derive(QueryableByName)]
    struct Setting {
        #[diesel(sql_type = Text)]
        value: String,
    }
    let database = Database::empty().await;
    let mut connection = connect(&pool(database.url())).await.unwrap();
    for (name, expected) in [
        ("statement_timeout", "10s"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "30s"),
        ("TimeZone", "UTC"),
    ] {
        let setting: Setting = sql_query("SELECT current_setting($1) AS value")
            .bind::<Text, _>(name)
            .get_result(&mut connection)
            .await
            .unwrap();
        assert_eq!(setting.value, expected, "{name}");
    }
}
