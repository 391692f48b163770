//! The table `group_members`.

use std::collections::HashSet;

use diesel::{
    ExpressionMethods, Insertable, IntoSql, QueryDsl, QueryResult,
    dsl::not,
    sql_types::{Array, BigInt, SingleValue, SmallInt, Text, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use proto::group::v1::MemberType;
use uuid::Uuid;

use crate::{filter::Condition, fragment::among, schema::group_members};

diesel::define_sql_function! {
    /// The elements of an array as rows; two side by side go in step.
    fn unnest<T: SingleValue>(elements: Array<T>) -> T;
}

/// A member of a group, as a read needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    pub group_id: Uuid,
    pub member_id: Uuid,
    pub member_type: MemberType,
}

/// Members to insert into one group.
#[derive(Debug)]
pub(crate) struct NewMembers<'a> {
    pub account_id: i64,
    pub group_id: Uuid,
    /// The members in order, and what each is.
    pub members: &'a [(Uuid, MemberType)],
    /// Who adds them: `scim` or `manual`.
    pub source: &'static str,
}

/// The members of all the groups, each group's in the order they were added.
pub(crate) async fn list(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    groups: &[Uuid],
) -> QueryResult<Vec<Row>> {
    let rows: Vec<(Uuid, Uuid, i16)> = group_members::table
        .filter(group_members::account_id.eq(account_id))
        .filter(among("group_members.group_id", groups))
        .order_by((group_members::group_id, group_members::position))
        .select((
            group_members::group_id,
            group_members::member_id,
            group_members::member_type,
        ))
        .load(connection)
        .await?;
    let rows = rows.into_iter().map(|(group_id, member_id, number)| Row {
        group_id,
        member_id,
        member_type: MemberType::try_from(i32::from(number)).unwrap_or_default(),
    });
    Ok(rows.collect())
}

/// The ids of all members of one group.
pub(crate) async fn ids(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    group: Uuid,
) -> QueryResult<HashSet<Uuid>> {
    let rows: Vec<Uuid> = group_members::table
        .filter(group_members::account_id.eq(account_id))
        .filter(group_members::group_id.eq(group))
        .select(group_members::member_id)
        .load(connection)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Inserts those that are not members yet, and returns how many that were.
pub(crate) async fn insert(
    connection: &mut AsyncPgConnection,
    new: &NewMembers<'_>,
) -> QueryResult<usize> {
    let (ids, types): (Vec<Uuid>, Vec<i16>) = new
        .members
        .iter()
        .map(|(id, member_type)| (*id, number(*member_type)))
        .unzip();
    diesel::select((
        new.account_id.into_sql::<BigInt>(),
        new.group_id.into_sql::<SqlUuid>(),
        unnest::<SqlUuid, _>(ids),
        unnest::<SmallInt, _>(types),
        new.source.into_sql::<Text>(),
    ))
    .insert_into(group_members::table)
    .into_columns((
        group_members::account_id,
        group_members::group_id,
        group_members::member_id,
        group_members::member_type,
        group_members::source,
    ))
    .on_conflict_do_nothing()
    .execute(connection)
    .await
}

/// Deletes those that are members, and returns how many that were.
pub(crate) async fn delete(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    group: Uuid,
    ids: &[Uuid],
) -> QueryResult<usize> {
    diesel::delete(group_members::table)
        .filter(group_members::account_id.eq(account_id))
        .filter(group_members::group_id.eq(group))
        .filter(among("group_members.member_id", ids))
        .execute(connection)
        .await
}

/// Deletes the members that match, but for some, and returns how many that were.
pub(crate) async fn delete_matching(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    group: Uuid,
    condition: Condition,
    kept: &[Uuid],
) -> QueryResult<usize> {
    diesel::delete(group_members::table)
        .filter(group_members::account_id.eq(account_id))
        .filter(group_members::group_id.eq(group))
        .filter(condition)
        .filter(not(among("group_members.member_id", kept)))
        .execute(connection)
        .await
}

/// Deletes every member of a group, and returns how many that were.
pub(crate) async fn clear(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    group: Uuid,
) -> QueryResult<usize> {
    diesel::delete(group_members::table)
        .filter(group_members::account_id.eq(account_id))
        .filter(group_members::group_id.eq(group))
        .execute(connection)
        .await
}

fn number(member_type: MemberType) -> i16 {
    match member_type {
        MemberType::Group => 2,
        MemberType::User | MemberType::Unspecified => 1,
    }
}
