//! The table `group_members`, group by group.

use std::collections::HashMap;

use diesel::{
    BoolExpressionMethods, ExpressionMethods, Insertable, IntoSql, QueryDsl, QueryResult,
    dsl::not,
    sql_types::{Array, BigInt, SingleValue, SmallInt, Text, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use directory::Condition;
use proto::group::v1::MemberType;
use storage::postgres::among;
use uuid::Uuid;

use crate::schema::group_members;

mod join;

pub(crate) use self::join::join;

diesel::define_sql_function! {
    /// The elements of an array as rows; two side by side go in step.
    fn unnest<T: SingleValue>(elements: Array<T>) -> T;
}

/// What a member owes its place in a group to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// A SCIM client named it.
    Scim,
    /// Somebody named it by hand.
    Manual,
    /// The group is one that users join by default.
    Default,
    /// An identity provider group that the group is mapped to.
    Sso,
}

impl Source {
    /// As the table has it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Source::Scim => "scim",
            Source::Manual => "manual",
            Source::Default => "default",
            Source::Sso => "sso",
        }
    }

    /// From what the table has.
    pub(crate) fn of(text: &str) -> Source {
        match text {
            "scim" => Source::Scim,
            "default" => Source::Default,
            "sso" => Source::Sso,
            _ => Source::Manual,
        }
    }
}

/// A member of a group, as a read needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    pub group_id: Uuid,
    pub member_id: Uuid,
    pub member_type: MemberType,
}

/// Those who left or joined a group, and what each is.
pub(crate) type Moved = Vec<(Uuid, MemberType)>;

/// Members to insert into one group.
#[derive(Debug)]
pub(crate) struct NewMembers<'a> {
    pub account_id: i64,
    pub group_id: Uuid,
    /// The members in order, and what each is.
    pub members: &'a [(Uuid, MemberType)],
    /// Who adds them.
    pub source: Source,
}

impl NewMembers<'_> {
    /// The ids and the numbers of the types, side by side.
    fn columns(&self) -> (Vec<Uuid>, Vec<i16>) {
        let members = self.members.iter();
        members
            .map(|(id, member_type)| (*id, number(*member_type)))
            .unzip()
    }
}

/// The members of all the groups, each group's in the order they were added.
pub(crate) async fn list(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    groups: &[Uuid],
) -> QueryResult<Vec<Row>> {
    let rows: Vec<(Uuid, Uuid, i16)> = group_members::table
        .filter(group_members::account_id.eq(account_id))
        .filter(among(group_members::group_id, groups))
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
        member_type: member_type(number),
    });
    Ok(rows.collect())
}

/// The members of one group, each with whether its place would be no firmer by another source.
pub(crate) async fn held(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    group: Uuid,
    source: Source,
) -> QueryResult<HashMap<Uuid, bool>> {
    let is_firm = group_members::source
        .eq(source.as_str())
        .or(group_members::source.eq(Source::Scim.as_str()));
    let rows: Vec<(Uuid, bool)> = group_members::table
        .filter(group_members::account_id.eq(account_id))
        .filter(group_members::group_id.eq(group))
        .select((group_members::member_id, is_firm))
        .load(connection)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Those of the ids that are members of one group, and what each is.
pub(crate) async fn present(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    group: Uuid,
    ids: &[Uuid],
) -> QueryResult<HashMap<Uuid, MemberType>> {
    let rows: Vec<(Uuid, i16)> = group_members::table
        .filter(group_members::account_id.eq(account_id))
        .filter(group_members::group_id.eq(group))
        .filter(among(group_members::member_id, ids))
        .select((group_members::member_id, group_members::member_type))
        .load(connection)
        .await?;
    Ok(moved(rows).into_iter().collect())
}

/// Inserts the members of a group that has none.
pub(crate) async fn insert(
    connection: &mut AsyncPgConnection,
    new: &NewMembers<'_>,
) -> QueryResult<usize> {
    let (ids, types) = new.columns();
    diesel::select((
        new.account_id.into_sql::<BigInt>(),
        new.group_id.into_sql::<SqlUuid>(),
        unnest::<SqlUuid, _>(ids),
        unnest::<SmallInt, _>(types),
        new.source.as_str().into_sql::<Text>(),
    ))
    .insert_into(group_members::table)
    .into_columns((
        group_members::account_id,
        group_members::group_id,
        group_members::member_id,
        group_members::member_type,
        group_members::source,
    ))
    .execute(connection)
    .await
}

/// Deletes those that are members, and returns them.
pub(crate) async fn delete(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    group: Uuid,
    ids: &[Uuid],
) -> QueryResult<Moved> {
    diesel::delete(group_members::table)
        .filter(group_members::account_id.eq(account_id))
        .filter(group_members::group_id.eq(group))
        .filter(among(group_members::member_id, ids))
        .returning((group_members::member_id, group_members::member_type))
        .get_results(connection)
        .await
        .map(moved)
}

/// Deletes the members that match, but for some, and returns them.
pub(crate) async fn delete_matching(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    group: Uuid,
    condition: Condition,
    kept: &[Uuid],
) -> QueryResult<Moved> {
    diesel::delete(group_members::table)
        .filter(group_members::account_id.eq(account_id))
        .filter(group_members::group_id.eq(group))
        .filter(condition)
        .filter(not(among(group_members::member_id, kept)))
        .returning((group_members::member_id, group_members::member_type))
        .get_results(connection)
        .await
        .map(moved)
}

/// Deletes every member of a group, and returns them.
pub(crate) async fn clear(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    group: Uuid,
) -> QueryResult<Moved> {
    diesel::delete(group_members::table)
        .filter(group_members::account_id.eq(account_id))
        .filter(group_members::group_id.eq(group))
        .returning((group_members::member_id, group_members::member_type))
        .get_results(connection)
        .await
        .map(moved)
}

fn moved(rows: Vec<(Uuid, i16)>) -> Moved {
    let rows = rows.into_iter();
    rows.map(|(id, number)| (id, member_type(number))).collect()
}

fn member_type(number: i16) -> MemberType {
    MemberType::try_from(i32::from(number)).unwrap_or_default()
}

fn number(member_type: MemberType) -> i16 {
    match member_type {
        MemberType::Group => 2,
        MemberType::User | MemberType::Unspecified => 1,
    }
}
