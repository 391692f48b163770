//! Who holds a licence and a seat.

use diesel::{prelude::*, sql_types::Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use directory::Sql;
use storage::postgres::among;
use uuid::Uuid;

use crate::{schema::users, users::User};

/// How many users hold a seat of a licence type. Whoever is about to add one waits here until those
/// before have committed, so that the last seat is taken once.
pub(crate) async fn lock(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    license_type: &str,
) -> QueryResult<i64> {
    let mut lock = Sql::<Text>::new();
    lock.raw("pg_advisory_xact_lock(hashtextextended(");
    lock.bind_text(format!("seats:{account_id}:{license_type}"));
    lock.raw(", 0))::text");
    diesel::select(lock).execute(connection).await?;
    users::table
        .filter(users::account_id.eq(account_id))
        .filter(users::license_type.eq(license_type))
        .filter(held())
        .count()
        .get_result(connection)
        .await
}

/// How many users hold a seat of each licence type, by type.
pub(crate) async fn count(
    connection: &mut AsyncPgConnection,
    account_id: i64,
) -> QueryResult<Vec<(String, i64)>> {
    users::table
        .filter(users::account_id.eq(account_id))
        .filter(held())
        .group_by(users::license_type)
        .order(users::license_type)
        .select((users::license_type, diesel::dsl::count_star()))
        .load(connection)
        .await
}

/// Those of the users there are who hold no seat, by id.
pub(crate) async fn without(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    ids: &[Uuid],
) -> QueryResult<Vec<User>> {
    users::table
        .filter(users::account_id.eq(account_id))
        .filter(among(users::id, ids))
        .filter(diesel::dsl::not(held()))
        .order(users::id)
        .select(User::as_select())
        .load(connection)
        .await
}

/// As [`crate::users::State::holds_seat`].
#[diesel::dsl::auto_type]
fn held() -> _ {
    users::active.is_distinct_from(false).and(users::licensed)
}
