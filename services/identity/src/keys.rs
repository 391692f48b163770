//! The values that must be unique (R-ATTR-14), guarded by the primary key of `resource_keys`: of two that race
//! for one, the other is refused.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use scim::unique::Key;

use crate::{error::Error, resources::Name, schema::resource_keys};

/// The most bytes of a key: an index entry has to fit a third of a page.
const MAX_BYTES: usize = 1024;

/// Lets a locked or new resource have these keys and no others. They are in order, so that no two writers that
/// want the same ones wait for each other. What is stored is looked at, and not what the resource was, since an
/// attribute may not have been unique when that was written.
///
/// # Errors
/// Another resource of the type has one of the values; one is too long.
pub(crate) async fn exchange(
    connection: &mut AsyncPgConnection,
    name: Name<'_>,
    keys: &[Key],
) -> Result<(), Error> {
    if let Some(key) = keys.iter().find(|key| key.text.len() > MAX_BYTES) {
        return Err(Error::InvalidValue(format!(
            "{} must not be longer than {MAX_BYTES} bytes",
            key.attribute
        )));
    }
    let stored: Vec<(String, String)> = resource_keys::table
        .filter(resource_keys::account_id.eq(name.account_id))
        .filter(resource_keys::resource_type.eq(name.resource_type))
        .filter(resource_keys::resource_id.eq(name.id))
        .select((resource_keys::attribute, resource_keys::key))
        .load(connection)
        .await?;
    let stored: BTreeSet<Key> = stored
        .into_iter()
        .map(|(attribute, text)| Key { attribute, text })
        .collect();
    if stored.iter().all(|key| keys.contains(key)) {
        let missing = keys.iter().filter(|key| !stored.contains(key));
        return insert(connection, name, missing.collect()).await;
    }
    delete(connection, name).await?;
    insert(connection, name, keys.iter().collect()).await
}

/// Deletes the keys of a locked resource.
pub(crate) async fn delete(
    connection: &mut AsyncPgConnection,
    name: Name<'_>,
) -> QueryResult<usize> {
    let own = resource_keys::table
        .filter(resource_keys::account_id.eq(name.account_id))
        .filter(resource_keys::resource_type.eq(name.resource_type))
        .filter(resource_keys::resource_id.eq(name.id));
    diesel::delete(own).execute(connection).await
}

/// Holds a value of an attribute until the transaction ends: whoever else wants to hold it waits. For a value that is
/// unique at an account's wish only, of which there may be two from before; so nothing of it is kept. A key that is
/// inserted and deleted makes others wait on every engine and node, which an advisory lock does not.
pub(crate) async fn hold(
    connection: &mut AsyncPgConnection,
    name: Name<'_>,
    attribute: &str,
    value: &str,
) -> QueryResult<()> {
    diesel::insert_into(resource_keys::table)
        .values((
            resource_keys::account_id.eq(name.account_id),
            resource_keys::resource_type.eq(name.resource_type),
            resource_keys::attribute.eq(attribute),
            resource_keys::key.eq(value),
            resource_keys::resource_id.eq(name.id),
        ))
        .on_conflict_do_nothing()
        .execute(connection)
        .await?;
    let key = (name.account_id, name.resource_type, attribute, value);
    diesel::delete(resource_keys::table.find(key))
        .execute(connection)
        .await
        .map(drop)
}

async fn insert(
    connection: &mut AsyncPgConnection,
    name: Name<'_>,
    keys: Vec<&Key>,
) -> Result<(), Error> {
    if keys.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = keys
        .iter()
        .map(|key| {
            (
                resource_keys::account_id.eq(name.account_id),
                resource_keys::resource_type.eq(name.resource_type),
                resource_keys::attribute.eq(&key.attribute),
                resource_keys::key.eq(&key.text),
                resource_keys::resource_id.eq(name.id),
            )
        })
        .collect();
    let inserted: Vec<(String, String)> = diesel::insert_into(resource_keys::table)
        .values(rows)
        .on_conflict_do_nothing()
        .returning((resource_keys::attribute, resource_keys::key))
        .get_results(connection)
        .await?;
    let is_taken = |key: &&&Key| {
        let mut inserted = inserted.iter();
        !inserted.any(|(attribute, text)| *attribute == key.attribute && *text == key.text)
    };
    match keys.iter().find(is_taken) {
        None => Ok(()),
        Some(key) => Err(Error::ValueTaken(key.attribute.clone())),
    }
}
