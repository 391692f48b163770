use diesel::{QueryableByName, sql_types::Text};
use diesel_async::RunQueryDsl;

use crate::harness::pool;

#[derive(QueryableByName, Debug)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
}

/// R-TEN: the account leads every primary key and unique index, but for the single rows of positions.
#[tokio::test]
async fn the_account_leads_every_key() {
    let database = testkit::Database::create(group::MIGRATIONS).await;
    let pool = pool(&database);
    let mut connection = storage::postgres::connect(&pool).await.unwrap();
    let others: Vec<Table> = diesel::sql_query(
        "select c.relname::text as name from pg_index i
         join pg_class c on c.oid = i.indexrelid
         join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
         where i.indisunique and c.relnamespace = current_schema()::regnamespace
         and a.attname <> 'account_id' order by 1",
    )
    .load(&mut connection)
    .await
    .unwrap();
    let others: Vec<String> = others.into_iter().map(|table| table.name).collect();
    let singles = |name: &String| {
        name.starts_with("change_sequence")
            || name.starts_with("feed_position")
            || name.starts_with("delivery_position")
            || name.starts_with("__diesel")
    };
    assert!(others.iter().all(singles), "{others:?}");
}
