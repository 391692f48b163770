//! Who administers an account, by the tables; nesting counts at any depth.

use std::collections::HashSet;

use diesel::{
    ExpressionMethods, QueryDsl, QueryResult, QueryableByName,
    sql_types::{Array, BigInt, Bool, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use storage::postgres::statement;

use crate::schema::groups;

// `union` drops what was found before, so even a cycle would end. `offset 0`: as in `memberships`.
const MATTER: &str = "
    with recursive around (id) as (
        select unnest($2::uuid[])
        union
        select outside.group_id from around
        cross join lateral (
            select group_id from group_members where account_id = $1 and member_id = around.id offset 0
        ) as outside
    )
    select exists (
        select 1 from around
        cross join lateral (
            select administers from groups where account_id = $1 and id = around.id offset 0
        ) as group_around
        where group_around.administers
    ) as found";

const AMONG: &str = "
    with recursive found (user_id, group_id) as (
        select asked.id, inside.group_id from unnest($2::uuid[]) as asked (id)
        cross join lateral (
            select group_id from group_members
            where account_id = $1 and member_id = asked.id and member_type = 1 offset 0
        ) as inside
        union
        select found.user_id, outside.group_id from found
        cross join lateral (
            select group_id from group_members
            where account_id = $1 and member_id = found.group_id offset 0
        ) as outside
    )
    select distinct found.user_id as id from found
    cross join lateral (
        select administers from groups where account_id = $1 and id = found.group_id offset 0
    ) as group_found
    where group_found.administers";

const BELOW: &str = "
    with recursive below (id) as (
        select unnest($2::uuid[])
        union
        select inside.member_id from below
        cross join lateral (
            select member_id from group_members
            where account_id = $1 and group_id = below.id and member_type = 2 offset 0
        ) as inside
    )
    select distinct inside.member_id as id from below
    cross join lateral (
        select member_id from group_members
        where account_id = $1 and group_id = below.id and member_type = 1 offset 0
    ) as inside";

// By the group a user is in itself: whoever pushes that decides on the membership.
const PUSHABLE: &str = "
    with recursive found (group_id) as (
        select inside.group_id from unnest($2::uuid[]) as asked (id)
        cross join lateral (
            select group_id from group_members
            where account_id = $1 and member_id = asked.id and member_type = 1 offset 0
        ) as inside
        cross join lateral (
            select scim_managed, scim_allowed from groups
            where account_id = $1 and id = inside.group_id offset 0
        ) as group_inside
        where group_inside.scim_managed or group_inside.scim_allowed or not $3
        union
        select outside.group_id from found
        cross join lateral (
            select group_id from group_members
            where account_id = $1 and member_id = found.group_id offset 0
        ) as outside
    )
    select exists (
        select 1 from found
        cross join lateral (
            select administers from groups where account_id = $1 and id = found.group_id offset 0
        ) as group_found
        where group_found.administers
    ) as found";

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    found: bool,
}

/// Whether who is in one of the groups administers the account by that.
pub(crate) async fn matter(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    groups: &[Uuid],
) -> QueryResult<bool> {
    let row: Found = statement(MATTER)
        .bind::<BigInt, _>(account_id)
        .bind::<Array<SqlUuid>, _>(groups)
        .get_result(connection)
        .await?;
    Ok(row.found)
}

/// Whether one of the users administers the account by a group that SCIM manages or may link; `kept_out`: it may
/// not link those that give permission sets unless they are opened to it.
pub(crate) async fn pushable(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    users: &[Uuid],
    kept_out: bool,
) -> QueryResult<bool> {
    let row: Found = statement(PUSHABLE)
        .bind::<BigInt, _>(account_id)
        .bind::<Array<SqlUuid>, _>(users)
        .bind::<Bool, _>(kept_out)
        .get_result(connection)
        .await?;
    Ok(row.found)
}

/// The users that are in the groups, themselves or by a group that is.
pub(crate) async fn below(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    groups: &[Uuid],
) -> QueryResult<Vec<Uuid>> {
    load(connection, BELOW, account_id, groups).await
}

/// Those of the users that administer the account.
pub(super) async fn among(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    users: &[Uuid],
) -> QueryResult<HashSet<Uuid>> {
    let found = load(connection, AMONG, account_id, users).await?;
    Ok(found.into_iter().collect())
}

/// All users that administer the account.
pub(super) async fn all(
    connection: &mut AsyncPgConnection,
    account_id: i64,
) -> QueryResult<Vec<Uuid>> {
    let administering: Vec<Uuid> = groups::table
        .filter(groups::account_id.eq(account_id))
        .filter(groups::administers)
        .select(groups::id)
        .load(connection)
        .await?;
    below(connection, account_id, &administering).await
}

async fn load(
    connection: &mut AsyncPgConnection,
    query: &'static str,
    account_id: i64,
    ids: &[Uuid],
) -> QueryResult<Vec<Uuid>> {
    let rows: Vec<Id> = statement(query)
        .bind::<BigInt, _>(account_id)
        .bind::<Array<SqlUuid>, _>(ids)
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
