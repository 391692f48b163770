//! The table `group_permissions`: what members of a group may do, plain data that other services act on.

use std::collections::HashMap;

use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, QueryResult};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use proto::{group::v1 as pb, permission};
use storage::{changes::Value, postgres::among};
use uuid::Uuid;

use crate::{
    error::Error,
    permission_sets::PermissionSets,
    schema::{group_permissions, groups},
};

#[cfg(test)]
mod tests;

/// The most permissions of one group.
const MAX_PERMISSIONS: usize = 10_000;

/// One permission.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Permission {
    pub permission_set: String,
    /// None: all projects.
    pub project_id: Option<i64>,
    pub writable_environment_categories: Vec<String>,
}

impl Permission {
    fn read(permission: pb::Permission) -> Result<Permission, Error> {
        let invalid = |detail: String| Err(Error::InvalidValue(detail));
        let set = permission.permission_set;
        if permission.all_projects == permission.project_id.is_some() {
            return invalid("a permission has either a project_id or all_projects".to_owned());
        }
        let mut categories: Vec<String> = Vec::new();
        for category in permission.writable_environment_categories {
            if !permission::ENVIRONMENTS.contains(&category.as_str()) {
                let detail = format!("writable_environment_categories: there is no {category:?}");
                return invalid(detail);
            }
            if !categories.contains(&category) {
                categories.push(category);
            }
        }
        if categories.len() > 1
            && categories
                .iter()
                .any(|category| category == permission::ALL)
        {
            return invalid("writable_environment_categories: `all` stands alone".to_owned());
        }
        Ok(Permission {
            permission_set: set,
            project_id: permission.project_id,
            writable_environment_categories: categories,
        })
    }

    fn require_known(&self, sets: &PermissionSets) -> Result<(), Error> {
        if sets.contains(&self.permission_set) {
            return Ok(());
        }
        Err(Error::InvalidValue(format!(
            "permission_set: there is no {:?}",
            self.permission_set
        )))
    }

    fn into_pb(self, id: i64) -> pb::Permission {
        pb::Permission {
            id,
            permission_set: self.permission_set,
            project_id: self.project_id,
            all_projects: self.project_id.is_none(),
            writable_environment_categories: self.writable_environment_categories,
        }
    }
}

fn too_many() -> Error {
    Error::InvalidValue(format!(
        "a group may have at most {MAX_PERMISSIONS} permissions"
    ))
}

/// The permissions that a group shall have, each once.
pub(crate) fn read(permissions: Vec<pb::Permission>) -> Result<Vec<Permission>, Error> {
    if permissions.len() > MAX_PERMISSIONS {
        return Err(too_many());
    }
    let mut seen = std::collections::HashSet::new();
    let mut read = Vec::new();
    for permission in permissions {
        let permission = Permission::read(permission)?;
        if seen.insert(permission.clone()) {
            read.push(permission);
        }
    }
    Ok(read)
}

/// As [`read`], of one.
pub(crate) fn read_one(permission: pb::Permission) -> Result<Permission, Error> {
    Permission::read(permission)
}

/// The permissions of each of the groups that has any, in the order they were given.
pub(crate) async fn of_groups(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    groups: &[Uuid],
) -> QueryResult<HashMap<Uuid, Vec<pb::Permission>>> {
    type Row = (Uuid, i64, String, Option<i64>, Vec<String>);
    let rows: Vec<Row> = group_permissions::table
        .filter(group_permissions::account_id.eq(account_id))
        .filter(among(group_permissions::group_id, groups))
        .order_by(group_permissions::id)
        .select((
            group_permissions::group_id,
            group_permissions::id,
            group_permissions::permission_set,
            group_permissions::project_id,
            group_permissions::writable_environment_categories,
        ))
        .load(connection)
        .await?;
    let mut permissions: HashMap<Uuid, Vec<pb::Permission>> = HashMap::new();
    for (group, id, permission_set, project_id, writable_environment_categories) in rows {
        let permission = Permission {
            permission_set,
            project_id,
            writable_environment_categories,
        };
        let of_group = permissions.entry(group).or_default();
        of_group.push(permission.into_pb(id));
    }
    Ok(permissions)
}

/// What is to become of the permissions of a group.
#[derive(Debug)]
pub(crate) enum Change {
    /// It has these and no others.
    Replace(Vec<Permission>),
    Add(Permission),
    /// By its number.
    Remove(i64),
}

impl Change {
    /// The permissions of a group that has these, by number, so far.
    fn over(&self, had: &[(i64, Permission)]) -> Vec<Permission> {
        let stay = |gone: Option<i64>| {
            let stay = had.iter().filter(move |(id, _)| Some(*id) != gone);
            stay.map(|(_, permission)| permission.clone())
        };
        match self {
            Change::Replace(wanted) => wanted.clone(),
            Change::Add(new) => {
                let is_new = had.iter().all(|(_, permission)| permission != new);
                stay(None).chain(is_new.then(|| new.clone())).collect()
            }
            Change::Remove(id) => stay(Some(*id)).collect(),
        }
    }
}

/// What became of the permissions of a group.
#[derive(Debug)]
pub(crate) struct Written {
    /// What they were and what they are; none: nothing changed.
    pub(crate) changed: Option<Value>,
    /// Whether a member may administer the account.
    pub(crate) administers: bool,
}

/// Permissions for people to read, in the change log.
fn describe<'a>(permissions: impl Iterator<Item = &'a Permission>) -> String {
    let permissions = permissions.map(|permission| {
        let mut text = permission.permission_set.clone();
        if let Some(id) = permission.project_id {
            text.push_str(&format!(" of project {id}"));
        }
        if !permission.writable_environment_categories.is_empty() {
            let categories = permission.writable_environment_categories.join(", ");
            text.push_str(&format!(" (writes {categories})"));
        }
        text
    });
    permissions.collect::<Vec<_>>().join("; ")
}

/// Changes the permissions of a locked group; those that stay keep their ids, also of a set that the file has no
/// more.
pub(crate) async fn write(
    connection: &mut AsyncPgConnection,
    (account_id, group): (i64, Uuid),
    change: &Change,
    sets: &PermissionSets,
) -> Result<Written, Error> {
    let mut had = Vec::new();
    let old = of_groups(connection, account_id, &[group]).await?;
    for permission in old.into_values().flatten() {
        had.push((permission.id, Permission::read(permission)?));
    }
    let wanted = change.over(&had);
    if wanted.len() > MAX_PERMISSIONS && wanted.len() > had.len() {
        return Err(too_many());
    }
    let administers = |permission: &Permission| sets.administers(&permission.permission_set);
    let administers = wanted.iter().any(administers);
    let old = had.iter().map(|(_, permission)| permission);
    let changed = Value::of("permissions", describe(old), describe(wanted.iter()));
    let mut had: HashMap<Permission, i64> = had.into_iter().map(|(id, one)| (one, id)).collect();
    let new: Vec<&Permission> = wanted
        .iter()
        .filter(|permission| had.remove(*permission).is_none())
        .collect();
    for permission in &new {
        permission.require_known(sets)?;
    }
    let gone: Vec<i64> = had.into_values().collect();
    if new.is_empty() && gone.is_empty() {
        return Ok(Written {
            changed: None,
            administers,
        });
    }
    diesel::delete(group_permissions::table)
        .filter(group_permissions::account_id.eq(account_id))
        .filter(group_permissions::group_id.eq(group))
        .filter(group_permissions::id.eq_any(gone))
        .execute(connection)
        .await?;
    let columns = |permission: &&Permission| {
        (
            group_permissions::account_id.eq(account_id),
            group_permissions::group_id.eq(group),
            group_permissions::permission_set.eq(permission.permission_set.clone()),
            group_permissions::project_id.eq(permission.project_id),
            group_permissions::writable_environment_categories
                .eq(permission.writable_environment_categories.clone()),
        )
    };
    // A statement has 65,535 places for values at most.
    for chunk in new.chunks(1_000) {
        let rows: Vec<_> = chunk.iter().map(columns).collect();
        diesel::insert_into(group_permissions::table)
            .values(rows)
            .execute(connection)
            .await?;
    }
    Ok(Written {
        changed: Some(changed),
        administers,
    })
}

/// Whether SCIM manages a group that has permissions, and whether there is another that has some.
pub(crate) async fn holders(
    connection: &mut AsyncPgConnection,
    account_id: i64,
) -> QueryResult<(bool, bool)> {
    let managed: Vec<bool> = groups::table
        .inner_join(
            group_permissions::table.on(group_permissions::account_id
                .eq(groups::account_id)
                .and(group_permissions::group_id.eq(groups::id))),
        )
        .filter(groups::account_id.eq(account_id))
        .filter(group_permissions::account_id.eq(account_id))
        .select(groups::scim_managed)
        .distinct()
        .load(connection)
        .await?;
    Ok((managed.contains(&true), managed.contains(&false)))
}
