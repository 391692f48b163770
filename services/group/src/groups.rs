//! The table `groups`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, PgArrayExpressionMethods,
    QueryDsl, QueryResult, Queryable, Selectable, SelectableHelper,
    dsl::sql,
    sql_types::{Bool, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use directory::{Condition, Page, Rows, Selection};
use proto::{
    group::v1::{self as pb, GroupView},
    time::timestamp,
};
use scim::Map;
use serde_json::Value as Json;
use storage::{
    changes::{self, Entry, Value},
    page,
    postgres::{IS_FREE, among, prepared, taking},
};
use uuid::Uuid;

use crate::{attributes::Attributes, error::Error, schema::groups};

/// The time of the statement in the precision that SCIM shows. Of the statement, not of the transaction:
/// one that waited for a row must not date its change before the one it waited for.
const NOW: &str = "date_trunc('milliseconds', statement_timestamp())";

/// A row.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub(crate) struct Group {
    pub account_id: i64,
    pub id: Uuid,
    pub display_name: String,
    pub display_name_key: String,
    pub external_id: Option<String>,
    pub scim_managed: bool,
    pub resource: Json,
    pub search: Json,
    pub member_count: i64,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    /// Whether users that an administrator makes join it.
    pub assign_by_default: bool,
    /// The identity provider groups whose members a sign-in puts into it.
    pub sso_mapping_groups: Vec<String>,
    /// Whether its members administer the account.
    pub administers: bool,
    /// What the admin API calls it by.
    pub number: i64,
    /// Whether SCIM may take it over although it has permission sets.
    pub scim_allowed: bool,
}

/// What an account keeps of a group beyond SCIM.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    pub assign_by_default: bool,
    pub sso_mapping_groups: Vec<String>,
    pub scim_allowed: bool,
}

impl Flags {
    /// The names of those that were another before, and their values, for the change log.
    pub(crate) fn changes_since(&self, before: &Flags) -> (Vec<String>, Vec<Value>) {
        let text = |flags: &Flags| {
            [
                flags.assign_by_default.to_string(),
                flags.sso_mapping_groups.join(", "),
                flags.scim_allowed.to_string(),
            ]
        };
        let differs = [
            self.assign_by_default != before.assign_by_default,
            self.sso_mapping_groups != before.sso_mapping_groups,
            self.scim_allowed != before.scim_allowed,
        ];
        let names = ["assign_by_default", "sso_mapping_groups", "scim_allowed"];
        let values = text(before).into_iter().zip(text(self));
        let all = names.into_iter().zip(values).zip(differs);
        let changed = all.filter(|(_, differs)| *differs);
        let changed =
            changed.map(|((name, (old, new)), _)| (name.to_owned(), Value::of(name, old, new)));
        changed.unzip()
    }
}

/// What a member that is shown takes of a page, in bytes.
const MEMBER: usize = 64;

impl Group {
    pub(crate) fn flags(&self) -> Flags {
        Flags {
            assign_by_default: self.assign_by_default,
            sso_mapping_groups: self.sso_mapping_groups.clone(),
            scim_allowed: self.scim_allowed,
        }
    }

    /// The bytes that the group takes on a page.
    fn size(&self, view: GroupView) -> usize {
        let resource = self.resource.as_object().map_or(0, scim::resource::size);
        let members = match view {
            GroupView::Full => usize::try_from(self.member_count).unwrap_or(usize::MAX),
            GroupView::Basic | GroupView::Unspecified => 0,
        };
        resource.saturating_add(members.saturating_mul(MEMBER))
    }

    pub(crate) fn attributes(&self) -> Attributes {
        Attributes {
            display_name: self.display_name.clone(),
            display_name_key: self.display_name_key.clone(),
            external_id: self.external_id.clone(),
            resource: object(&self.resource),
            search: object(&self.search),
        }
    }

    /// Fails where none of the demanded etags is the group's; none demanded: any will do.
    pub(crate) fn require(&self, etags: &[String]) -> Result<(), Error> {
        if scim::etag::matches(etags, self.version) {
            Ok(())
        } else {
            Err(Error::EtagMismatch)
        }
    }

    /// The group on the wire, without members.
    pub(crate) fn into_pb(self) -> pb::Group {
        let attributes_json = match &self.resource {
            Json::Object(resource) if !resource.is_empty() => self.resource.to_string(),
            _ => String::new(),
        };
        pb::Group {
            id: self.id.to_string(),
            number: self.number,
            account_id: self.account_id,
            external_id: self.external_id.unwrap_or_default(),
            display_name: self.display_name,
            members: Vec::new(),
            member_count: self.member_count,
            scim_managed: self.scim_managed,
            attributes_json,
            etag: scim::etag::format(self.version),
            create_time: Some(timestamp(self.created_at)),
            update_time: Some(timestamp(self.updated_at)),
        }
    }
}

fn object(value: &Json) -> Map {
    value.as_object().cloned().unwrap_or_default()
}

/// A group to insert; its members follow.
#[derive(Debug)]
pub(crate) struct NewGroup<'a> {
    pub account_id: i64,
    pub id: Uuid,
    pub attributes: &'a Attributes,
    pub scim_managed: bool,
    pub member_count: i64,
}

/// What an update makes of a group.
#[derive(Debug)]
pub(crate) struct GroupChanges<'a> {
    pub attributes: &'a Attributes,
    pub scim_managed: bool,
    /// How many members more, or fewer.
    pub members: i64,
}

pub(crate) async fn find(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    id: Uuid,
) -> QueryResult<Option<Group>> {
    groups::table
        .find((account_id, id))
        .select(Group::as_select())
        .first(connection)
        .await
        .optional()
}

/// Finds a group and keeps others from changing it.
pub(crate) async fn lock(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    id: Uuid,
) -> Result<Group, Error> {
    groups::table
        .find((account_id, id))
        .select(Group::as_select())
        .for_update()
        .first(connection)
        .await
        .optional()?
        .ok_or(Error::NotFound)
}

/// As [`lock`], by the form of the name that is compared.
pub(crate) async fn lock_named(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    display_name_key: &str,
) -> QueryResult<Option<Group>> {
    groups::table
        .filter(groups::account_id.eq(account_id))
        .filter(groups::display_name_key.eq(display_name_key))
        .select(Group::as_select())
        .for_update()
        .first(connection)
        .await
        .optional()
}

/// Locks those of the groups that exist, in the order of their ids, as everybody does who locks several.
pub(crate) async fn lock_all(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    ids: &[Uuid],
) -> QueryResult<Vec<Group>> {
    groups::table
        .filter(groups::account_id.eq(account_id))
        .filter(among(groups::id, ids))
        .order_by(groups::id)
        .select(Group::as_select())
        .for_update()
        .load(connection)
        .await
}

/// Those of the groups that exist, in the order of their ids.
pub(crate) async fn find_all(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    ids: &[Uuid],
) -> QueryResult<Vec<Group>> {
    groups::table
        .filter(groups::account_id.eq(account_id))
        .filter(among(groups::id, ids))
        .order_by(groups::id)
        .select(Group::as_select())
        .load(connection)
        .await
}

/// The names of those of the groups that exist.
pub(crate) async fn names(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    ids: &[Uuid],
) -> QueryResult<HashMap<Uuid, String>> {
    let rows: Vec<(Uuid, String)> = groups::table
        .filter(groups::account_id.eq(account_id))
        .filter(among(groups::id, ids))
        .select((groups::id, groups::display_name))
        .load(connection)
        .await?;
    Ok(rows.into_iter().collect())
}

/// How many groups are selected.
pub(crate) async fn count(
    connection: &mut AsyncPgConnection,
    selection: &Selection<'_>,
) -> QueryResult<i64> {
    let selected = groups::table.filter(selection.all());
    selected.count().get_result(connection).await
}

/// A page of the groups selected, each with its sort key, and whether it had no room for others, as they are shown.
pub(crate) async fn page(
    connection: &mut AsyncPgConnection,
    selection: &Selection<'_>,
    page: &Page,
    view: GroupView,
) -> QueryResult<Rows<Group>> {
    let rows = groups::table
        .filter(selection.of(page))
        .select((Group::as_select(), page.order.key()))
        .order_by(page.order.clause())
        .limit(page.limit)
        .load_stream::<(Group, Option<String>)>(connection)
        .await?;
    let (rows, left) = page::collect(rows, |(group, _)| group.size(view)).await?;
    Ok(Rows { rows, left })
}

/// Inserts a group, unless its name is taken; waits for a transaction that is taking it.
pub(crate) async fn insert(
    connection: &mut AsyncPgConnection,
    group: &NewGroup<'_>,
) -> QueryResult<Option<Group>> {
    let attributes = group.attributes;
    let insert = diesel::insert_into(groups::table)
        .values((
            groups::account_id.eq(group.account_id),
            groups::id.eq(group.id),
            groups::display_name.eq(&attributes.display_name),
            groups::display_name_key.eq(&attributes.display_name_key),
            groups::external_id.eq(&attributes.external_id),
            groups::scim_managed.eq(group.scim_managed),
            groups::resource.eq(Json::Object(attributes.resource.clone())),
            groups::search.eq(Json::Object(attributes.search.clone())),
            groups::member_count.eq(group.member_count),
            groups::version.eq(1),
            (
                groups::created_at.eq(sql::<Timestamptz>(NOW)),
                groups::updated_at.eq(sql::<Timestamptz>(NOW)),
            ),
        ))
        .on_conflict((groups::account_id, groups::display_name_key))
        .do_nothing()
        .returning(Group::as_returning());
    prepared(insert).get_result(connection).await.optional()
}

/// Changes a group that is locked, and raises its version, with the entry in the change log, unless its new name is
/// taken; waits for a transaction that is taking it. Says also whether other groups hold it.
pub(crate) async fn update(
    connection: &mut AsyncPgConnection,
    before: &Group,
    changes: &GroupChanges<'_>,
    entry: Entry<'_>,
) -> QueryResult<Option<(Group, bool)>> {
    let is_nested = sql::<Bool>(
        "exists (select 1 from group_members as outside
             where outside.account_id = groups.account_id and outside.member_id = groups.id)",
    );
    let attributes = changes.attributes;
    let holder = match attributes.display_name_key == before.display_name_key {
        true => None,
        false => match hold_name(connection, before, &attributes.display_name_key).await? {
            None => return Ok(None),
            holder => holder,
        },
    };
    let update = diesel::update(groups::table.find((before.account_id, before.id)));
    let values = (
        groups::display_name.eq(&attributes.display_name),
        groups::display_name_key.eq(&attributes.display_name_key),
        groups::external_id.eq(&attributes.external_id),
        groups::scim_managed.eq(changes.scim_managed),
        groups::resource.eq(Json::Object(attributes.resource.clone())),
        groups::search.eq(Json::Object(attributes.search.clone())),
        groups::member_count.eq(groups::member_count + changes.members),
        groups::version.eq(groups::version + 1),
        groups::updated_at.eq(later()),
    );
    let written = (Group::as_returning(), is_nested);
    let Some(holder) = holder else {
        let update = update.set(values).returning(written);
        let updated = changes::with(&[entry], update).get_result(connection);
        return updated.await.map(Some);
    };
    let holder = groups::table.find((before.account_id, holder));
    let update = update.filter(Condition::of(IS_FREE)).set(values);
    let update = taking(
        diesel::delete(holder).returning(groups::id),
        update.returning(written),
    );
    let updated = changes::with(&[entry], update).get_result(connection);
    updated.await.map(Some)
}

/// Holds a name for an update of a group to take, by a row of this id; none: it is taken.
async fn hold_name(
    connection: &mut AsyncPgConnection,
    group: &Group,
    display_name_key: &str,
) -> QueryResult<Option<Uuid>> {
    let nothing = || Json::Object(Map::new());
    diesel::insert_into(groups::table)
        .values((
            groups::account_id.eq(group.account_id),
            groups::id.eq(Uuid::now_v7()),
            groups::display_name.eq(""),
            groups::display_name_key.eq(display_name_key),
            groups::scim_managed.eq(false),
            groups::resource.eq(nothing()),
            groups::search.eq(nothing()),
            groups::created_at.eq(group.created_at),
            groups::updated_at.eq(group.updated_at),
        ))
        .on_conflict((groups::account_id, groups::display_name_key))
        .do_nothing()
        .returning(groups::id)
        .get_result(connection)
        .await
        .optional()
}

/// The groups that a user joins by default or whose mappings name one of the identity provider groups.
pub(crate) async fn at_sign_in(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    idp_groups: &[String],
) -> QueryResult<Vec<Group>> {
    // Spelled as in the index of these few groups.
    let may_be_joined = "(groups.assign_by_default or groups.sso_mapping_groups <> '{}')";
    groups::table
        .filter(groups::account_id.eq(account_id))
        .filter(Condition::of(may_be_joined))
        .filter(groups::assign_by_default.or(groups::sso_mapping_groups.overlaps_with(idp_groups)))
        .order_by(groups::id)
        .select(Group::as_select())
        .load(connection)
        .await
}

/// Writes what an account keeps of a group beyond SCIM; that is no part of its version.
pub(crate) async fn set_flags(
    connection: &mut AsyncPgConnection,
    group: &Group,
    flags: &Flags,
) -> QueryResult<Group> {
    diesel::update(groups::table.find((group.account_id, group.id)))
        .set((
            groups::assign_by_default.eq(flags.assign_by_default),
            groups::sso_mapping_groups.eq(&flags.sso_mapping_groups),
            groups::scim_allowed.eq(flags.scim_allowed),
        ))
        .returning(Group::as_returning())
        .get_result(connection)
        .await
}

/// Writes whether the members of a group administer the account.
pub(crate) async fn set_administers(
    connection: &mut AsyncPgConnection,
    group: &Group,
    administers: bool,
) -> QueryResult<usize> {
    diesel::update(groups::table.find((group.account_id, group.id)))
        .set(groups::administers.eq(administers))
        .execute(connection)
        .await
}

/// Changes the member count of each of the locked groups, and raises its version.
pub(crate) async fn count_members(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    ids: &[Uuid],
    more: i64,
) -> QueryResult<usize> {
    diesel::update(groups::table)
        .filter(groups::account_id.eq(account_id))
        .filter(among(groups::id, ids))
        .set((
            groups::member_count.eq(groups::member_count + more),
            groups::version.eq(groups::version + 1),
            groups::updated_at.eq(later()),
        ))
        .execute(connection)
        .await
}

/// Deletes a group and the rows of its members.
pub(crate) async fn delete(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    id: Uuid,
) -> QueryResult<usize> {
    diesel::delete(groups::table.find((account_id, id)))
        .execute(connection)
        .await
}

/// Now, or the time of the last change where the clock was set back since.
fn later() -> diesel::expression::SqlLiteral<Timestamptz> {
    sql(&format!("greatest(groups.updated_at, {NOW})"))
}
