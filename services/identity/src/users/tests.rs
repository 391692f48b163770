//! The plans of the queries that identity providers send all day, on an account of 100,000 users (R-FILTER-31).

use diesel::{
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::Text,
};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use directory::{Order, filter::compile};
use scim::{definitions::LicenseExtension, dialect::Dialect, filter};
use secrecy::ExposeSecret;
use testkit::Database;

use super::*;
use crate::columns::Users;

/// A statement that is explained rather than run.
pub(crate) struct Explain<Q>(pub(crate) Q);

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Explain<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("EXPLAIN ");
        self.0.walk_ast(out)
    }
}

impl<Q> Query for Explain<Q> {
    type SqlType = Text;
}

impl<Q> QueryId for Explain<Q> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

/// A hundred thousand users in account 1, a thousand in each of ten others; fifty report to each manager. In two parts:
/// those up to `$TO` from `$FROM` on.
const FILL: &str = "
    INSERT INTO users (account_id, id, user_name_key, external_id, active, display_name_key,
        family_name_key, email_keys, email_text, search_text, license_type, license_shown, scim_managed, resource, search, updated_at)
    SELECT account, gen_random_uuid(), 'user' || n || '@x.test', 'ext' || n, n % 10 <> 0, 'display ' || n,
        'family' || n % 500, ARRAY['user' || n || '@x.test', 'n' || n || '@home.test'],
        'user' || n || '@x.test' || E'\\n' || 'n' || n || '@home.test',
        'user' || n || '@x.test' || E'\\n' || 'display ' || n || E'\\n' || 'family' || n % 500, 'developer', true, true,
        jsonb_build_object('userName', 'user' || n || '@x.test', 'active', true,
            'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
            jsonb_build_object('manager', jsonb_build_object('value', md5((n / 50)::text)::uuid))),
        jsonb_build_object('userName', 'user' || n || '@x.test', 'title', 'title' || n),
        '2026-01-01'::timestamptz + n * interval '1 minute'
    FROM generate_series(1, 11) AS account, generate_series($FROM, $TO) AS n
    WHERE account = 1 OR n <= 1000";

/// How PostgreSQL comes to know of the table what a plan may not hang on.
const STATISTICS: [(&str, &str); 3] = [
    // This is how it is filled.
    ("of when the table was small", "SELECT 1"),
    (
        "none",
        "DELETE FROM pg_statistic WHERE starelid = 'users'::regclass;
         UPDATE pg_class SET reltuples = -1, relpages = 0, relallvisible = 0 WHERE oid = 'users'::regclass",
    ),
    ("fresh", "ANALYZE users"),
];

pub(crate) async fn explain(connection: &mut AsyncPgConnection, text: &str) -> (String, String) {
    explain_page(connection, condition(text), 0).await
}

fn user_type() -> ResourceType {
    scim::definitions::user(&LicenseExtension::default())
}

fn columns(user_type: &ResourceType) -> Users<'_> {
    Users {
        user_type,
        license_urn: "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User",
    }
}

fn condition(text: &str) -> Condition {
    let user_type = user_type();
    let filter = filter::parse(text, Dialect::Strict).expect("a filter");
    let predicate = filter::bind(&filter, &user_type, Dialect::Strict).expect("a predicate");
    compile(&predicate, &columns(&user_type)).expect("a condition")
}

/// The plans of a page of the users that meet a condition, and of their number.
async fn explain_page(
    connection: &mut AsyncPgConnection,
    condition: Condition,
    skip: i64,
) -> (String, String) {
    let user_type = user_type();
    let columns = columns(&user_type);
    let selection = Selection::new(&columns, 1, condition);
    let page = Page {
        order: Order::by_id(&columns),
        after: None,
        skip,
        limit: 100,
    };
    let total = Explain(selected(selection.all()));
    let total: Vec<String> = total.load(connection).await.expect("a plan");
    let rows = Explain(rows(&selection, &page));
    let rows: Vec<String> = rows.load(connection).await.expect("a plan");
    (rows.join("\n"), total.join("\n"))
}

/// A connection to a database of many users, with statistics of when there were forty.
async fn grown() -> (Database, AsyncPgConnection) {
    let database = Database::create(crate::MIGRATIONS).await;
    let url = database.url();
    let mut connection = AsyncPgConnection::establish(url.expose_secret())
        .await
        .expect("a connection");
    fill(&mut connection, 1, 4).await;
    let statements = "ALTER TABLE users SET (autovacuum_enabled = off); ANALYZE users";
    connection
        .batch_execute(statements)
        .await
        .expect("gathered");
    fill(&mut connection, 5, 100_000).await;
    (database, connection)
}

async fn fill(connection: &mut AsyncPgConnection, from: i64, to: i64) {
    let fill = FILL.replace("$FROM", &from.to_string());
    let fill = fill.replace("$TO", &to.to_string());
    connection.batch_execute(&fill).await.expect("users");
}

/// A connection to a database of many users, with fresh statistics.
pub(crate) async fn filled() -> (Database, AsyncPgConnection) {
    let (database, mut connection) = grown().await;
    let analyze = connection.batch_execute("ANALYZE users");
    analyze.await.expect("gathered");
    (database, connection)
}

/// The look-ups that come with every request go by their indexes, whatever is known of the table.
#[tokio::test]
async fn no_look_up_needs_statistics() {
    let (_database, mut connection) = grown().await;
    for (statistics, statements) in STATISTICS {
        connection.batch_execute(statements).await.expect("set");
        for (filter, index) in [
            ("userName eq \"user77@x.test\"", "users_user_name_key_key"),
            ("externalId eq \"ext77\"", "users_external_id_idx"),
            ("emails.value eq \"user77@x.test\"", "users_email_keys_idx"),
            (
                "emails[type eq \"work\" and value eq \"user77@x.test\"]",
                "users_email_keys_idx",
            ),
            (
                "id eq \"0192f0c1-2345-7abc-8def-0123456789ab\"",
                "users_pkey",
            ),
        ] {
            let (rows, total) = explain(&mut connection, filter).await;
            for plan in [rows, total] {
                assert!(plan.contains(index), "{statistics}: {filter}\n{plan}");
            }
        }
    }
}

/// Of a page that lies deep, the users before it are only counted off: in the index, once that knows what is visible.
#[tokio::test]
async fn a_deep_page_reads_no_user_before_it() {
    let (_database, mut connection) = grown().await;
    for (statistics, statements) in STATISTICS {
        connection.batch_execute(statements).await.expect("set");
        let (rows, _) = explain_page(&mut connection, Condition::always(), 50_000).await;
        assert!(!rows.contains("Seq Scan"), "{statistics}\n{rows}");
        assert!(rows.contains("(id = ANY ($0))"), "{statistics}\n{rows}");
        assert!(rows.contains("users_pkey"), "{statistics}\n{rows}");
    }
    let vacuum = connection.batch_execute("VACUUM ANALYZE users");
    vacuum.await.expect("vacuumed");
    let (rows, _) = explain_page(&mut connection, Condition::always(), 50_000).await;
    assert!(rows.contains("Index Only Scan using users_pkey"), "{rows}");
    assert!(
        rows.contains("Index Scan using users_pkey on users "),
        "{rows}"
    );
}

#[tokio::test]
async fn the_usual_filters_use_their_indexes() {
    let (_database, mut connection) = filled().await;
    for (filter, index) in [
        ("userName eq \"user77@x.test\"", "users_user_name_key_key"),
        ("externalId eq \"ext77\"", "users_external_id_idx"),
        ("emails.value eq \"user77@x.test\"", "users_email_keys_idx"),
        ("emails[value eq \"user77@x.test\"]", "users_email_keys_idx"),
        ("displayName eq \"display 77\"", "users_display_name_idx"),
        (
            "meta.lastModified gt \"2026-03-11T00:00:00Z\"",
            "users_updated_at_idx",
        ),
        (
            "id eq \"0192f0c1-2345-7abc-8def-0123456789ab\"",
            "users_pkey",
        ),
        ("userName co \"user1234\"", "users_user_name_trigram_idx"),
        (
            "displayName co \"play 1234\"",
            "users_display_name_trigram_idx",
        ),
        ("emails.value co \"n1234@home\"", "users_email_trigram_idx"),
    ] {
        let (rows, total) = explain(&mut connection, filter).await;
        for plan in [rows, total] {
            assert!(plan.contains(index), "{filter}\n{plan}");
            assert!(!plan.contains("Seq Scan"), "{filter}\n{plan}");
        }
    }
}

/// However many words: the rarest decides what is looked at.
#[tokio::test]
async fn a_search_uses_its_index() {
    let (_database, mut connection) = filled().await;
    for search in [
        "user1234",
        "family77 user1234",
        "user1234 0192f0c1-2345-7abc-8def-0123456789ab",
    ] {
        let condition = crate::words::condition(search).expect("a condition");
        let (rows, total) = explain_page(&mut connection, condition, 0).await;
        for plan in [rows, total] {
            assert!(plan.contains("users_search_text_idx"), "{search}\n{plan}");
            assert!(!plan.contains("Seq Scan"), "{search}\n{plan}");
        }
    }
}

/// What has no index of trigrams is searched without LIKE, which would look at a text again for each place in it.
#[test]
fn only_what_has_an_index_is_searched_by_like() {
    let statement = |text: &str| diesel::debug_query::<Pg, _>(&condition(text)).to_string();
    for attribute in ["userName", "displayName"] {
        for operator in ["co", "sw", "ew"] {
            let statement = statement(&format!("{attribute} {operator} \"x\""));
            assert!(statement.contains("LIKE"), "{statement}");
        }
    }
    for attribute in [
        "title",
        "name.familyName",
        "name.givenName",
        "externalId",
        "nickName",
        "photos.value",
        "roles.value",
        "id",
        "meta.version",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName",
    ] {
        for (operator, function) in [("co", "strpos("), ("ew", "right(")] {
            let statement = statement(&format!("{attribute} {operator} \"x\""));
            assert!(!statement.contains("LIKE"), "{statement}");
            assert!(statement.contains(function), "{statement}");
        }
    }
    let emails = statement("emails[value ew \"x\"]");
    assert!(!emails.contains("LIKE"), "{emails}");
    let emails = statement("emails.value co \"x\"");
    assert_eq!(emails.matches("LIKE").count(), 1, "{emails}");
}
