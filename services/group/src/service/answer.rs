//! Groups as they are answered, with the members where the caller wants them.

use std::collections::{HashMap, HashSet};

use diesel_async::AsyncPgConnection;
use proto::group::v1::{self as pb, GroupView, MemberType};
use uuid::Uuid;

use super::Service;
use crate::{
    error::Error,
    groups::{self, Group},
    members::{self, Row},
};

/// The most members answered at once: what surely fits the largest message.
const MAX_MEMBERS: i64 = 400_000;

/// Groups read from the database, and of their members all but the users' names.
#[derive(Debug)]
pub(super) struct Loaded {
    account_id: i64,
    groups: Vec<Group>,
    /// None: not wanted.
    members: Option<Vec<Row>>,
    /// The names of the members that are groups.
    group_names: HashMap<Uuid, String>,
}

/// Reads what the view needs beside the groups themselves, in a number of statements that does not
/// depend on how many groups or members there are.
pub(super) async fn load(
    connection: &mut AsyncPgConnection,
    account_id: i64,
    groups: Vec<Group>,
    view: GroupView,
) -> Result<Loaded, Error> {
    let mut loaded = Loaded {
        account_id,
        groups,
        members: None,
        group_names: HashMap::new(),
    };
    if view != GroupView::Full {
        return Ok(loaded);
    }
    let with_members = loaded.groups.iter().filter(|group| group.member_count > 0);
    let ids: Vec<Uuid> = with_members.map(|group| group.id).collect();
    let total: i64 = loaded.groups.iter().map(|group| group.member_count).sum();
    if total > MAX_MEMBERS {
        return Err(Error::TooMany);
    }
    let members = match ids.as_slice() {
        [] => Vec::new(),
        ids => members::list(connection, account_id, ids).await?,
    };
    let nested = distinct(&members, MemberType::Group);
    if !nested.is_empty() {
        loaded.group_names = groups::names(connection, account_id, &nested).await?;
    }
    loaded.members = Some(members);
    Ok(loaded)
}

fn distinct(members: &[Row], member_type: MemberType) -> Vec<Uuid> {
    let of_type = members.iter().filter(|row| row.member_type == member_type);
    let distinct: HashSet<Uuid> = of_type.map(|row| row.member_id).collect();
    distinct.into_iter().collect()
}

impl Service {
    /// The answer of a read, which fails where the names of users cannot be had.
    pub(super) async fn answer(&self, loaded: Loaded) -> Result<Vec<pb::Group>, Error> {
        let users = distinct(
            loaded.members.as_deref().unwrap_or_default(),
            MemberType::User,
        );
        let names = self.users.names(loaded.account_id, &users).await?;
        Ok(render(loaded, Some(&names)))
    }

    /// The answer of a write: what is done is done, so it goes out without names if need be.
    pub(super) async fn answer_write(&self, loaded: Loaded) -> Result<pb::Group, Error> {
        let users = distinct(
            loaded.members.as_deref().unwrap_or_default(),
            MemberType::User,
        );
        let names = self.users.names(loaded.account_id, &users).await;
        if let Err(error) = &names {
            tracing::warn!(%error, "answered a write without the names of members");
        }
        render(loaded, names.as_ref().ok())
            .pop()
            .ok_or(Error::NotFound)
    }
}

fn render(loaded: Loaded, user_names: Option<&HashMap<Uuid, String>>) -> Vec<pb::Group> {
    let wanted = loaded.members.is_some();
    let mut members: HashMap<Uuid, Vec<pb::Member>> = HashMap::new();
    for row in loaded.members.unwrap_or_default() {
        let name = match (row.member_type, user_names) {
            (MemberType::Group, _) => loaded.group_names.get(&row.member_id),
            (_, Some(names)) => names.get(&row.member_id),
            (_, None) => None,
        };
        // A user without a name has just been deleted, and the follower has not come to it yet.
        if name.is_none() && user_names.is_some() {
            continue;
        }
        members.entry(row.group_id).or_default().push(pb::Member {
            value: row.member_id.to_string(),
            r#type: row.member_type.into(),
            display: name.cloned().unwrap_or_default(),
        });
    }
    let groups = loaded.groups.into_iter().map(|row| {
        let id = row.id;
        let mut group = row.into_pb();
        if wanted {
            group.members = members.remove(&id).unwrap_or_default();
            group.member_count = crate::edit::count(group.members.len());
        }
        group
    });
    groups.collect()
}
