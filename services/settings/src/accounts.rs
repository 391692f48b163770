//! The rows of `accounts` and `license_seats`, and every query on them.

use chrono::{DateTime, Utc};
use diesel::{
    AsChangeset, ExpressionMethods, Insertable, IntoSql, QueryDsl, QueryResult, Queryable,
    Selectable, SelectableHelper, sql_types,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::schema::{accounts, license_seats};

#[diesel::declare_sql_function]
extern "SQL" {
    fn date_trunc(unit: sql_types::Text, at: sql_types::Timestamptz) -> sql_types::Timestamptz;
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = accounts)]
pub(crate) struct Account {
    pub(crate) account_id: i64,
    pub(crate) name: String,
    pub(crate) plan: String,
    #[diesel(embed)]
    pub(crate) scim_configuration: ScimConfiguration,
    #[diesel(embed)]
    pub(crate) options: Options,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = accounts)]
pub(crate) struct NewAccount {
    pub(crate) account_id: i64,
    pub(crate) name: String,
    pub(crate) plan: String,
}

#[derive(Debug, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = accounts)]
pub(crate) struct ScimConfiguration {
    pub(crate) scim_enabled: bool,
    pub(crate) manual_updates_allowed: bool,
    pub(crate) scim_controlled_license_type: bool,
}

#[derive(Debug, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = accounts)]
pub(crate) struct Options {
    pub(crate) email_user_names: bool,
    pub(crate) license_on_redemption: bool,
    pub(crate) default_license_type: String,
    pub(crate) allow_admin_lockout: bool,
    pub(crate) strict: bool,
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = license_seats)]
pub(crate) struct LicenseSeats {
    pub(crate) license_type: String,
    pub(crate) total: Option<i64>,
}

pub(crate) async fn find(
    connection: &mut AsyncPgConnection,
    account_id: i64,
) -> QueryResult<Account> {
    accounts::table
        .find(account_id)
        .select(Account::as_select())
        .first(connection)
        .await
}

/// As [`find`], holding the row until the transaction ends.
pub(crate) async fn lock(
    connection: &mut AsyncPgConnection,
    account_id: i64,
) -> QueryResult<Account> {
    accounts::table
        .find(account_id)
        .select(Account::as_select())
        .for_update()
        .first(connection)
        .await
}

/// Inserts an account with unlimited seats of each licence type.
pub(crate) async fn insert(
    connection: &mut AsyncPgConnection,
    account: NewAccount,
    license_types: &[String],
) -> QueryResult<()> {
    let seats: Vec<_> = license_types
        .iter()
        .map(|license_type| {
            (
                license_seats::account_id.eq(account.account_id),
                license_seats::license_type.eq(license_type),
            )
        })
        .collect();
    diesel::insert_into(accounts::table)
        .values(account)
        .execute(connection)
        .await?;
    diesel::insert_into(license_seats::table)
        .values(seats)
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

/// The seats of each licence type the account may use, by type.
pub(crate) async fn seats(
    connection: &mut AsyncPgConnection,
    account_id: i64,
) -> QueryResult<Vec<LicenseSeats>> {
    license_seats::table
        .filter(license_seats::account_id.eq(account_id))
        .order(license_seats::license_type)
        .select(LicenseSeats::as_select())
        .load(connection)
        .await
}

/// The time of the transaction, no finer than what callers see.
#[diesel::dsl::auto_type]
fn now() -> _ {
    date_trunc(
        "milliseconds",
        diesel::dsl::now.into_sql::<sql_types::Timestamptz>(),
    )
}
