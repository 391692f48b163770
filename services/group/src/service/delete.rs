//! `DeleteGroup`, `RemoveDeletedUser` and `RefreshUser`.

use diesel_async::AsyncPgConnection;
use directory::id;
use proto::group::v1 as pb;
use storage::changes;
use uuid::Uuid;

use super::{Service, group_id};
use crate::{
    administrators::{self, Administrators},
    error::Error,
    groups, memberships,
    mutation::Mutation,
    protection,
    rules::Writer,
    standing::{Forget, Refresh},
};

impl Service {
    pub(super) async fn delete(&self, request: pb::DeleteGroupRequest) -> Result<(), Error> {
        let account_id = request.account_id;
        let writer = self.writer(account_id, request.actor).await?;
        let delete = Delete {
            account_id,
            id: group_id(&request.id)?,
            etags: request.etags,
            administrators: self.administrators(account_id, &writer),
            writer,
        };
        self.commit(&delete).await?;
        delete.administrators.settle();
        Ok(())
    }

    pub(super) async fn forget_user(
        &self,
        request: pb::RemoveDeletedUserRequest,
    ) -> Result<(), Error> {
        proto::request::account(request.account_id)?;
        let actor = proto::actor::required(request.actor)?;
        // What is no id was never a member.
        let Some(user) = id::parse(&request.user_id) else {
            return Ok(());
        };
        let forget = Forget {
            account_id: request.account_id,
            user,
            actor,
            users: self.users.clone(),
        };
        self.commit(&forget).await
    }

    pub(super) async fn refresh(&self, request: pb::RefreshUserRequest) -> Result<(), Error> {
        let account_id = request.account_id;
        proto::request::account(account_id)?;
        let actor = proto::actor::required(request.actor)?;
        let Some(user) = id::parse(&request.user_id) else {
            return Ok(());
        };
        // What happened at the identity service has passed its guard.
        let (pool, licenses) = (self.pool.clone(), self.licenses.clone());
        let refresh = Refresh {
            account_id,
            user,
            users: self.users.clone(),
            administrators: Administrators::new(pool, licenses, account_id, false, actor.clone()),
            actor,
        };
        self.commit(&refresh).await?;
        refresh.administrators.settle();
        Ok(())
    }
}

/// Deletes a group, also from the groups that hold it.
struct Delete {
    account_id: i64,
    id: Uuid,
    etags: Vec<String>,
    writer: Writer,
    administrators: Administrators,
}

impl Mutation for Delete {
    type Output = ();

    async fn run(&self, connection: &mut AsyncPgConnection) -> Result<(), Error> {
        let (account_id, id) = (self.account_id, self.id);
        memberships::lock_nesting(connection, account_id).await?;
        let mut affected = memberships::direct(connection, account_id, id).await?;
        affected.push(id);
        let locked = groups::lock_all(connection, account_id, &affected).await?;
        let group = locked.iter().find(|group| group.id == id);
        let group = group.ok_or(Error::NotFound)?;
        group.require(&self.etags)?;
        protection::require_open(connection, &self.writer, group).await?;
        self.writer.may_delete(group)?;
        let administrators = if administrators::matter(connection, account_id, &[id]).await? {
            administrators::below(connection, account_id, &[id]).await?
        } else {
            Vec::new()
        };
        let actor = &self.writer.actor;
        memberships::leave_all(connection, account_id, id, &locked, actor).await?;
        groups::delete(connection, account_id, id).await?;
        let entry = changes::Entry {
            account_id,
            kind: "group.deleted",
            resource_id: &id.to_string(),
            name: group.display_name.as_str().into(),
            changed_attributes: &[],
            details: changes::Details::default(),
            actor,
        };
        changes::record(connection, entry).await?;
        self.administrators
            .refresh(connection, administrators)
            .await
    }
}
