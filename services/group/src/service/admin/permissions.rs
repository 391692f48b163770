//! `ReplaceGroupPermissions`.

use diesel_async::AsyncPgConnection;
use proto::{group::v1 as pb, permission::ACCOUNT_ADMIN, protocol::v1::Actor};
use storage::changes;
use uuid::Uuid;

use super::{
    super::{group_id, require_account},
    Service, settings_of_one,
};
use crate::{
    administrators::{self, Administrators},
    error::Error,
    groups,
    mutation::Mutation,
    permissions::{self, Permission},
    rules::Writer,
};

impl Service {
    pub(super) async fn replace_permissions(
        &self,
        request: pb::ReplaceGroupPermissionsRequest,
    ) -> Result<pb::GroupSettings, Error> {
        let account_id = request.account_id;
        require_account(account_id)?;
        // No leave of the account is needed: permissions are never SCIM's.
        let writer = Writer::new(proto::actor::required(request.actor)?);
        let replace = Replace {
            account_id,
            id: group_id(&request.group_id)?,
            permissions: permissions::read(request.permissions)?,
            administrators: self.administrators(account_id, &writer),
            actor: writer.actor,
        };
        let settings = self.commit(&replace).await?;
        replace.administrators.settle();
        Ok(settings)
    }
}

struct Replace {
    account_id: i64,
    id: Uuid,
    permissions: Vec<Permission>,
    actor: Actor,
    administrators: Administrators,
}

impl Mutation for Replace {
    type Output = pb::GroupSettings;

    async fn run(&self, connection: &mut AsyncPgConnection) -> Result<pb::GroupSettings, Error> {
        let (account_id, id) = (self.account_id, self.id);
        let group = groups::lock(connection, account_id, id).await?;
        let administers = self
            .permissions
            .iter()
            .any(|permission| permission.permission_set == ACCOUNT_ADMIN);
        if permissions::replace(connection, account_id, id, &self.permissions).await? {
            let entry = changes::Entry {
                account_id,
                kind: "group_permissions.changed",
                resource_id: &id.to_string(),
                changed_attributes: &["permissions".to_owned()],
                actor: &self.actor,
            };
            changes::record(connection, entry).await?;
        }
        let turns = administers != group.administers;
        if turns {
            groups::set_administers(connection, &group, administers).await?;
        }
        let settings = settings_of_one(connection, group).await?;
        if turns {
            let users = administrators::below(connection, account_id, &[id]).await?;
            self.administrators.refresh(connection, users).await?;
        }
        Ok(settings)
    }
}
