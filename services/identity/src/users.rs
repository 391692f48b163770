//! The rows of `users` and every query on them. Each takes the account, and a connection rather than a
//! pool, so that none opens a transaction by accident.

use chrono::{DateTime, Utc};
use diesel::{
    dsl::{AsSelect, SqlTypeOf, now},
    pg::Pg,
    prelude::*,
    query_builder::{Query, QueryFragment, QueryId},
    sql_types::{Nullable, Text, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use directory::{Condition, Page, Rows, Selection};
use scim::{Map, schema::ResourceType, search::search_form, text::fold};
use serde_json::Value;
use storage::{
    changes::{self, Entry, Name},
    page,
    postgres::{IS_FREE, among, taking},
};
use uuid::Uuid;

use crate::{schema::users, words};

#[cfg(test)]
pub(crate) mod tests;

/// A user as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub(crate) struct User {
    pub(crate) account_id: i64,
    pub(crate) id: Uuid,
    license_type: String,
    license_shown: bool,
    licensed: bool,
    pub(crate) scim_managed: bool,
    /// Whether the user administers the account.
    pub(crate) is_admin: bool,
    /// The canonical resource without the licence.
    pub(crate) resource: Value,
    pub(crate) version: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    /// What the admin API calls the user by.
    pub(crate) number: i64,
}

/// What a reference to a user needs.
#[derive(Debug, Queryable)]
pub(crate) struct Reference {
    pub(crate) id: Uuid,
    pub(crate) number: i64,
    pub(crate) user_name: String,
    pub(crate) display_name: Option<String>,
    pub(crate) active: Option<bool>,
}

/// What a write decides of a user.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct State {
    /// The canonical resource without the licence.
    pub(crate) resource: Map,
    pub(crate) license_type: String,
    /// Whether SCIM shows the licence: not once a client has removed the extension.
    pub(crate) license_shown: bool,
    /// Whether the user, when active, holds the licence and a seat.
    pub(crate) licensed: bool,
    pub(crate) scim_managed: bool,
}

/// A state as columns, with what is derived from it for filters and sorting.
#[derive(Debug, Clone, Insertable, AsChangeset)]
#[diesel(table_name = users, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(crate) struct Content {
    user_name_key: String,
    external_id: Option<String>,
    active: Option<bool>,
    display_name_key: Option<String>,
    family_name_key: Option<String>,
    email_keys: Vec<Option<String>>,
    email_text: String,
    license_type: String,
    license_shown: bool,
    licensed: bool,
    scim_managed: bool,
    resource: Value,
    search: Value,
    search_text: String,
}

diesel::define_sql_function! {
    fn date_trunc(field: Text, at: Timestamptz) -> Timestamptz;
}

diesel::define_sql_function! {
    fn greatest(one: Timestamptz, other: Timestamptz) -> Timestamptz;
}

impl User {
    /// The bytes that the user takes on a page.
    fn size(&self) -> usize {
        self.resource.as_object().map_or(0, scim::resource::size)
    }

    /// The `userName` in the form of comparison.
    fn user_name_key(&self) -> String {
        fold(self.resource["userName"].as_str().unwrap_or_default())
    }

    /// What the last write decided.
    pub(crate) fn into_state(self) -> State {
        let resource = match self.resource {
            Value::Object(resource) => resource,
            _ => Map::new(),
        };
        State {
            resource,
            license_type: self.license_type,
            license_shown: self.license_shown,
            licensed: self.licensed,
            scim_managed: self.scim_managed,
        }
    }
}

impl State {
    /// Whether the user may use the product: `active` not stated counts as active.
    pub(crate) fn is_active(&self) -> bool {
        self.resource.get("active") != Some(&Value::Bool(false))
    }

    /// Whether the user takes up a seat of the licence type.
    pub(crate) fn holds_seat(&self) -> bool {
        self.is_active() && self.licensed
    }
}

/// What the change log calls the user of a canonical resource.
pub(crate) fn name(resource: &Map) -> Name<'_> {
    let text = |name| resource.get(name).and_then(Value::as_str);
    Name {
        name: text("userName").unwrap_or_default(),
        display_name: text("displayName").unwrap_or_default(),
    }
}

impl Content {
    pub(crate) fn new(user_type: &ResourceType, state: State) -> Content {
        let resource = state.resource;
        let search = search_form(user_type, &resource);
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let family_name = search.get("name").and_then(|name| name.get("familyName"));
        let emails: Vec<String> = search
            .get("emails")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|email| text(email.get("value")))
            .collect();
        Content {
            user_name_key: text(search.get("userName")).unwrap_or_default(),
            external_id: text(resource.get("externalId")),
            active: resource.get("active").and_then(Value::as_bool),
            display_name_key: text(search.get("displayName")),
            family_name_key: text(family_name),
            search_text: words::text(&resource),
            email_text: emails.join("\n"),
            email_keys: emails.into_iter().map(Some).collect(),
            license_type: state.license_type,
            license_shown: state.license_shown,
            licensed: state.licensed,
            scim_managed: state.scim_managed,
            resource: Value::Object(resource),
            search: Value::Object(search),
        }
    }
}

/// One user.
pub(crate) async fn find(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    id: Uuid,
) -> QueryResult<Option<User>> {
    users::table
        .find((account_id, id))
        .select(User::as_select())
        .first(connection)
        .await
        .optional()
}

/// Those of the ids that there are and that meet a condition, in order, as far as a page goes; and whether any were
/// left.
pub(crate) async fn find_all(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    ids: &[Uuid],
    condition: Condition,
) -> QueryResult<(Vec<User>, bool)> {
    let rows = users::table
        .filter(users::account_id.eq(account_id))
        .filter(among(users::id, ids))
        .filter(condition)
        .order(users::id)
        .select(User::as_select())
        .load_stream(connection)
        .await?;
    page::collect(rows, User::size).await
}

/// The ids of those of the numbers that there are.
pub(crate) async fn find_numbers(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    numbers: &[i64],
) -> QueryResult<Vec<Uuid>> {
    users::table
        .filter(users::account_id.eq(account_id))
        .filter(among(users::number, numbers))
        .select(users::id)
        .load(connection)
        .await
}

/// Which of these user names, in the form of comparison, are taken.
pub(crate) async fn find_names(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    user_name_keys: &[&str],
) -> QueryResult<Vec<String>> {
    users::table
        .filter(users::account_id.eq(account_id))
        .filter(among(users::user_name_key, user_name_keys))
        .select(users::user_name_key)
        .load(connection)
        .await
}

/// As [`find_all`], in short.
pub(crate) async fn find_references(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    ids: &[Uuid],
) -> QueryResult<Vec<Reference>> {
    users::table
        .filter(users::account_id.eq(account_id))
        .filter(among(users::id, ids))
        .select((
            users::id,
            users::number,
            users::resource.retrieve_as_text("userName"),
            users::resource.retrieve_as_text("displayName").nullable(),
            users::active,
        ))
        .load(connection)
        .await
}

/// One user, locked until the transaction ends: against other writers, not against those who only want it to stay.
pub(crate) async fn lock(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    id: Uuid,
) -> QueryResult<Option<User>> {
    users::table
        .find((account_id, id))
        .select(User::as_select())
        .for_no_key_update()
        .first(connection)
        .await
        .optional()
}

/// The user of that `userName`, locked, whom a creation over SCIM means (product rule 4).
pub(crate) async fn lock_namesake(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    user_name_key: &str,
) -> QueryResult<Option<User>> {
    users::table
        .filter(users::account_id.eq(account_id))
        .filter(users::user_name_key.eq(user_name_key))
        .select(User::as_select())
        .for_update()
        .first(connection)
        .await
        .optional()
}

/// Whether another user than this one has the `externalId`.
pub(crate) async fn is_external_id_taken(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    external_id: &str,
    id: Uuid,
) -> QueryResult<bool> {
    let other: Option<Uuid> = users::table
        .filter(users::account_id.eq(account_id))
        .filter(users::external_id.eq(external_id))
        .filter(users::id.ne(id))
        .select(users::id)
        .first(connection)
        .await
        .optional()?;
    Ok(other.is_some())
}

/// Adds a user, with its entry in the change log, unless the `userName` is taken; waits for a transaction that is
/// taking it. None: it is taken, and the transaction is not to be committed, for the entry is there.
pub(crate) async fn insert(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    id: Uuid,
    content: Content,
    entry: Entry<'_>,
) -> QueryResult<Option<User>> {
    let insert = diesel::insert_into(users::table)
        .values((users::account_id.eq(account_id), users::id.eq(id), content))
        .on_conflict((users::account_id, users::user_name_key))
        .do_nothing()
        .returning(User::as_returning());
    let inserted = changes::with(&[entry], insert).get_result(connection).await;
    inserted.optional()
}

/// Rewrites a locked user, with the entries in the change log, unless the new `userName` is taken; waits for a
/// transaction that is taking it.
pub(crate) async fn update(
    connection: &mut AsyncPgConnection,
    user: &User,
    content: Content,
    entries: &[Entry<'_>],
) -> QueryResult<Option<User>> {
    let (account_id, id) = (user.account_id, user.id);
    let holder = match user.user_name_key() == content.user_name_key {
        true => None,
        false => match hold_name(connection, account_id, &content.user_name_key).await? {
            None => return Ok(None),
            holder => holder,
        },
    };
    // The time is that of the transaction's start, so one that waited for a lock may hold an older one.
    let time = greatest(
        users::updated_at,
        date_trunc("milliseconds", now.into_sql::<Timestamptz>()),
    );
    let update = diesel::update(users::table.find((account_id, id)));
    let values = (
        content,
        users::version.eq(users::version + 1),
        users::updated_at.eq(time),
    );
    let Some(holder) = holder else {
        let update = update.set(values).returning(User::as_returning());
        let updated = changes::with(entries, update).get_result(connection);
        return updated.await.map(Some);
    };
    let update = update.filter(Condition::of(IS_FREE)).set(values);
    let update = taking(
        diesel::delete(users::table.find((account_id, holder))).returning(users::id),
        update.returning(User::as_returning()),
    );
    let updated = changes::with(entries, update).get_result(connection);
    updated.await.map(Some)
}

/// Holds a `userName` for an update to take, by a row of this id; none: it is taken.
async fn hold_name(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    user_name_key: &str,
) -> QueryResult<Option<Uuid>> {
    let nothing = || Value::Object(Map::new());
    diesel::insert_into(users::table)
        .values((
            users::account_id.eq(account_id),
            users::id.eq(Uuid::now_v7()),
            users::user_name_key.eq(user_name_key),
            users::email_keys.eq(Vec::<Option<String>>::new()),
            users::email_text.eq(""),
            users::license_type.eq(""),
            users::license_shown.eq(false),
            users::scim_managed.eq(false),
            users::resource.eq(nothing()),
            users::search.eq(nothing()),
        ))
        .on_conflict((users::account_id, users::user_name_key))
        .do_nothing()
        .returning(users::id)
        .get_result(connection)
        .await
        .optional()
}

/// Gives a locked user the licence, which is no part of the resource.
pub(crate) async fn give_license(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    id: Uuid,
) -> QueryResult<()> {
    diesel::update(users::table.find((account_id, id)))
        .set(users::licensed.eq(true))
        .execute(connection)
        .await
        .map(drop)
}

/// Deletes a locked user, with its entry in the change log.
pub(crate) async fn delete(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    id: Uuid,
    entry: Entry<'_>,
) -> QueryResult<()> {
    let delete = diesel::delete(users::table.find((account_id, id))).returning(users::id);
    changes::with(&[entry], delete)
        .get_result::<Uuid>(connection)
        .await
        .map(drop)
}

/// A page, each user with its sort key, whether it had no room for others, and how many users are selected in all.
pub(crate) async fn list(
    connection: &AsyncPgConnection,
    selection: &Selection<'_>,
    page: &Page,
) -> QueryResult<(Rows<User>, i64)> {
    // Pipelining takes a shared reference to the connection for each query.
    let (mut one, mut other) = (connection, connection);
    let total = selected(selection.all());
    let total = async { total.get_result(&mut other).await };
    let rows = async {
        let rows = rows(selection, page).load_stream::<(User, Option<String>)>(&mut one);
        let (rows, left) = page::collect(rows.await?, |(user, _)| user.size()).await?;
        Ok(Rows { rows, left })
    };
    page.with_total(selection.is_filtered(), rows, total).await
}

/// The query for a page.
fn rows(
    selection: &Selection<'_>,
    page: &Page,
) -> impl Query<SqlType = (SqlTypeOf<AsSelect<User, Pg>>, Nullable<Text>)>
+ QueryFragment<Pg>
+ QueryId
+ Send
+ use<> {
    users::table
        .filter(selection.of(page))
        .select((User::as_select(), page.order.key()))
        .order(page.order.clause())
        .limit(page.limit)
}

/// How many users are selected.
pub(crate) async fn count(
    mut connection: &AsyncPgConnection,
    selection: &Selection<'_>,
) -> QueryResult<i64> {
    let selected = selected(selection.all());
    selected.get_result(&mut connection).await
}

#[diesel::dsl::auto_type]
fn selected(condition: Condition) -> _ {
    users::table.filter(condition).count()
}
