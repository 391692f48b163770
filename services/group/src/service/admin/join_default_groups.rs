//! `JoinDefaultGroups`.

use diesel_async::AsyncPgConnection;
use proto::{
    group::v1::{self as pb, MemberType},
    protocol::v1::Actor,
};
use uuid::Uuid;

use super::Service;
use crate::{
    administrators::Administrators,
    edit::count,
    error::Error,
    groups, ids, known_users,
    members::{self, NewMembers, Source},
    memberships,
    mutation::Mutation,
    rules::Writer,
};

/// The most users at once.
const MAX_USERS: usize = 1_000;

impl Service {
    pub(super) async fn join_defaults(
        &self,
        request: pb::JoinDefaultGroupsRequest,
    ) -> Result<pb::JoinDefaultGroupsResponse, Error> {
        let account_id = request.account_id;
        super::super::require_account(account_id)?;
        let writer = Writer::new(proto::actor::required(request.actor)?);
        if request.user_ids.len() > MAX_USERS {
            return Err(Error::InvalidValue(format!(
                "user_ids may hold at most {MAX_USERS} ids"
            )));
        }
        if self.settings.account(account_id).await?.scim_enabled {
            return Ok(pb::JoinDefaultGroupsResponse::default());
        }
        let users = request.user_ids.iter();
        let users = users.map(|id| ids::parse(id).ok_or(Error::NoSuchUser));
        let users = users.collect::<Result<Vec<Uuid>, Error>>()?;
        self.require_users(account_id, &users).await?;
        let join = Join {
            account_id,
            users,
            administrators: self.administrators(account_id, &writer),
            actor: writer.actor,
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
    actor: Actor,
    administrators: Administrators,
}

impl Mutation for Join {
    type Output = Vec<Uuid>;

    async fn run(&self, connection: &mut AsyncPgConnection) -> Result<Vec<Uuid>, Error> {
        let account_id = self.account_id;
        let users = known_users::lock_active(connection, account_id, &self.users).await?;
        let users: Vec<_> = users.into_iter().map(|id| (id, MemberType::User)).collect();
        let found = groups::at_sign_in(connection, account_id, &[]).await?;
        let found: Vec<Uuid> = found.into_iter().map(|group| group.id).collect();
        let mut locked = groups::lock_all(connection, account_id, &found).await?;
        // One may have ceased to be a default group meanwhile.
        locked.retain(|group| group.assign_by_default);
        let mut administrators = Vec::new();
        for group in &locked {
            let new = NewMembers {
                account_id,
                group_id: group.id,
                members: &users,
                source: Source::Default,
            };
            let joined = members::join(connection, &new).await?;
            if joined.is_empty() {
                continue;
            }
            let more = count(joined.len());
            groups::count_members(connection, account_id, &[group.id], more).await?;
            memberships::record(connection, account_id, group.id, &self.actor).await?;
            if group.administers {
                administrators.extend(joined.into_iter().map(|(id, _)| id));
            }
        }
        self.administrators
            .refresh(connection, administrators)
            .await?;
        Ok(locked.into_iter().map(|group| group.id).collect())
    }
}
