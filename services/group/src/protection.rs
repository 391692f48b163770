//! Hand-made groups that give permission sets are closed to SCIM where the account wants it so, until an
//! administrator allows it (rule 9).

use diesel::{
    QueryResult, QueryableByName,
    sql_types::{BigInt, Bool, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use storage::postgres::statement;

use crate::{error::Error, groups::Group, rules::Writer};

// Whoever is in a group has what the groups around it have. `union` drops what was found before, so even a
// cycle would end.
const GIVES: &str = "
    with recursive around (id) as (
        select $2::uuid
        union
        select outside.group_id from around
        cross join lateral (
            select group_id from group_members where account_id = $1 and member_id = around.id offset 0
        ) as outside
    )
    select exists (
        select 1 from around
        join group_permissions held on held.account_id = $1 and held.group_id = around.id
    ) as found";

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    found: bool,
}

/// Refuses a SCIM write on a locked group that is closed to it.
pub(crate) async fn require_open(
    connection: &mut AsyncPgConnection,
    writer: &Writer,
    group: &Group,
) -> Result<(), Error> {
    let is_open = !writer.kept_out || group.scim_managed || group.scim_allowed;
    if is_open || !gives_permissions(connection, group).await? {
        return Ok(());
    }
    Err(Error::Protected)
}

async fn gives_permissions(connection: &mut AsyncPgConnection, group: &Group) -> QueryResult<bool> {
    let row: Found = statement(GIVES)
        .bind::<BigInt, _>(group.account_id)
        .bind::<SqlUuid, _>(group.id)
        .get_result(connection)
        .await?;
    Ok(row.found)
}
