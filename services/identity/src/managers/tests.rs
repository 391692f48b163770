//! The plans of look-ups by manager, on an account of 100,000 users (R-DEL-05).

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use diesel::connection::InstrumentationEvent;
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use secrecy::ExposeSecret;
use testkit::Database;

use super::*;
use crate::users::tests::{Explain, explain, filled};

#[tokio::test]
async fn managers_and_reports_are_found_by_indexes() {
    let (_database, mut connection) = filled().await;
    let id: Uuid = diesel::select(diesel::dsl::sql::<UuidType>("md5('7')::uuid"))
        .get_result(&mut connection)
        .await
        .expect("an id");
    let plan: Vec<String> = Explain(with_reports(1, id))
        .load(&mut connection)
        .await
        .expect("a plan");
    let plan = plan.join("\n");
    assert!(plan.contains("users_manager_idx"), "{plan}");
    assert!(plan.contains("users_pkey"), "{plan}");
    assert!(!plan.contains("Seq Scan"), "{plan}");
    let reports = lock_with_reports(&mut connection, 1, id).await;
    assert_eq!(reports.expect("reports").len(), 50);

    let filter = format!("{ENTERPRISE_URN}:manager.displayName sw \"x\"");
    for plan in <[String; 2]>::from(explain(&mut connection, &filter).await) {
        assert!(
            plan.contains("Index Scan using users_pkey on users manager"),
            "{plan}"
        );
    }
}

#[test]
fn only_an_id_in_our_spelling_names_a_user() {
    let ours = "0192f0c1-2345-7abc-8def-0123456789ab";
    assert!(id::parse(ours).is_some());
    for other in [
        "",
        "26",
        "ann@x.test",
        &ours.to_uppercase(),
        &ours.replace('-', ""),
        &format!("{{{ours}}}"),
    ] {
        assert_eq!(id::parse(other), None, "{other}");
    }
}

#[test]
fn what_is_left_without_a_manager() {
    let of = |extension: Value| match json!({ "userName": "a", ENTERPRISE_URN: extension }) {
        Value::Object(resource) => Value::Object(without(resource)),
        other => other,
    };
    let manager = json!({ "value": "26" });
    assert_eq!(
        of(json!({ "manager": manager })),
        json!({ "userName": "a" })
    );
    let more = json!({ "manager": manager, "department": "IT" });
    assert_eq!(
        of(more),
        json!({ "userName": "a", ENTERPRISE_URN: { "department": "IT" } })
    );
}

/// R-ENT-02: one statement for a page, and none where nobody has a manager.
#[tokio::test]
async fn names_cost_one_statement_at_most() {
    let database = Database::create(crate::MIGRATIONS).await;
    let url = database.url();
    let mut connection = AsyncPgConnection::establish(url.expose_secret())
        .await
        .expect("a connection");
    connection
        .batch_execute(
            "INSERT INTO users (account_id, id, user_name_key, email_keys, email_text, license_type, license_shown,
                scim_managed, resource, search)
            SELECT 1, md5(n::text)::uuid, n, '{}', '', 'developer', true, true,
                jsonb_build_object('displayName', 'user ' || n, 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
                    jsonb_build_object('manager', jsonb_build_object('value', md5((n % 40)::text)::uuid))), '{}'
            FROM generate_series(1, 100) AS n",
        )
        .await
        .expect("users");
    let mut reports: Vec<User> = users::table
        .select(User::as_select())
        .load(&mut connection)
        .await
        .expect("users");
    let mut bosses = reports.clone();
    for boss in &mut bosses {
        boss.resource = json!({});
    }
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let queries = || AtomicUsize::load(&count, Relaxed);
    connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { .. } = event {
            counter.fetch_add(1, Relaxed);
        }
    });
    add_names(&connection, 1, &mut bosses)
        .await
        .expect("nothing to do");
    assert_eq!(queries(), 0);
    add_names(&connection, 1, &mut reports)
        .await
        .expect("names");
    assert_eq!(queries(), 1);
    let named = |user: &&User| user.resource[ENTERPRISE_URN]["manager"]["displayName"].is_string();
    // Nobody is number 0.
    assert_eq!(reports.iter().filter(named).count(), 98);
}
