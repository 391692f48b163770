//! The table `known_users`: the guard between adding a member and deleting or deactivating the user.

use std::collections::{BTreeMap, HashMap, HashSet};

use diesel::{
    ExpressionMethods, Insertable, IntoSql, OptionalExtension, QueryDsl, QueryResult,
    sql_types::{Array, BigInt, Bool, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use storage::postgres::{among, prepared, statement};
use uuid::Uuid;

use crate::{members::unnest, schema::known_users};

/// Those of the ids that are users as far as this service knows, each with whether it is deleted.
pub(crate) async fn find(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    ids: &[Uuid],
) -> QueryResult<HashMap<Uuid, bool>> {
    let rows: Vec<(Uuid, bool)> = known_users::table
        .filter(known_users::account_id.eq(account_id))
        .filter(among(known_users::user_id, ids))
        .select((known_users::user_id, known_users::deleted))
        .load(connection)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Notes users that the identity service has, each with whether it is active. What the change log has said
/// of one meanwhile stands.
pub(crate) async fn insert(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    mut users: Vec<(Uuid, bool)>,
) -> QueryResult<usize> {
    // In order, so that two who insert the same users wait for each other one way only.
    users.sort_unstable();
    let (ids, active): (Vec<Uuid>, Vec<bool>) = users.into_iter().unzip();
    diesel::select((
        account_id.into_sql::<BigInt>(),
        unnest::<SqlUuid, _>(ids),
        unnest::<Bool, _>(active),
    ))
    .insert_into(known_users::table)
    .into_columns((
        known_users::account_id,
        known_users::user_id,
        known_users::active,
    ))
    .on_conflict_do_nothing()
    .execute(connection)
    .await
}

/// What is known of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    pub deleted: bool,
    pub active: bool,
}

/// What is known of a user, who is kept from being moved by others, until the transaction ends.
pub(crate) async fn lock(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    id: Uuid,
) -> QueryResult<Option<State>> {
    let row: Option<(bool, bool)> = known_users::table
        .find((account_id, id))
        .select((known_users::deleted, known_users::active))
        .for_update()
        .first(connection)
        .await
        .optional()?;
    Ok(row.map(|(deleted, active)| State { deleted, active }))
}

/// As [`lock`], of a user who need not be known yet and is then taken to be active.
pub(crate) async fn lock_new(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    id: Uuid,
) -> QueryResult<State> {
    let upsert = diesel::insert_into(known_users::table)
        .values((
            known_users::account_id.eq(account_id),
            known_users::user_id.eq(id),
        ))
        .on_conflict((known_users::account_id, known_users::user_id))
        .do_update()
        // Changes nothing, and locks the row.
        .set(known_users::deleted.eq(known_users::deleted))
        .returning((known_users::deleted, known_users::active));
    let (deleted, active) = prepared(upsert).get_result(connection).await?;
    Ok(State { deleted, active })
}

/// Locks those of the users that count as deleted, in the order of their ids.
pub(crate) async fn lock_deleted(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    ids: &[Uuid],
) -> QueryResult<Vec<Uuid>> {
    known_users::table
        .filter(known_users::account_id.eq(account_id))
        .filter(among(known_users::user_id, ids))
        .filter(known_users::deleted)
        .order_by(known_users::user_id)
        .select(known_users::user_id)
        .for_update()
        .load(connection)
        .await
}

/// Notes of users, who must be locked, that the identity service has them, and whether each is active.
pub(crate) async fn revive(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    users: &[(Uuid, bool)],
) -> QueryResult<()> {
    for (id, active) in users {
        let update = diesel::update(known_users::table.find((account_id, id))).set((
            known_users::deleted.eq(false),
            known_users::active.eq(active),
        ));
        prepared(update).execute(connection).await?;
    }
    Ok(())
}

/// Those of the users that are active and not deleted; keeps them so until the transaction ends.
pub(crate) async fn lock_active(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    ids: &[Uuid],
) -> QueryResult<Vec<Uuid>> {
    let rows: Vec<(Uuid, bool, bool)> = known_users::table
        .filter(known_users::account_id.eq(account_id))
        .filter(among(known_users::user_id, ids))
        .order_by(known_users::user_id)
        .select((
            known_users::user_id,
            known_users::deleted,
            known_users::active,
        ))
        .for_share()
        .load(connection)
        .await?;
    let active = rows
        .into_iter()
        .filter(|(_, deleted, active)| *active && !deleted);
    Ok(active.map(|(id, ..)| id).collect())
}

/// Those of the users that are not deleted; keeps them from being deleted until the transaction ends.
pub(crate) async fn lock_live(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    ids: &[Uuid],
) -> QueryResult<HashSet<Uuid>> {
    let rows: Vec<(Uuid, bool)> = known_users::table
        .filter(known_users::account_id.eq(account_id))
        .filter(among(known_users::user_id, ids))
        .order_by(known_users::user_id)
        .select((known_users::user_id, known_users::deleted))
        .for_share()
        .load(connection)
        .await?;
    let live = rows.into_iter().filter(|(_, deleted)| !deleted);
    Ok(live.map(|(id, _)| id).collect())
}

/// Notes whether each of the users is active, once everybody who is adding them is done.
pub(crate) async fn set_active(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    users: BTreeMap<Uuid, bool>,
) -> QueryResult<()> {
    if users.is_empty() {
        return Ok(());
    }
    // In order of the ids, as in `insert`.
    let (ids, active): (Vec<Uuid>, Vec<bool>) = users.into_iter().unzip();
    statement(
        "INSERT INTO known_users (account_id, user_id, active) SELECT $1, unnest($2), unnest($3)
         ON CONFLICT (account_id, user_id) DO UPDATE SET active = excluded.active",
    )
    .bind::<BigInt, _>(account_id)
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Bool>, _>(active)
    .execute(connection)
    .await
    .map(drop)
}

/// Notes that a user is deleted, once everybody who is adding it is done; says whether it was not so noted.
pub(crate) async fn delete(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    id: Uuid,
) -> QueryResult<bool> {
    let upsert = diesel::insert_into(known_users::table)
        .values((
            known_users::account_id.eq(account_id),
            known_users::user_id.eq(id),
            known_users::deleted.eq(true),
        ))
        .on_conflict((known_users::account_id, known_users::user_id))
        .do_update()
        .set(known_users::deleted.eq(true));
    let unless_deleted =
        diesel::query_dsl::methods::FilterDsl::filter(upsert, known_users::deleted.eq(false));
    let changed = prepared(unless_deleted).execute(connection).await?;
    Ok(changed > 0)
}
