//! Who administers an account, as far as the guard against losing the last one needs to know (product
//! rule 13). The marks are the group service's; they are no part of the resource.

use std::collections::HashSet;

use diesel::{prelude::*, sql_types::Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use directory::Sql;
use storage::{changes::Name, postgres::among};
use uuid::Uuid;

use crate::schema::users;

/// The active administrators of an account, by the licence types that take the rights away. Whoever changes who
/// they are waits here until those before have committed, so that the last two cannot go at once.
///
/// To be called when the rows of all users concerned are locked, so that no two deadlock.
pub(crate) async fn lock(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    without_rights: &[String],
) -> QueryResult<Vec<Uuid>> {
    let mut lock = Sql::<Text>::new();
    lock.raw("pg_advisory_xact_lock(hashtextextended(");
    lock.bind_text(format!("administrators:{account_id}"));
    lock.raw(", 0))::text");
    diesel::select(lock).execute(connection).await?;
    active(connection, account_id, without_rights).await
}

/// The active administrators of an account; whoever has a licence without the rights of one is none.
pub(crate) async fn active(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    without_rights: &[String],
) -> QueryResult<Vec<Uuid>> {
    users::table
        .filter(users::account_id.eq(account_id))
        .filter(users::is_admin)
        .filter(users::active.is_distinct_from(false))
        .filter(users::license_type.ne_all(without_rights))
        .select(users::id)
        .load(connection)
        .await
}

/// All who are marked, active or not.
pub(crate) async fn marked(
    connection: &mut AsyncPgConnection,
    account_id: i64,
) -> QueryResult<Vec<Uuid>> {
    users::table
        .filter(users::account_id.eq(account_id))
        .filter(users::is_admin)
        .select(users::id)
        .load(connection)
        .await
}

/// Locks users, in order of id, and says which of them there are.
pub(crate) async fn lock_users(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    ids: &[Uuid],
) -> QueryResult<HashSet<Uuid>> {
    let found: Vec<Uuid> = users::table
        .filter(users::account_id.eq(account_id))
        .filter(among(users::id, ids))
        .order(users::id)
        .for_update()
        .select(users::id)
        .load(connection)
        .await?;
    Ok(found.into_iter().collect())
}

/// A user whose mark has changed, as the change log calls it.
#[derive(Debug, Queryable)]
pub(crate) struct Marked {
    pub(crate) id: Uuid,
    user_name: String,
    display_name: Option<String>,
}

impl Marked {
    pub(crate) fn name(&self) -> Name<'_> {
        Name {
            name: &self.user_name,
            display_name: self.display_name.as_deref().unwrap_or_default(),
        }
    }
}

/// Marks or unmarks locked users; those whose mark has changed.
pub(crate) async fn mark(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    ids: &[Uuid],
    is_admin: bool,
) -> QueryResult<Vec<Marked>> {
    let changed = users::table
        .filter(users::account_id.eq(account_id))
        .filter(among(users::id, ids))
        .filter(users::is_admin.ne(is_admin));
    diesel::update(changed)
        .set(users::is_admin.eq(is_admin))
        .returning((
            users::id,
            users::resource.retrieve_as_text("userName"),
            users::resource.retrieve_as_text("displayName").nullable(),
        ))
        .get_results(connection)
        .await
}
