//! The rows of `resources` and every query on them. Each takes the account and the type, and a connection
//! rather than a pool, so that none opens a transaction by accident.

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
use scim::{Map, schema::ResourceType, search::search_form};
use serde_json::Value;
use storage::{
    changes::{self, Entry},
    page,
};
use uuid::Uuid;

use crate::{
    schema::resources,
    users::{date_trunc, greatest},
};

/// A resource as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = resources, check_for_backend(diesel::pg::Pg))]
pub(crate) struct Resource {
    pub(crate) account_id: i64,
    pub(crate) resource_type: String,
    pub(crate) id: Uuid,
    resource: Value,
    pub(crate) version: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// A canonical resource as columns.
#[derive(Debug, Clone, Insertable, AsChangeset)]
#[diesel(table_name = resources, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(crate) struct Content {
    external_id: Option<String>,
    resource: Value,
    search: Value,
}

/// Names a resource.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name<'a> {
    pub(crate) account_id: i64,
    pub(crate) resource_type: &'a str,
    pub(crate) id: Uuid,
}

impl Resource {
    /// The bytes that the resource takes on a page.
    fn size(&self) -> usize {
        self.resource.as_object().map_or(0, scim::resource::size)
    }

    /// The canonical resource.
    pub(crate) fn to_scim(&self) -> Map {
        self.resource.as_object().cloned().unwrap_or_default()
    }
}

impl Content {
    pub(crate) fn new(resource_type: &ResourceType, resource: Map) -> Content {
        let search = search_form(resource_type, &resource);
        let external_id = resource.get("externalId").and_then(Value::as_str);
        Content {
            external_id: external_id.map(str::to_owned),
            resource: Value::Object(resource),
            search: Value::Object(search),
        }
    }
}

/// What the change log calls a canonical resource of any type: by the first of these attributes that is a text.
pub(crate) fn called(resource: &Map) -> &str {
    let names = ["displayName", "userName", "name"].into_iter();
    let mut names = names.filter_map(|name| resource.get(name)?.as_str());
    names.next().unwrap_or_default()
}

/// One resource.
pub(crate) async fn find(
    connection: &mut AsyncPgConnection,
    name: Name<'_>,
) -> QueryResult<Option<Resource>> {
    resources::table
        .find((name.account_id, name.resource_type, name.id))
        .select(Resource::as_select())
        .first(connection)
        .await
        .optional()
}

/// One resource, locked until the transaction ends.
pub(crate) async fn lock(
    connection: &mut AsyncPgConnection,
    name: Name<'_>,
) -> QueryResult<Option<Resource>> {
    resources::table
        .find((name.account_id, name.resource_type, name.id))
        .select(Resource::as_select())
        .for_update()
        .first(connection)
        .await
        .optional()
}

/// Adds a resource, with its entry in the change log.
pub(crate) async fn insert(
    connection: &mut AsyncPgConnection,
    name: Name<'_>,
    content: Content,
    entry: Entry<'_>,
) -> QueryResult<Resource> {
    let insert = diesel::insert_into(resources::table)
        .values((
            resources::account_id.eq(name.account_id),
            resources::resource_type.eq(name.resource_type),
            resources::id.eq(name.id),
            content,
        ))
        .returning(Resource::as_returning());
    changes::with(&[entry], insert).get_result(connection).await
}

/// Rewrites a locked resource, with its entry in the change log.
pub(crate) async fn update(
    connection: &mut AsyncPgConnection,
    name: Name<'_>,
    content: Content,
    entry: Entry<'_>,
) -> QueryResult<Resource> {
    // The time is that of the transaction's start, so one that waited for a lock may hold an older one.
    let time = greatest(
        resources::updated_at,
        date_trunc("milliseconds", now.into_sql::<Timestamptz>()),
    );
    let row = resources::table.find((name.account_id, name.resource_type, name.id));
    let update = diesel::update(row)
        .set((
            content,
            resources::version.eq(resources::version + 1),
            resources::updated_at.eq(time),
        ))
        .returning(Resource::as_returning());
    changes::with(&[entry], update).get_result(connection).await
}

/// Deletes a locked resource, with its entry in the change log.
pub(crate) async fn delete(
    connection: &mut AsyncPgConnection,
    name: Name<'_>,
    entry: Entry<'_>,
) -> QueryResult<()> {
    let row = resources::table.find((name.account_id, name.resource_type, name.id));
    let delete = diesel::delete(row).returning(resources::id);
    changes::with(&[entry], delete)
        .get_result::<Uuid>(connection)
        .await
        .map(drop)
}

/// A page, each resource with its sort key, whether it had no room for others, and how many are selected in all.
pub(crate) async fn list(
    connection: &AsyncPgConnection,
    selection: &Selection<'_>,
    page: &Page,
) -> QueryResult<(Rows<Resource>, i64)> {
    // Pipelining takes a shared reference to the connection for each query.
    let (mut one, mut other) = (connection, connection);
    let total = selected(selection.all());
    let total = async { total.get_result(&mut other).await };
    let rows = async {
        let rows = rows(selection, page).load_stream::<(Resource, Option<String>)>(&mut one);
        let (rows, left) = page::collect(rows.await?, |(resource, _)| resource.size()).await?;
        Ok(Rows { rows, left })
    };
    page.with_total(selection.is_filtered(), rows, total).await
}

/// How many resources are selected.
pub(crate) async fn count(
    connection: &mut AsyncPgConnection,
    selection: &Selection<'_>,
) -> QueryResult<i64> {
    selected(selection.all()).get_result(connection).await
}

/// The query for a page.
fn rows(
    selection: &Selection<'_>,
    page: &Page,
) -> impl Query<SqlType = (SqlTypeOf<AsSelect<Resource, Pg>>, Nullable<Text>)>
+ QueryFragment<Pg>
+ QueryId
+ Send
+ use<> {
    resources::table
        .filter(selection.of(page))
        .select((Resource::as_select(), page.order.key()))
        .order(page.order.clause())
        .limit(page.limit)
}

#[diesel::dsl::auto_type]
fn selected(condition: Condition) -> _ {
    resources::table.filter(condition).count()
}
