//! The rows of `accounts` and every query on them. An account is read with its licence seats, licence maps
//! and IP rules.

mod find;

use chrono::{DateTime, Utc};
use diesel::{
    AsChangeset, ExpressionMethods, Insertable, IntoSql, QueryDsl, QueryResult, Queryable,
    sql_types,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use self::find::List;
pub(crate) use self::find::{find, find_after, instant};
use crate::{
    ip_rules::IpRule, license_maps::LicenseMap, license_seats::LicenseSeats, schema::accounts,
};

#[diesel::declare_sql_function]
extern "SQL" {
    fn date_trunc(unit: sql_types::Text, at: sql_types::Timestamptz) -> sql_types::Timestamptz;
}

/// The order of the fields is that of the columns in [`find`].
#[derive(Debug, Queryable)]
pub(crate) struct Account {
    pub(crate) account_id: i64,
    pub(crate) name: String,
    pub(crate) plan: String,
    pub(crate) scim_configuration: ScimConfiguration,
    pub(crate) options: Options,
    pub(crate) ip_restrictions_enabled: bool,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    /// By type.
    pub(crate) license_seats: List<LicenseSeats>,
    /// By id.
    pub(crate) license_maps: List<LicenseMap>,
    /// By id.
    pub(crate) ip_rules: List<IpRule>,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = accounts)]
pub(crate) struct NewAccount {
    pub(crate) account_id: i64,
    pub(crate) name: String,
    pub(crate) plan: String,
}

#[derive(Debug, Clone, Copy, Queryable, AsChangeset)]
#[diesel(table_name = accounts)]
pub(crate) struct ScimConfiguration {
    pub(crate) scim_enabled: bool,
    pub(crate) manual_updates_allowed: bool,
    pub(crate) scim_controlled_license_type: bool,
}

#[derive(Debug, Clone, Queryable, AsChangeset)]
#[diesel(table_name = accounts)]
pub(crate) struct Options {
    pub(crate) email_user_names: bool,
    pub(crate) license_on_redemption: bool,
    pub(crate) default_license_type: String,
    pub(crate) allow_admin_lockout: bool,
    pub(crate) strict: bool,
    pub(crate) unique_external_id: bool,
    pub(crate) protect_permission_groups: bool,
}

/// As [`find`], holding the account until the transaction ends. What hangs on an account changes under
/// this lock alone.
pub(crate) async fn lock(
    connection: &mut AsyncPgConnection,
    account_id: i64,
) -> QueryResult<Account> {
    accounts::table
        .find(account_id)
        .select(accounts::account_id)
        .for_update()
        .first::<i64>(connection)
        .await?;
    // A statement of its own: the one that waits for the lock sees what was there before it waited.
    find(connection, account_id).await
}

/// Inserts an account, unless there is one with its id; waits for a transaction that is making it.
pub(crate) async fn insert(
    connection: &mut AsyncPgConnection,
    account: NewAccount,
) -> QueryResult<bool> {
    let inserted = diesel::insert_into(accounts::table)
        .values(account)
        .on_conflict_do_nothing()
        .execute(connection)
        .await?;
    Ok(inserted > 0)
}

pub(crate) async fn update(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    (name, plan): (&str, &str),
) -> QueryResult<()> {
    diesel::update(accounts::table.find(account_id))
        .set((
            accounts::name.eq(name),
            accounts::plan.eq(plan),
            accounts::updated_at.eq(now()),
        ))
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn update_scim_configuration(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    configuration: &ScimConfiguration,
) -> QueryResult<()> {
    diesel::update(accounts::table.find(account_id))
        .set((configuration, accounts::updated_at.eq(now())))
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn update_options(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    options: &Options,
) -> QueryResult<()> {
    diesel::update(accounts::table.find(account_id))
        .set((options, accounts::updated_at.eq(now())))
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn update_ip_restrictions_enabled(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    enabled: bool,
) -> QueryResult<()> {
    diesel::update(accounts::table.find(account_id))
        .set((
            accounts::ip_restrictions_enabled.eq(enabled),
            accounts::updated_at.eq(now()),
        ))
        .execute(connection)
        .await?;
    Ok(())
}

/// Says that something that hangs on the account has changed.
pub(crate) async fn touch(connection: &mut AsyncPgConnection, account_id: i64) -> QueryResult<()> {
    diesel::update(accounts::table.find(account_id))
        .set(accounts::updated_at.eq(now()))
        .execute(connection)
        .await?;
    Ok(())
}

/// The time of the transaction, no finer than what callers see.
#[diesel::dsl::auto_type]
pub(crate) fn now() -> _ {
    date_trunc(
        "milliseconds",
        diesel::dsl::now.into_sql::<sql_types::Timestamptz>(),
    )
}
