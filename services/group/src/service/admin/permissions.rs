//! `ReplaceGroupPermissions`, `AddGroupPermission` and `RemoveGroupPermission`.

use diesel_async::AsyncPgConnection;
use proto::{group::v1 as pb, protocol::v1::Actor};
use storage::changes;
use uuid::Uuid;

use super::{super::group_id, Service, settings_of_one};
use crate::{
    administrators::{self, Administrators},
    error::Error,
    groups,
    mutation::Mutation,
    permission_sets::PermissionSets,
    permissions::{self, Change},
    rules::Writer,
};

impl Service {
    pub(super) async fn replace_permissions(
        &self,
        request: pb::ReplaceGroupPermissionsRequest,
    ) -> Result<pb::GroupSettings, Error> {
        let change = Change::Replace(permissions::read(request.permissions)?);
        let of = (request.account_id, &*request.group_id);
        self.change_permissions(of, change, request.actor).await
    }

    pub(super) async fn add_permission(
        &self,
        request: pb::AddGroupPermissionRequest,
    ) -> Result<pb::GroupSettings, Error> {
        let missing = || Error::InvalidValue("permission is required".to_owned());
        let permission = request.permission.ok_or_else(missing)?;
        let change = Change::Add(permissions::read_one(permission)?);
        let of = (request.account_id, &*request.group_id);
        self.change_permissions(of, change, request.actor).await
    }

    pub(super) async fn remove_permission(
        &self,
        request: pb::RemoveGroupPermissionRequest,
    ) -> Result<pb::GroupSettings, Error> {
        let change = Change::Remove(request.permission_id);
        let of = (request.account_id, &*request.group_id);
        self.change_permissions(of, change, request.actor).await
    }

    async fn change_permissions(
        &self,
        (account_id, group): (i64, &str),
        change: Change,
        actor: Option<Actor>,
    ) -> Result<pb::GroupSettings, Error> {
        proto::request::account(account_id)?;
        // No leave of the account is needed: permissions are never SCIM's.
        let writer = Writer::new(proto::actor::required(actor)?);
        let write = Write {
            account_id,
            id: group_id(group)?,
            change,
            sets: self.permission_sets.clone(),
            administrators: self.administrators(account_id, &writer),
            actor: writer.actor,
        };
        let settings = self.commit(&write).await?;
        write.administrators.settle();
        Ok(settings)
    }
}

struct Write {
    account_id: i64,
    id: Uuid,
    change: Change,
    sets: PermissionSets,
    actor: Actor,
    administrators: Administrators,
}

impl Mutation for Write {
    type Output = pb::GroupSettings;

    async fn run(&self, connection: &mut AsyncPgConnection) -> Result<pb::GroupSettings, Error> {
        let (account_id, id) = (self.account_id, self.id);
        let group = groups::lock(connection, account_id, id).await?;
        let key = (account_id, id);
        let written = permissions::write(connection, key, &self.change, &self.sets).await?;
        if let Some(value) = &written.changed {
            let entry = changes::Entry {
                account_id,
                kind: "group_permissions.changed",
                resource_id: &id.to_string(),
                name: group.display_name.as_str().into(),
                changed_attributes: &["permissions".to_owned()],
                details: changes::Details {
                    values: std::slice::from_ref(value),
                    ..changes::Details::default()
                },
                actor: &self.actor,
            };
            changes::record(connection, entry).await?;
        }
        let turns = written.administers != group.administers;
        if turns {
            groups::set_administers(connection, &group, written.administers).await?;
        }
        let settings = settings_of_one(connection, group).await?;
        if turns {
            let users = administrators::below(connection, account_id, &[id]).await?;
            self.administrators.refresh(connection, users).await?;
        }
        Ok(settings)
    }
}
