//! Which groups a user or a group is in, direct and through other groups, and leaving them.

use std::collections::HashMap;

use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, QueryableByName,
    sql_types::{Array, BigInt, Bool, Text, Uuid as SqlUuid},
    upsert::excluded,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures::TryStreamExt;
use proto::protocol::v1::Actor;
use storage::{
    changes::{self, Details, Entry},
    page::MAX_BYTES,
    postgres::{prepared, statement},
};
use uuid::Uuid;

use crate::{
    error::Error,
    groups::{self, Group},
    known_users,
    schema::{group_members, nesting_locks},
};

const MEMBERS_CHANGED: &str = "group.members_changed";

/// A group that a user is in.
#[derive(Debug, QueryableByName)]
pub(crate) struct Membership {
    #[diesel(sql_type = SqlUuid)]
    pub user_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub group_id: Uuid,
    #[diesel(sql_type = Text)]
    pub display_name: String,
    #[diesel(sql_type = Bool)]
    pub direct: bool,
    /// Whether there may be others that have not been looked for, since a group may be in another.
    #[diesel(sql_type = Bool)]
    nests: bool,
}

impl Membership {
    /// The bytes that it takes of an answer.
    fn size(&self) -> usize {
        2 * size_of::<Uuid>() + self.display_name.len() + MEMBERSHIP
    }
}

/// What a membership takes of an answer beside ids and name, in bytes.
const MEMBERSHIP: usize = 32;
/// The most bytes of the groups of one user.
const MAX_OF_ONE: usize = 4 * MAX_BYTES;

// Each step is a look-up by an index for each row found: `offset 0` keeps the planner from anything else, which statistics
// that are older than the rows talk him into. The list stands in a sub-select, so that its length does not show when this is
// planned: a plan for one user would seem cheaper than that for any list, and be made for each request.
//
// Of an account that has ever had groups in groups one row comes, if any, which says so.
const DIRECT: &str = "
    select asked.user_id, inside.group_id, named.display_name, true as direct,
        exists (select 1 from nesting_locks where account_id = $1) as nests
    from unnest((select $2::uuid[])) with ordinality as asked (user_id, place)
    cross join lateral (
        select group_id from group_members
        where account_id = $1 and member_id = asked.user_id and member_type = 1 offset 0
    ) as inside
    cross join lateral (
        select display_name, display_name_key from groups
        where account_id = $1 and id = inside.group_id offset 0
    ) as named
    order by asked.place, named.display_name_key
    limit (select 1 from nesting_locks where account_id = $1)";

// As `DIRECT`, and through other groups. `union` drops what was found before, so even a cycle would end.
const AT_ANY_DEPTH: &str = "
    with recursive found (place, user_id, group_id, direct) as (
        select asked.place, asked.user_id, inside.group_id, true
        from unnest((select $2::uuid[])) with ordinality as asked (user_id, place)
        cross join lateral (
            select group_id from group_members
            where account_id = $1 and member_id = asked.user_id and member_type = 1 offset 0
        ) as inside
        union
        select found.place, found.user_id, outside.group_id, false from found
        cross join lateral (
            select group_id from group_members
            where account_id = $1 and member_id = found.group_id offset 0
        ) as outside
    )
    select found.user_id, found.group_id, named.display_name, bool_or(found.direct) as direct,
        false as nests
    from found
    cross join lateral (
        select display_name, display_name_key from groups
        where account_id = $1 and id = found.group_id offset 0
    ) as named
    group by found.place, found.user_id, found.group_id, named.display_name, named.display_name_key
    order by found.place, named.display_name_key";

const AROUND: &str = "
    with recursive around (id) as (
        select $2::uuid
        union
        select outside.group_id from around
        cross join lateral (
            select group_id from group_members where account_id = $1 and member_id = around.id offset 0
        ) as outside
    )
    select id from around where id = any($3) limit 1";

/// The groups of each user, of whom none comes twice, user by user in the order given and by name; and the users for whom
/// there was no room. Those of the first come in any case.
///
/// # Errors
/// `TooMany`: the first is in more groups than an answer can hold.
pub(crate) async fn of_some(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    users: &[Uuid],
) -> Result<(Vec<Membership>, Vec<Uuid>), Error> {
    let direct = read(connection, DIRECT, account_id, users).await?;
    if direct.0.iter().any(|row| row.nests) {
        return read(connection, AT_ANY_DEPTH, account_id, users).await;
    }
    Ok(direct)
}

async fn read(
    connection: &mut AsyncPgConnection,
    sql: &'static str,
    account_id: i64,
    users: &[Uuid],
) -> Result<(Vec<Membership>, Vec<Uuid>), Error> {
    let mut rows = statement(sql)
        .bind::<BigInt, _>(account_id)
        .bind::<Array<SqlUuid>, _>(users)
        .load_stream::<Membership>(connection)
        .await?;
    let mut found: Vec<Membership> = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.try_next().await? {
        bytes += row.size();
        if bytes > MAX_BYTES {
            // Of the user at hand, not all are known yet.
            let user = row.user_id;
            let begins = found.partition_point(|row| row.user_id != user);
            if begins > 0 {
                found.truncate(begins);
                let left = users.iter().skip_while(|id| **id != user);
                return Ok((found, left.copied().collect()));
            }
            if bytes > MAX_OF_ONE {
                return Err(Error::TooMany);
            }
        }
        found.push(row);
    }
    Ok((found, Vec::new()))
}

/// As [`of_some`], of few users: all that there are.
pub(crate) async fn of_users(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    users: &[Uuid],
) -> QueryResult<Vec<Membership>> {
    statement(AT_ANY_DEPTH)
        .bind::<BigInt, _>(account_id)
        .bind::<Array<SqlUuid>, _>(users)
        .load(connection)
        .await
}

/// One of the candidates that is the group or holds it, at any depth; it must not become a member.
pub(crate) async fn holder_among(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    group: Uuid,
    candidates: &[Uuid],
) -> QueryResult<Option<Uuid>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
    }
    let row: Option<Row> = statement(AROUND)
        .bind::<BigInt, _>(account_id)
        .bind::<SqlUuid, _>(group)
        .bind::<Array<SqlUuid>, _>(candidates)
        .get_result(connection)
        .await
        .optional()?;
    Ok(row.map(|row| row.id))
}

/// Keeps everybody else from adding groups to groups and from deleting groups, in this account, until the
/// transaction ends. To be taken before any other lock.
pub(crate) async fn lock_nesting(
    connection: &mut AsyncPgConnection,
    account_id: i64,
) -> QueryResult<()> {
    let lock = diesel::insert_into(nesting_locks::table)
        .values(nesting_locks::account_id.eq(account_id))
        .on_conflict(nesting_locks::account_id)
        .do_update()
        .set(nesting_locks::account_id.eq(excluded(nesting_locks::account_id)));
    prepared(lock).execute(connection).await?;
    Ok(())
}

/// The groups that a user or group is a member of itself.
pub(crate) async fn direct(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    member: Uuid,
) -> QueryResult<Vec<Uuid>> {
    group_members::table
        .filter(group_members::account_id.eq(account_id))
        .filter(group_members::member_id.eq(member))
        .select(group_members::group_id)
        .load(connection)
        .await
}

/// Takes a user or group out of every group, all of which are among the locked ones.
pub(crate) async fn leave_all(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    member: Uuid,
    locked: &[Group],
    actor: &Actor,
) -> QueryResult<()> {
    let left: Vec<Uuid> = diesel::delete(group_members::table)
        .filter(group_members::account_id.eq(account_id))
        .filter(group_members::member_id.eq(member))
        .returning(group_members::group_id)
        .get_results(connection)
        .await?;
    let step = Step::Leaves(member);
    moved(connection, account_id, (locked, &left), step, actor).await
}

/// What one member does.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Joins(Uuid),
    Leaves(Uuid),
}

/// Counts and logs that a member has joined or left those of the locked groups that have these ids.
pub(crate) async fn moved(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    (locked, ids): (&[Group], &[Uuid]),
    step: Step,
    actor: &Actor,
) -> QueryResult<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let (more, joined, left) = match step {
        Step::Joins(member) => (1, vec![member], Vec::new()),
        Step::Leaves(member) => (-1, Vec::new(), vec![member]),
    };
    groups::count_members(connection, account_id, ids, more).await?;
    let changed = ["members".to_owned()];
    let texts: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    let names: HashMap<Uuid, &str> = locked
        .iter()
        .map(|group| (group.id, group.display_name.as_str()))
        .collect();
    let entries = ids.iter().zip(&texts).map(|(id, text)| Entry {
        account_id,
        kind: MEMBERS_CHANGED,
        resource_id: text,
        name: names.get(id).copied().unwrap_or_default().into(),
        changed_attributes: &changed,
        details: Details {
            joined: &joined,
            left: &left,
            ..Details::default()
        },
        actor,
    });
    let entries: Vec<Entry<'_>> = entries.collect();
    changes::record_all(connection, &entries).await
}

/// Logs who has joined a group.
pub(crate) async fn record_joined(
    connection: &mut AsyncPgConnection,
    group: &Group,
    joined: &[Uuid],
    actor: &Actor,
) -> QueryResult<()> {
    let entry = Entry {
        account_id: group.account_id,
        kind: MEMBERS_CHANGED,
        resource_id: &group.id.to_string(),
        name: group.display_name.as_str().into(),
        changed_attributes: &["members".to_owned()],
        details: Details {
            joined,
            ..Details::default()
        },
        actor,
    };
    changes::record(connection, entry).await
}

/// Notes that a user is deleted and takes it out of every group; does nothing the second time.
pub(crate) async fn forget_user(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    user: Uuid,
    actor: &Actor,
) -> QueryResult<()> {
    if !known_users::delete(connection, account_id, user).await? {
        return Ok(());
    }
    // Nobody can add the user from here on, so these are all groups there will be.
    let held = direct(connection, account_id, user).await?;
    let locked = groups::lock_all(connection, account_id, &held).await?;
    leave_all(connection, account_id, user, &locked, actor).await
}
