use diesel::{QueryableByName, sql_query};
use diesel_async::SimpleAsyncConnection;
use storage::postgres::{self, Connection};
use testkit::Database;

use super::*;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}

async fn connect(database: &Database) -> Connection {
    let config = postgres::Config {
        url: database.url(),
        max_connections: 1,
    };
    let pool = postgres::pool(&config).expect("a URL");
    postgres::connect(&pool)
        .await
        .expect("the database answers")
}

/// It stands before every request, so it must cost the same with many accounts as with one.
#[tokio::test]
async fn every_table_is_read_by_account() {
    let database = Database::create(crate::MIGRATIONS).await;
    let mut connection = connect(&database).await;
    connection
        .batch_execute(
            "INSERT INTO accounts (account_id, name, plan)
                 SELECT n, 'Acme', 'team' FROM generate_series(1, 3000) AS n;
             INSERT INTO license_seats
                 SELECT n, t FROM generate_series(1, 3000) AS n, unnest('{developer,it}'::text[]) AS t;
             INSERT INTO license_maps (account_id, license_type, sso_groups)
                 SELECT n, 'it', '{admins}' FROM generate_series(1, 3000) AS n;
             INSERT INTO ip_rules (account_id, name, allows, cidrs)
                 SELECT n, 'office', true, '{192.0.2.0/24}' FROM generate_series(1, 3000) AS n;
             ANALYZE accounts, license_seats, license_maps, ip_rules",
        )
        .await
        .expect("rows");
    let find_seven = Find { account_id: 7 };
    let statement = diesel::debug_query::<Pg, _>(&find_seven).to_string();
    let (statement, _) = statement.split_once(" -- ").expect("statement and binds");
    let plan: Vec<Line> = sql_query(format!("EXPLAIN {statement}"))
        .bind::<BigInt, _>(7)
        .bind::<BigInt, _>(7)
        .bind::<BigInt, _>(7)
        .bind::<BigInt, _>(7)
        .load(&mut connection)
        .await
        .expect("a plan");
    let plan: Vec<_> = plan.iter().map(|line| line.line.as_str()).collect();
    let plan = plan.join("\n");
    assert!(!plan.contains("Seq Scan"), "{plan}");
    assert_eq!(plan.matches("Index").count(), 2 * 4, "{plan}");

    let account = find(&mut connection, 7).await.expect("the account");
    assert_eq!(account.account_id, 7);
    assert_eq!(account.license_seats.len(), 2);
    assert_eq!(account.license_maps[0].sso_groups, ["admins"]);
    assert_eq!(account.ip_rules[0].content.cidrs, ["192.0.2.0/24"]);
}
