//! Which groups make administrators, where the file of the permission sets says otherwise than when the groups
//! were given theirs.

use diesel::{
    QueryDsl, QueryResult,
    sql_types::{Array, BigInt, Text},
};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use storage::postgres::{self, Pool, statement};

use super::lock;
use crate::{error::Error, permission_sets::PermissionSets, schema::group_permissions};

const SET_RIGHT: &str = "
    update groups set administers = not administers
    where groups.account_id = $1 and administers <> exists (
        select 1 from group_permissions held
        where held.account_id = $1 and held.group_id = groups.id and held.permission_set = any($2)
    )";

/// Flags the groups of every account. Where that changes anything, the sweep that follows tells the identity
/// service who administers the account now.
pub(super) async fn set_right(pool: &Pool, sets: &PermissionSets) -> Result<(), Error> {
    let administering = sets.administering();
    let mut connection = postgres::connect(pool).await?;
    let accounts: Vec<i64> = group_permissions::table
        .select(group_permissions::account_id)
        .distinct()
        .load(&mut connection)
        .await?;
    for account_id in accounts {
        connection
            .transaction(async |connection| {
                if flag(connection, account_id, &administering).await? > 0 {
                    lock(connection, account_id).await?;
                }
                Ok::<_, Error>(())
            })
            .await?;
    }
    Ok(())
}

async fn flag(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    administering: &[String],
) -> QueryResult<usize> {
    statement(SET_RIGHT)
        .bind::<BigInt, _>(account_id)
        .bind::<Array<Text>, _>(administering)
        .execute(connection)
        .await
}
