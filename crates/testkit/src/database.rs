//! A Postgres schema per test: four times cheaper than a database per test.

use std::{
    fmt, thread,
    time::{Duration, SystemTime},
};

use diesel::{QueryResult, QueryableByName, sql_query, sql_types::Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_migrations::EmbeddedMigrations;
use secrecy::SecretString;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// Schemas older than this belong to tests that were killed.
const LEFTOVER: Duration = Duration::from_secs(3600);

/// A schema of its own in the database of `TEST_DATABASE_URL`, dropped with the value.
pub struct Database {
    server: String,
    schema: String,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Database").field(&self.schema).finish()
    }
}

impl Database {
    /// Makes a schema and runs the migrations in it.
    ///
    /// # Panics
    /// The variable is not set, the database is away, or a migration fails.
    pub async fn create(migrations: EmbeddedMigrations) -> Database {
        let database = Database::empty().await;
        storage::postgres::migrate(&database.url(), migrations)
            .await
            .expect("the migrations run");
        database
    }

    /// Makes a schema with nothing in it.
    ///
    /// # Panics
    /// The variable is not set, or the database is away.
    pub async fn empty() -> Database {
        static PREPARED: OnceCell<()> = OnceCell::const_new();
        let server = crate::variable("TEST_DATABASE_URL");
        let mut connection = AsyncPgConnection::establish(&server)
            .await
            .expect("the database of TEST_DATABASE_URL answers");
        PREPARED
            .get_or_init(async || {
                prepare(&mut connection)
                    .await
                    .expect("the database is usable")
            })
            .await;
        // Time-ordered, so that leftovers are told by their names.
        let schema = format!("test_{}", Uuid::now_v7().simple());
        connection
            .batch_execute(&format!("CREATE SCHEMA {schema}"))
            .await
            .expect("a schema can be created");
        Database { server, schema }
    }

    /// A URL whose `search_path` is the schema, then `public`.
    pub fn url(&self) -> SecretString {
        let Database { server, schema } = self;
        let separator = if server.contains('?') { '&' } else { '?' };
        let options = format!("options=-c%20search_path%3D{schema}%2Cpublic");
        format!("{server}{separator}{options}&application_name={schema}").into()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let server = self.server.clone();
        // A service that still runs may be inside a transaction, which it cannot end while we block its
        // runtime.
        let schema = &self.schema;
        let end = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{schema}'"
        );
        let drop = format!("SET lock_timeout = '2s'; DROP SCHEMA IF EXISTS {schema} CASCADE");
        // The runtime of the test cannot be blocked on from within. What fails here is swept later.
        let _ = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .ok()?;
            runtime.block_on(async {
                let mut connection = AsyncPgConnection::establish(&server).await.ok()?;
                connection.batch_execute(&end).await.ok()?;
                connection.batch_execute(&drop).await.ok()
            })
        })
        .join();
    }
}

#[derive(QueryableByName)]
struct Schema {
    #[diesel(sql_type = Text)]
    nspname: String,
}

/// Makes what all schemas share, and sweeps leftovers. `CREATE EXTENSION IF NOT EXISTS` fails when two do
/// it at once, hence the lock.
async fn prepare(connection: &mut AsyncPgConnection) -> QueryResult<()> {
    connection
        .batch_execute(
            "SELECT pg_advisory_lock(7105301);
             CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
             CREATE EXTENSION IF NOT EXISTS btree_gin SCHEMA public;",
        )
        .await?;
    let horizon = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .saturating_sub(LEFTOVER);
    let leftovers: Vec<Schema> = sql_query(
        "SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'test\\_%' AND nspname < $1",
    )
    .bind::<Text, _>(format!("test_{:012x}", horizon.as_millis()))
    .load(connection)
    .await?;
    for Schema { nspname } in leftovers {
        let drop = format!("DROP SCHEMA IF EXISTS {nspname} CASCADE");
        connection.batch_execute(&drop).await?;
    }
    connection
        .batch_execute("SELECT pg_advisory_unlock(7105301)")
        .await
}
