//! The statement by which members join a group that may have some of them.

use diesel::{
    QueryResult,
    pg::Pg,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, SmallInt, Text, Uuid as SqlUuid},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{Moved, NewMembers, moved};
use storage::postgres::SHORT;

/// Inserts those that are not members yet, and returns them. What SCIM names is SCIM's from then on, and
/// what is named by hand is no longer there by a mapping or by default only.
pub(crate) async fn join(
    connection: &mut AsyncPgConnection,
    new: &NewMembers<'_>,
) -> QueryResult<Moved> {
    let (ids, types) = new.columns();
    let join = Join {
        account_id: new.account_id,
        group_id: new.group_id,
        ids,
        types,
        source: new.source.as_str(),
    };
    join.get_results(connection).await.map(moved)
}

#[derive(Debug)]
struct Join {
    account_id: i64,
    group_id: Uuid,
    ids: Vec<Uuid>,
    types: Vec<i16>,
    source: &'static str,
}

impl QueryFragment<Pg> for Join {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("with named as (select * from unnest(");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SmallInt>, _>(&self.types)?;
        out.push_sql(") as named (id, type)), firmer as (update group_members set source = ");
        out.push_bind_param::<Text, _>(self.source)?;
        out.push_sql(" from named where account_id = ");
        out.push_bind_param::<BigInt, _>(&self.account_id)?;
        out.push_sql(" and group_id = ");
        out.push_bind_param::<SqlUuid, _>(&self.group_id)?;
        out.push_sql(" and member_id = named.id and source not in ('scim', ");
        out.push_bind_param::<Text, _>(self.source)?;
        out.push_sql(") and ");
        out.push_bind_param::<Text, _>(self.source)?;
        out.push_sql(
            " in ('scim', 'manual')) \
             insert into group_members (account_id, group_id, member_id, member_type, source) select ",
        );
        out.push_bind_param::<BigInt, _>(&self.account_id)?;
        out.push_sql(", ");
        out.push_bind_param::<SqlUuid, _>(&self.group_id)?;
        out.push_sql(", id, type, ");
        out.push_bind_param::<Text, _>(self.source)?;
        out.push_sql(" from named on conflict do nothing returning member_id, member_type");
        // As for any long list: it must be planned with the list at hand.
        if self.ids.len() > SHORT {
            out.unsafe_to_cache_prepared();
        }
        Ok(())
    }
}

impl QueryId for Join {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Join {
    type SqlType = (SqlUuid, SmallInt);
}
