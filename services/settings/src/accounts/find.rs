//! An account with all that hangs on it, in one statement: it is read before every SCIM request.

use std::ops::Deref;

use chrono::{DateTime, Utc};
use diesel::{
    QueryResult,
    deserialize::{self, FromSql, FromSqlRow},
    pg::{Pg, PgValue},
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{BigInt, Bool, Json, Text, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _},
};

use super::Account;

#[cfg(test)]
mod tests;

/// The columns of an account itself. Written out, since Diesel does not keep statements with raw parts
/// prepared, which costs a second round trip each time.
const ACCOUNT: &str = "\
    SELECT account_id, name, plan, \
           scim_enabled, manual_updates_allowed, scim_controlled_license_type, \
           email_user_names, license_on_redemption, default_license_type, allow_admin_lockout, strict, \
           unique_external_id, protect_permission_groups, \
           ip_restrictions_enabled, created_at, updated_at";

/// What hangs on an account, each as a sub-select that ends where the account is to be named.
const LISTS: [&str; 3] = [
    "(SELECT coalesce(json_agg(json_build_object('license_type', license_type, 'total', total) \
                               ORDER BY license_type), '[]') \
      FROM license_seats WHERE license_seats.account_id = ",
    "(SELECT coalesce(json_agg(json_build_object('id', id, 'license_type', license_type, \
                                                 'sso_groups', sso_groups, \
                                                 'created_at', created_at, \
                                                 'updated_at', updated_at) ORDER BY id), '[]') \
      FROM license_maps WHERE license_maps.account_id = ",
    "(SELECT coalesce(json_agg(json_build_object('id', id, 'name', name, 'allows', allows, \
                                                 'cidrs', cidrs, 'description', description, \
                                                 'created_at', created_at, \
                                                 'updated_at', updated_at) ORDER BY id), '[]') \
      FROM ip_rules WHERE ip_rules.account_id = ",
];

pub(crate) async fn find(
    connection: &mut AsyncPgConnection,
    account_id: i64,
) -> QueryResult<Account> {
    Find { account_id }.get_result(connection).await
}

/// The accounts after one, by id.
pub(crate) async fn find_after(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    limit: i64,
) -> QueryResult<Vec<Account>> {
    FindAfter { account_id, limit }
        .get_results(connection)
        .await
}

/// The columns, in the order of the fields of [`Account`].
type Columns = (
    BigInt,
    Text,
    Text,
    (Bool, Bool, Bool),
    (Bool, Bool, Text, Bool, Bool, Bool, Bool),
    Bool,
    Timestamptz,
    Timestamptz,
    Json,
    Json,
    Json,
);

#[derive(QueryId)]
struct Find {
    account_id: i64,
}

impl Query for Find {
    type SqlType = Columns;
}

impl QueryFragment<Pg> for Find {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // Each sub-select names the account itself: were it left to the join, a distributed PostgreSQL would
        // ask all of its nodes.
        columns(&mut out, |out| {
            out.push_bind_param::<BigInt, _>(&self.account_id)
        })?;
        out.push_sql(" FROM accounts WHERE account_id = ");
        out.push_bind_param::<BigInt, _>(&self.account_id)
    }
}

fn columns<'b>(
    out: &mut AstPass<'_, 'b, Pg>,
    account: impl Fn(&mut AstPass<'_, 'b, Pg>) -> QueryResult<()>,
) -> QueryResult<()> {
    out.push_sql(ACCOUNT);
    for list in LISTS {
        out.push_sql(", ");
        out.push_sql(list);
        account(out)?;
        out.push_sql(")");
    }
    Ok(())
}

#[derive(QueryId)]
struct FindAfter {
    account_id: i64,
    limit: i64,
}

impl Query for FindAfter {
    type SqlType = Columns;
}

impl QueryFragment<Pg> for FindAfter {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        columns(&mut out, |out| {
            out.push_sql("accounts.account_id");
            Ok(())
        })?;
        out.push_sql(" FROM accounts WHERE account_id > ");
        out.push_bind_param::<BigInt, _>(&self.account_id)?;
        out.push_sql(" ORDER BY account_id LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.limit)
    }
}

/// Rows of another table, as the database's JSON has them.
#[derive(Debug, FromSqlRow)]
pub(crate) struct List<T>(pub(crate) Vec<T>);

/// Reads an instant as the database's JSON has it.
pub(crate) fn instant<'de, D: Deserializer<'de>>(from: D) -> Result<DateTime<Utc>, D::Error> {
    let text = <&str>::deserialize(from)?;
    let instant = DateTime::parse_from_rfc3339(text).map_err(D::Error::custom)?;
    Ok(instant.to_utc())
}

impl<T: DeserializeOwned> FromSql<Json, Pg> for List<T> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<List<T>> {
        Ok(List(serde_json::from_slice(value.as_bytes())?))
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}
