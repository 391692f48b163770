//! Putting one user into groups and out of them, as sign-ins, deactivations and administrators do who look
//! at a user rather than at a group.

use diesel::{
    ExpressionMethods, Insertable, IntoSql, QueryDsl, QueryResult, QueryableByName,
    sql_types::{Array, BigInt, Bool, SmallInt, Text, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use proto::protocol::v1::Actor;
use storage::postgres::{among, statement};
use uuid::Uuid;

use crate::{
    administrators::{self, Administrators},
    error::Error,
    groups::{self, Group},
    members::{Source, unnest},
    memberships::{self, Step},
    schema::group_members,
};

/// The number of a user among the member types.
const USER: i16 = 1;

/// Why users are in groups that they leave when they are deactivated (rule 7).
const PLACED: [Source; 2] = [Source::Default, Source::Sso];

/// A group that a user is a member of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub group: Uuid,
    pub source: Source,
}

/// The groups that a user is a member of itself.
pub(crate) async fn places(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    user: Uuid,
) -> QueryResult<Vec<Place>> {
    let rows: Vec<(Uuid, String)> = group_members::table
        .filter(group_members::account_id.eq(account_id))
        .filter(group_members::member_id.eq(user))
        .select((group_members::group_id, group_members::source))
        .load(connection)
        .await?;
    let places = rows.into_iter().map(|(group, source)| Place {
        group,
        source: Source::of(&source),
    });
    Ok(places.collect())
}

/// Whether any of the users is in a group by default or by a mapping.
pub(crate) async fn is_any_placed(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    users: &[Uuid],
) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        found: bool,
    }
    // `offset 0`: as in `memberships`.
    let row: Row = statement(
        "select exists (
            select 1 from unnest($2) as asked (id)
            cross join lateral (
                select source from group_members where account_id = $1 and member_id = asked.id offset 0
            ) as place
            where place.source = any($3)
        ) as found",
    )
    .bind::<BigInt, _>(account_id)
    .bind::<Array<SqlUuid>, _>(users)
    .bind::<Array<Text>, _>(PLACED.map(Source::as_str).as_slice())
    .get_result(connection)
    .await?;
    Ok(row.found)
}

/// Takes a user who is deactivated out of the groups that it is in by default or by a mapping (rule 7).
pub(crate) async fn deactivate(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    user: Uuid,
    actor: &Actor,
    administrators: &Administrators,
) -> Result<(), Error> {
    let places = places(connection, account_id, user).await?;
    let dropped = places.iter().filter(|place| PLACED.contains(&place.source));
    let dropped: Vec<Uuid> = dropped.map(|place| place.group).collect();
    if dropped.is_empty() {
        return Ok(());
    }
    let locked = groups::lock_all(connection, account_id, &dropped).await?;
    let change = Move {
        account_id,
        user,
        joins: &[],
        leaves: &dropped,
        actor,
        administrators,
    };
    change.apply(connection, &locked).await
}

/// A change of the groups that a user is a member of itself.
pub(crate) struct Move<'a> {
    pub account_id: i64,
    pub user: Uuid,
    pub joins: &'a [Place],
    pub leaves: &'a [Uuid],
    pub actor: &'a Actor,
    pub administrators: &'a Administrators,
}

impl Move<'_> {
    /// Applies the change to the groups, of which those that exist are locked; the user must be too.
    pub(crate) async fn apply(
        &self,
        connection: &mut AsyncPgConnection,
        locked: &[Group],
    ) -> Result<(), Error> {
        let left = self.leave(connection).await?;
        let (account_id, actor) = (self.account_id, self.actor);
        let step = Step::Leaves(self.user);
        memberships::moved(connection, account_id, (locked, &left), step, actor).await?;
        let joined = self.join(connection, locked).await?;
        let step = Step::Joins(self.user);
        memberships::moved(connection, account_id, (locked, &joined), step, actor).await?;
        let moved = [left, joined].concat();
        if !moved.is_empty() && administrators::matter(connection, self.account_id, &moved).await? {
            self.administrators.refresh(connection, [self.user]).await?;
        }
        Ok(())
    }

    async fn leave(&self, connection: &mut AsyncPgConnection) -> QueryResult<Vec<Uuid>> {
        if self.leaves.is_empty() {
            return Ok(Vec::new());
        }
        diesel::delete(group_members::table)
            .filter(group_members::account_id.eq(self.account_id))
            .filter(group_members::member_id.eq(self.user))
            .filter(among(group_members::group_id, self.leaves))
            .returning(group_members::group_id)
            .get_results(connection)
            .await
    }

    async fn join(
        &self,
        connection: &mut AsyncPgConnection,
        locked: &[Group],
    ) -> QueryResult<Vec<Uuid>> {
        let exists = |place: &&Place| locked.iter().any(|group| group.id == place.group);
        let (groups, sources): (Vec<Uuid>, Vec<&str>) = self
            .joins
            .iter()
            .filter(exists)
            .map(|place| (place.group, place.source.as_str()))
            .unzip();
        if groups.is_empty() {
            return Ok(groups);
        }
        diesel::select((
            self.account_id.into_sql::<BigInt>(),
            unnest::<SqlUuid, _>(groups),
            self.user.into_sql::<SqlUuid>(),
            USER.into_sql::<SmallInt>(),
            unnest::<Text, _>(sources),
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
        .returning(group_members::group_id)
        .get_results(connection)
        .await
    }
}
