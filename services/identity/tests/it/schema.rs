//! The rules every table keeps.

use diesel::{QueryableByName, sql_query, sql_types::Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use secrecy::ExposeSecret;
use testkit::Database;

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    first: String,
}

/// `account_id` leads every primary key and unique index, so that tables can be spread by it.
#[tokio::test]
async fn the_account_leads_every_key() {
    let database = Database::create(identity::MIGRATIONS).await;
    let url = database.url();
    let mut connection = AsyncPgConnection::establish(url.expose_secret())
        .await
        .expect("a connection");
    let keys: Vec<Key> = sql_query(
        "SELECT index.relname::text AS name, attribute.attname::text AS first
         FROM pg_index JOIN pg_class AS index ON index.oid = indexrelid
         JOIN pg_attribute AS attribute ON attrelid = indrelid AND attnum = indkey[0]
         WHERE indisunique AND index.relnamespace = current_schema()::regnamespace",
    )
    .load(&mut connection)
    .await
    .expect("the catalogue");
    assert!(keys.len() > 2);
    for key in keys {
        // The rows that say how far the feed is numbered and delivered, and diesel's own table.
        let own = [
            "change_sequence_pkey",
            "delivery_position_pkey",
            "__diesel_schema_migrations_pkey",
        ];
        assert!(
            key.first == "account_id" || own.contains(&&*key.name),
            "{}",
            key.name
        );
    }
}
