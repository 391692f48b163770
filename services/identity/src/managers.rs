//! Managers (RFC 7643 section 4.3): their names, which those who report to them show, and what becomes of these
//! when a manager goes.

use std::collections::{BTreeSet, HashMap};

use diesel::{
    dsl::{AsSelect, SqlTypeOf},
    pg::Pg,
    prelude::*,
    query_builder::{Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Jsonb, Uuid as UuidType},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use directory::id;
use proto::protocol::v1::Actor;
use scim::{Map, definitions::ENTERPRISE_URN, schema::ResourceType, search::search_form};
use serde_json::{Value, json};
use storage::{
    changes::{self, Details, Entry},
    postgres::{among, statement},
};
use uuid::Uuid;

use crate::{
    schema::users,
    users::{self as rows, User},
};

#[cfg(test)]
mod tests;

/// How many reports lose their manager by one statement.
const BATCH: usize = 1000;

/// The name of the manager of a row of `users` in the form of comparison, as [`Names`] has it.
pub(crate) const NAME: &str = "(SELECT coalesce(manager.search ->> 'displayName', \
    manager.search -> 'name' ->> 'formatted', nullif(concat_ws(' ', manager.search -> 'name' ->> 'givenName', \
    manager.search -> 'name' ->> 'familyName'), '')) COLLATE \"C\" FROM users AS manager \
    WHERE manager.account_id = users.account_id AND manager.id = users.manager_id)";

/// The `manager.value` of a canonical resource.
pub(crate) fn value(resource: &Map) -> Option<&str> {
    resource
        .get(ENTERPRISE_URN)?
        .get("manager")?
        .get("value")?
        .as_str()
}

/// Drops `manager.$ref` where the value is one of our ids: whoever shows the user knows the place, and what was shown
/// must not become a change when it is sent back (R-PUT-12).
pub(crate) fn forget_place(resource: &mut Map) {
    if value(resource).and_then(id::parse).is_none() {
        return;
    }
    let extension = resource.get_mut(ENTERPRISE_URN);
    if let Some(Value::Object(manager)) = extension.and_then(|it| it.get_mut("manager")) {
        manager.shift_remove("$ref");
    }
}

/// The user that a manager without `value` refers to by its `$ref`, `…/Users/{id}`.
pub(crate) fn id_in_place(resource: &Map) -> Option<Uuid> {
    let manager = resource.get(ENTERPRISE_URN)?.get("manager")?;
    let (before, last) = manager.get("$ref")?.as_str()?.rsplit_once('/')?;
    let is_user = before == "Users" || before.ends_with("/Users");
    id::parse(last).filter(|_| is_user && manager.get("value").is_none())
}

/// Gives the manager of a canonical resource this value, and no place of its own.
pub(crate) fn set(resource: &mut Map, id: Uuid) {
    let extension = resource.get_mut(ENTERPRISE_URN);
    if let Some(Value::Object(manager)) = extension.and_then(|it| it.get_mut("manager")) {
        manager.insert("value".to_owned(), json!(id.to_string()));
        manager.shift_remove("$ref");
    }
}

/// Adds `manager.displayName` to users that are about to be shown (R-ENT-02): one statement, and none if nobody
/// has a manager.
pub(crate) async fn add_names(
    connection: &AsyncPgConnection,
    account_id: i64,
    users: &mut [User],
) -> QueryResult<()> {
    let of = |user: &User| id::parse(value(user.resource.as_object()?)?);
    let ids: BTreeSet<Uuid> = users.iter().filter_map(of).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let names = find_names(connection, account_id, &ids).await?;
    for user in users {
        if let Some(name) = of(user).and_then(|id| names.get(&id)) {
            user.resource[ENTERPRISE_URN]["manager"]["displayName"] = json!(name);
        }
    }
    Ok(())
}

/// What users are called: by `displayName`, else `name.formatted`, else given and family name. Whoever has none
/// of them is left out: a user name is no name to show to others.
async fn find_names(
    mut connection: &AsyncPgConnection,
    account_id: i64,
    ids: &[Uuid],
) -> QueryResult<HashMap<Uuid, String>> {
    let part = |part| {
        let name = users::resource.retrieve_as_object("name");
        name.retrieve_as_text(part).nullable()
    };
    type Row = (
        Uuid,
        Option<String>,
        Option<String>,
        Option<String>,
        Option<String>,
    );
    let rows: Vec<Row> = users::table
        .filter(users::account_id.eq(account_id))
        .filter(among(users::id, ids))
        .select((
            users::id,
            users::resource.retrieve_as_text("displayName").nullable(),
            part("formatted"),
            part("givenName"),
            part("familyName"),
        ))
        .load(&mut connection)
        .await?;
    let name = |(id, display_name, formatted, given, family): Row| {
        let parts: Vec<String> = [given, family].into_iter().flatten().collect();
        let joined = (!parts.is_empty()).then(|| parts.join(" "));
        Some((id, display_name.or(formatted).or(joined)?))
    };
    Ok(rows.into_iter().filter_map(name).collect())
}

/// Whether there is such a user, who then stays until the transaction ends. The lock is in nobody's way but that of
/// a deletion, and of a change of the user name.
pub(crate) async fn keep(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    id: Uuid,
) -> QueryResult<bool> {
    let found = users::table
        .find((account_id, id))
        .select(users::id)
        .for_key_share()
        .first::<Uuid>(connection)
        .await
        .optional()?;
    Ok(found.is_some())
}

/// A user who is to be deleted and those who report to it, locked: in order of id, so that no two of these
/// deadlock, be they each other's managers.
pub(crate) async fn lock_with_reports(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    id: Uuid,
) -> QueryResult<Vec<User>> {
    let query = || with_reports(account_id, id);
    // Whoever has the user kept (see `keep`) may have become a report while this waited: only the second statement
    // sees that, and from the first on nobody else can.
    query().execute(connection).await?;
    query().load(connection).await
}

fn with_reports(
    account_id: i64,
    id: Uuid,
) -> impl Query<SqlType = SqlTypeOf<AsSelect<User, Pg>>> + QueryFragment<Pg> + QueryId + Send {
    users::table
        .filter(users::account_id.eq(account_id))
        .filter(users::id.eq(id).or(users::manager_id.eq(id)))
        .order(users::id)
        .select(User::as_select())
        .for_update()
}

/// Takes the manager from locked users, each with its entry in the change log.
pub(crate) async fn remove(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    user_type: &ResourceType,
    reports: Vec<User>,
    actor: &Actor,
) -> QueryResult<()> {
    let mut reports = reports.into_iter().peekable();
    while reports.peek().is_some() {
        let batch: Vec<User> = reports.by_ref().take(BATCH).collect();
        remove_batch(connection, account_id, user_type, batch, actor).await?;
    }
    Ok(())
}

async fn remove_batch(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    user_type: &ResourceType,
    reports: Vec<User>,
    actor: &Actor,
) -> QueryResult<()> {
    let ids: Vec<Uuid> = reports.iter().map(|report| report.id).collect();
    let resources = reports.into_iter();
    let resources: Vec<Map> = resources
        .map(|report| without(report.into_state().resource))
        .collect();
    let changed = [format!("{ENTERPRISE_URN}:manager")];
    let texts: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    let entries = texts.iter().zip(&resources).map(|(id, resource)| Entry {
        account_id,
        kind: "user.updated",
        resource_id: id,
        name: rows::name(resource),
        changed_attributes: &changed,
        details: Details::default(),
        actor,
    });
    let entries: Vec<Entry<'_>> = entries.collect();
    let searches = resources.iter();
    let searches = searches.map(|resource| Value::Object(search_form(user_type, resource)));
    let searches: Vec<Value> = searches.collect();
    let rewritten: Vec<Value> = resources.iter().cloned().map(Value::Object).collect();
    statement(
        "UPDATE users SET resource = new.resource, search = new.search, version = users.version + 1,
             updated_at = greatest(users.updated_at, date_trunc('milliseconds', now()))
         FROM unnest($2, $3, $4) AS new (id, resource, search)
         WHERE users.account_id = $1 AND users.id = new.id",
    )
    .bind::<BigInt, _>(account_id)
    .bind::<Array<UuidType>, _>(&ids)
    .bind::<Array<Jsonb>, _>(rewritten)
    .bind::<Array<Jsonb>, _>(searches)
    .execute(connection)
    .await?;
    changes::record_all(connection, &entries).await
}

/// A canonical resource without its manager.
fn without(mut resource: Map) -> Map {
    if let Some(Value::Object(extension)) = resource.get_mut(ENTERPRISE_URN) {
        extension.shift_remove("manager");
        if extension.is_empty() {
            resource.shift_remove(ENTERPRISE_URN);
        }
    }
    resource
}
