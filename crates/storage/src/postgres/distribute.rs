//! Spreading the tables of a service over the nodes of a Citus cluster, by account.

use anyhow::{Context, bail};
use diesel::{
    OptionalExtension, QueryResult, QueryableByName, sql_query,
    sql_types::{Array, Bool, Text},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use secrecy::SecretString;

use super::{establish, session};

/// The tables of the schema with the tables that their foreign keys name. Diesel's own table is read by
/// the coordinator alone.
const TABLES: &str = "
    SELECT tables.relname::text AS name,
        EXISTS (
            SELECT 1 FROM pg_attribute
            WHERE attrelid = tables.oid AND attname = 'account_id' AND NOT attisdropped
        ) AS has_account,
        EXISTS (SELECT 1 FROM pg_dist_partition WHERE logicalrelid = tables.oid) AS is_spread,
        ARRAY(
            SELECT referenced.relname::text
            FROM pg_constraint JOIN pg_class AS referenced ON referenced.oid = confrelid
            WHERE conrelid = tables.oid AND contype = 'f'
        ) AS needs
    FROM pg_class AS tables
    WHERE tables.relnamespace = current_schema()::regnamespace AND tables.relkind = 'r'
        AND tables.relname <> '__diesel_schema_migrations'
    ORDER BY tables.relname";

/// Rights given before a table is spread do not reach its shards.
const GRANTS: &str = "
    REVOKE UPDATE, DELETE, TRUNCATE ON changes FROM CURRENT_USER;
    GRANT UPDATE (sequence) ON changes TO CURRENT_USER;";

#[derive(Debug, QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    has_account: bool,
    #[diesel(sql_type = Bool)]
    is_spread: bool,
    #[diesel(sql_type = Array<Text>)]
    needs: Vec<String>,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    version: String,
}

/// Spreads the tables of a migrated schema over the nodes of a Citus cluster: those with an `account_id` as
/// distributed tables by it, the others as reference tables. Returns a line for each table that says what was
/// done. A table that is spread already stays as it is, so it may be run again, and is to be run after
/// each migration. The URL leads to the coordinator.
///
/// # Errors
/// The database is away, has no Citus, or refuses.
pub async fn distribute(url: &SecretString) -> anyhow::Result<Vec<String>> {
    let mut connection = establish(&session(url)?)
        .await
        .context("cannot connect to the database")?;
    let version = citus(&mut connection).await?;
    let mut done = vec![format!("citus {version}")];
    // Existing rows are copied, which may take long.
    connection
        .batch_execute("SET statement_timeout = 0; SET lock_timeout = '10s'")
        .await?;
    let mut waiting: Vec<Table> = sql_query(TABLES).load(&mut connection).await?;
    while !waiting.is_empty() {
        // A table comes after those that its foreign keys name.
        let names: Vec<String> = waiting.iter().map(|table| table.name.clone()).collect();
        let is_next = |table: &Table| {
            !table
                .needs
                .iter()
                .any(|name| *name != table.name && names.contains(name))
        };
        let (next, later): (Vec<Table>, Vec<Table>) = waiting.into_iter().partition(is_next);
        if next.is_empty() {
            bail!("foreign keys go in a circle: {}", names.join(", "));
        }
        for table in next {
            done.push(spread(&mut connection, &table).await?);
        }
        waiting = later;
    }
    connection
        .batch_execute(GRANTS)
        .await
        .context("cannot repeat the rights on changes: run `migrate` first")?;
    done.push("changes: append-only on every shard".to_owned());
    Ok(done)
}

/// The version of the extension.
async fn citus(connection: &mut AsyncPgConnection) -> anyhow::Result<String> {
    let found: Option<Version> =
        sql_query("SELECT extversion AS version FROM pg_extension WHERE extname = 'citus'")
            .get_result(connection)
            .await
            .optional()?;
    found.map(|found| found.version).context(
        "this database has no Citus: run CREATE EXTENSION citus in it as a superuser, on every node",
    )
}

async fn spread(connection: &mut AsyncPgConnection, table: &Table) -> anyhow::Result<String> {
    let name = &table.name;
    if table.is_spread {
        return Ok(format!("{name}: spread already"));
    }
    create(connection, table)
        .await
        .with_context(|| format!("cannot spread {name}"))?;
    Ok(if table.has_account {
        format!("{name}: distributed by account_id")
    } else {
        format!("{name}: reference table")
    })
}

async fn create(connection: &mut AsyncPgConnection, table: &Table) -> QueryResult<usize> {
    let statement = if table.has_account {
        "SELECT create_distributed_table(quote_ident($1), 'account_id')::text"
    } else {
        "SELECT create_reference_table(quote_ident($1))::text"
    };
    sql_query(statement)
        .bind::<Text, _>(&table.name)
        .execute(connection)
        .await
}
