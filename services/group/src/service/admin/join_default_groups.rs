//! `JoinDefaultGroups`.

use directory::id;
use std::collections::HashSet;

use diesel_async::AsyncPgConnection;
use proto::group::v1::{self as pb, MemberType};
use uuid::Uuid;

use super::{Service, assign_user_groups::no_group};
use crate::{
    administrators::{self, Administrators},
    edit::count,
    error::Error,
    groups::{self, Group},
    known_users,
    members::{self, NewMembers, Source},
    memberships,
    mutation::Mutation,
    rules::Writer,
};

/// The most users at once, and the most groups.
const MAX_USERS: usize = 1_000;

impl Service {
    pub(super) async fn join_defaults(
        &self,
        request: pb::JoinDefaultGroupsRequest,
    ) -> Result<pb::JoinDefaultGroupsResponse, Error> {
        let account_id = request.account_id;
        proto::request::account(account_id)?;
        let actor = proto::actor::required(request.actor)?;
        if request.user_ids.len() > MAX_USERS || request.group_ids.len() > MAX_USERS {
            return Err(Error::InvalidValue(format!(
                "user_ids and group_ids may hold at most {MAX_USERS} ids each"
            )));
        }
        let account = self.settings.account(account_id).await?;
        if account.scim_enabled && request.group_ids.is_empty() {
            return Ok(pb::JoinDefaultGroupsResponse::default());
        }
        let writer = Writer::of_account(actor, &account);
        let named = request.group_ids.iter();
        let named = named.map(|id| id::parse(id).ok_or_else(|| no_group(id)));
        let users = request.user_ids.iter();
        let users = users.map(|id| id::parse(id).ok_or(Error::NoSuchUser));
        let users = users.collect::<Result<Vec<Uuid>, Error>>()?;
        self.require_users(account_id, &users).await?;
        let join = Join {
            account_id,
            users,
            named: named.collect::<Result<_, Error>>()?,
            defaults: !account.scim_enabled,
            administrators: self.administrators(account_id, &writer),
            writer,
        };
        let joined = self.commit(&join).await?;
        join.administrators.settle();
        Ok(pb::JoinDefaultGroupsResponse {
            group_ids: joined.iter().map(Uuid::to_string).collect(),
        })
    }
}

struct Join {
    account_id: i64,
    users: Vec<Uuid>,
    named: HashSet<Uuid>,
    /// Whether they join the default groups too.
    defaults: bool,
    writer: Writer,
    administrators: Administrators,
}

impl Mutation for Join {
    type Output = Vec<Uuid>;

    async fn run(&self, connection: &mut AsyncPgConnection) -> Result<Vec<Uuid>, Error> {
        let account_id = self.account_id;
        let users = known_users::lock_active(connection, account_id, &self.users).await?;
        let users: Vec<_> = users.into_iter().map(|id| (id, MemberType::User)).collect();
        let locked = self.lock_groups(connection).await?;
        let mut groups_joined = Vec::new();
        let mut users_joined = HashSet::new();
        for group in &locked {
            let new = NewMembers {
                account_id,
                group_id: group.id,
                members: &users,
                source: if self.named.contains(&group.id) {
                    self.writer.source()
                } else {
                    Source::Default
                },
            };
            let joined = members::join(connection, &new).await?;
            if joined.is_empty() {
                continue;
            }
            let more = count(joined.len());
            groups::count_members(connection, account_id, &[group.id], more).await?;
            let joined: Vec<Uuid> = joined.into_iter().map(|(id, _)| id).collect();
            memberships::record_joined(connection, group, &joined, &self.writer.actor).await?;
            groups_joined.push(group.id);
            users_joined.extend(joined);
        }
        if !groups_joined.is_empty()
            && administrators::matter(connection, account_id, &groups_joined).await?
        {
            let administrators = &self.administrators;
            administrators.refresh(connection, users_joined).await?;
        }
        Ok(locked.into_iter().map(|group| group.id).collect())
    }
}

impl Join {
    /// The groups named, all of which must be there and open to the writer, and the default ones.
    async fn lock_groups(&self, connection: &mut AsyncPgConnection) -> Result<Vec<Group>, Error> {
        let mut ids: Vec<Uuid> = self.named.iter().copied().collect();
        if self.defaults {
            let found = groups::at_sign_in(connection, self.account_id, &[]).await?;
            ids.extend(found.into_iter().map(|group| group.id));
        }
        let mut locked = groups::lock_all(connection, self.account_id, &ids).await?;
        // One may have ceased to be a default group meanwhile.
        let is_default = |group: &Group| self.defaults && group.assign_by_default;
        locked.retain(|group| self.named.contains(&group.id) || is_default(group));
        for id in &self.named {
            let group = locked.iter().find(|group| group.id == *id);
            let group = group.ok_or_else(|| no_group(&id.to_string()))?;
            self.writer.may_change(group, &["members".to_owned()])?;
        }
        Ok(locked)
    }
}
