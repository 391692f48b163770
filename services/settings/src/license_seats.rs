//! The licence types an account may use and the seats of each, and every query on them.

use diesel::{ExpressionMethods, Insertable, QueryDsl, QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Deserialize;

use crate::{error::Error, schema::license_seats};

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct LicenseSeats {
    pub(crate) license_type: String,
    pub(crate) total: Option<i64>,
}

#[derive(Insertable)]
#[diesel(table_name = license_seats)]
struct Row<'a> {
    account_id: i64,
    license_type: &'a str,
    total: Option<i64>,
}

pub(crate) async fn insert(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    seats: &[LicenseSeats],
) -> QueryResult<()> {
    let rows: Vec<_> = seats
        .iter()
        .map(|seats| Row {
            account_id,
            license_type: &seats.license_type,
            total: seats.total,
        })
        .collect();
    diesel::insert_into(license_seats::table)
        .values(rows)
        .execute(connection)
        .await?;
    Ok(())
}

pub(crate) async fn update(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    seats: &LicenseSeats,
) -> QueryResult<()> {
    diesel::update(license_seats::table.find((account_id, &seats.license_type)))
        .set(license_seats::total.eq(seats.total))
        .execute(connection)
        .await?;
    Ok(())
}

/// The seats of a new account: those given, or all types without limit.
pub(crate) fn of_new_account(
    types: &[String],
    given: Vec<LicenseSeats>,
) -> Result<Vec<LicenseSeats>, Error> {
    if given.is_empty() {
        let unlimited = |license_type: &String| LicenseSeats {
            license_type: license_type.clone(),
            total: None,
        };
        return Ok(types.iter().map(unlimited).collect());
    }
    for (place, seats) in given.iter().enumerate() {
        check_total(seats)?;
        let is_repeated = given[..place]
            .iter()
            .any(|earlier| earlier.license_type == seats.license_type);
        if is_repeated || !types.contains(&seats.license_type) {
            return Err(unknown_type(types.iter()));
        }
    }
    Ok(given)
}

pub(crate) fn check_total(seats: &LicenseSeats) -> Result<(), Error> {
    match seats.total {
        Some(..0) => Err(Error::invalid("total must not be negative")),
        _ => Ok(()),
    }
}

/// The seats of a type: it must be one of this system and of the account's plan.
pub(crate) fn of_type<'a>(
    types: &[String],
    seats: &'a [LicenseSeats],
    license_type: &str,
) -> Result<&'a LicenseSeats, Error> {
    let mut known = seats
        .iter()
        .filter(|seats| types.contains(&seats.license_type));
    let found = known
        .clone()
        .find(|seats| seats.license_type == license_type);
    found.ok_or_else(|| unknown_type(known.by_ref().map(|seats| &seats.license_type)))
}

fn unknown_type<'a>(known: impl Iterator<Item = &'a String>) -> Error {
    let known: Vec<_> = known.map(String::as_str).collect();
    Error::InvalidValue(format!("license_type must be one of {}", known.join(", ")))
}

#[cfg(test)]
mod tests;
