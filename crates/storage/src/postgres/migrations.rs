//! The schema of a service: bringing it up to date, and checking that it is.

use std::{collections::BTreeSet, fmt::Display, time::Duration};

use anyhow::{Context, anyhow, bail, ensure};
use diesel::{
    OptionalExtension, QueryDsl, QueryResult,
    connection::SimpleConnection,
    dsl::{select, sql},
    migration::MigrationSource,
    pg::Pg,
    sql_types::{Integer, Nullable, Text},
};
use diesel_async::{
    AsyncPgConnection, RunQueryDsl, async_connection_wrapper::AsyncConnectionWrapper,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};
use secrecy::SecretString;
use tokio::time::{Instant, sleep};

use super::{Pool, connect, establish, session};
use crate::Error;

/// How long to wait for a database that is still starting.
const PATIENCE: Duration = Duration::from_secs(30);

diesel::table! {
    /// Diesel's own table of the migrations that have run.
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

/// Brings the schema up to date and returns how many migrations that took. Any number of processes may
/// do so at once. Waits up to 30 s for a database that is still starting. The URL must lead to Postgres
/// itself, not to a transaction pooler, for the sake of the session lock.
///
/// # Errors
/// The database is away, or a migration fails.
pub async fn migrate(url: &SecretString, migrations: EmbeddedMigrations) -> anyhow::Result<usize> {
    let session = session(url)?;
    let connection = patiently(|| establish(&session))
        .await
        .context("cannot connect to the database")?;
    // Diesel's migration harness is synchronous.
    tokio::task::spawn_blocking(move || run(connection, migrations)).await?
}

fn run(connection: AsyncPgConnection, migrations: EmbeddedMigrations) -> anyhow::Result<usize> {
    let mut connection = AsyncConnectionWrapper::<AsyncPgConnection>::from(connection);
    // Waiting for another migrator and working through a large table may both take long. Diesel itself
    // takes no lock; this one ends with the connection, however that ends.
    connection.batch_execute(
        "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0;
         SELECT pg_advisory_lock(hashtextextended('migrations of ' || coalesce(current_schema(), ''), 0))",
    )?;
    // But no migration may queue for a table lock and hold up everybody behind it.
    connection.batch_execute("SET lock_timeout = '10s'")?;
    let done = connection
        .run_pending_migrations(migrations)
        .map_err(|error| anyhow!("a migration failed: {error}"))?;
    Ok(done.len())
}

/// Succeeds if the schema has every migration this program knows and the server's messages are English; waits up to
/// 30 s for a database that is still starting.
///
/// # Errors
/// The database stays away, its schema is too old, or it translates its messages.
pub async fn check_schema(pool: &Pool, migrations: EmbeddedMigrations) -> anyhow::Result<()> {
    let needed: BTreeSet<String> = MigrationSource::<Pg>::migrations(&migrations)
        .map_err(|error| anyhow!("the embedded migrations cannot be read: {error}"))?
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect();
    let (present, language) = patiently(|| state(pool))
        .await
        .context("cannot read the version of the schema")?;
    ensure!(
        is_english(&language),
        "the server's lc_messages is {language:?}: set it to C, since errors are told apart by their messages"
    );
    // The schema may be newer: an old program runs on while its successor is rolled out.
    if let Some(missing) = needed.difference(&present).last() {
        let at = present.last().map_or("nothing", String::as_str);
        bail!(
            "the schema is at {at}, this program needs {missing}: run its `migrate` command first"
        );
    }
    Ok(())
}

/// The migrations that have run, and the language of the server's messages.
async fn state(pool: &Pool) -> Result<(BTreeSet<String>, String), Error> {
    let mut connection = connect(pool).await?;
    let language: String = select(sql::<Text>("current_setting('lc_messages')"))
        .get_result(&mut connection)
        .await?;
    Ok((versions(&mut connection).await?, language))
}

/// Whether messages in this locale are as they stand in the server's source.
fn is_english(locale: &str) -> bool {
    let language = locale
        .split(['_', '.', '@', '-'])
        .next()
        .unwrap_or_default();
    ["C", "POSIX", "en", "English"]
        .iter()
        .any(|name| language.eq_ignore_ascii_case(name))
}

async fn versions(connection: &mut AsyncPgConnection) -> QueryResult<BTreeSet<String>> {
    let table: Option<i32> = select(sql::<Nullable<Integer>>(
        "to_regclass('__diesel_schema_migrations')::oid::int4",
    ))
    .get_result(connection)
    .await
    .optional()?
    .flatten();
    if table.is_none() {
        return Ok(BTreeSet::new());
    }
    let versions = __diesel_schema_migrations::table
        .select(__diesel_schema_migrations::version)
        .load(connection)
        .await?;
    Ok(versions.into_iter().collect())
}

/// Repeats what fails until it succeeds or patience ends.
async fn patiently<T, E: Display, F: Future<Output = Result<T, E>>>(
    attempt: impl Fn() -> F,
) -> Result<T, E> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match attempt().await {
            Err(error) if Instant::now() < deadline => {
                tracing::warn!(%error, "the database does not answer yet");
                sleep(Duration::from_secs(1)).await;
            }
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests;
