//! `AssignUserGroups`.

use directory::id;
use std::collections::HashSet;

use diesel_async::AsyncPgConnection;
use proto::group::v1 as pb;
use uuid::Uuid;

use super::Service;
use crate::{
    administrators::Administrators,
    error::Error,
    groups::{self, Group},
    known_users,
    members::Source,
    mutation::Mutation,
    placement::{self, Move, Place},
    rules::Writer,
};

/// The most groups of one user.
const MAX_GROUPS: usize = 10_000;

impl Service {
    pub(super) async fn assign(
        &self,
        request: pb::AssignUserGroupsRequest,
    ) -> Result<pb::AssignUserGroupsResponse, Error> {
        let account_id = request.account_id;
        let writer = self.writer(account_id, request.actor).await?;
        let user = id::parse(&request.user_id).ok_or(Error::NoSuchUser)?;
        if request.group_ids.len() > MAX_GROUPS {
            return Err(Error::InvalidValue(format!(
                "group_ids may hold at most {MAX_GROUPS} ids"
            )));
        }
        let group = |id: &String| id::parse(id).ok_or_else(|| no_group(id));
        let wanted = request.group_ids.iter().map(group);
        let wanted = wanted.collect::<Result<HashSet<Uuid>, Error>>()?;
        self.require_users(account_id, &[user]).await?;
        let assign = Assign {
            account_id,
            user,
            wanted,
            administrators: self.administrators(account_id, &writer),
            writer,
        };
        let groups = self.commit(&assign).await?;
        assign.administrators.settle();
        Ok(pb::AssignUserGroupsResponse {
            groups: groups.into_iter().map(Group::into_pb).collect(),
        })
    }
}

pub(super) fn no_group(id: &str) -> Error {
    Error::InvalidValue(format!("group_ids: there is no group with the id {id:?}"))
}

struct Assign {
    account_id: i64,
    user: Uuid,
    wanted: HashSet<Uuid>,
    writer: Writer,
    administrators: Administrators,
}

impl Mutation for Assign {
    type Output = Vec<Group>;

    async fn run(&self, connection: &mut AsyncPgConnection) -> Result<Vec<Group>, Error> {
        let (account_id, user) = (self.account_id, self.user);
        let state = known_users::lock(connection, account_id, user).await?;
        if state.is_none_or(|state| state.deleted) {
            return Err(Error::NoSuchUser);
        }
        let places = placement::places(connection, account_id, user).await?;
        let has: HashSet<Uuid> = places.iter().map(|place| place.group).collect();
        let leaves: Vec<Uuid> = has.difference(&self.wanted).copied().collect();
        let joins: Vec<Place> = self
            .wanted
            .difference(&has)
            .map(|group| Place {
                group: *group,
                source: Source::Manual,
            })
            .collect();
        let moved: Vec<Uuid> = leaves
            .iter()
            .copied()
            .chain(joins.iter().map(|place| place.group))
            .collect();
        let locked = groups::lock_all(connection, account_id, &moved).await?;
        let exists = |id: Uuid| locked.iter().any(|group| group.id == id);
        if let Some(place) = joins.iter().find(|place| !exists(place.group)) {
            return Err(no_group(&place.group.to_string()));
        }
        for group in &locked {
            self.writer.may_change(group, &["members".to_owned()])?;
        }
        let change = Move {
            account_id,
            user,
            joins: &joins,
            leaves: &leaves,
            actor: &self.writer.actor,
            administrators: &self.administrators,
        };
        change.apply(connection, &locked).await?;
        let wanted: Vec<Uuid> = self.wanted.iter().copied().collect();
        Ok(groups::find_all(connection, account_id, &wanted).await?)
    }
}
