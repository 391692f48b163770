//! `CreateGroupSettings`.

use diesel_async::AsyncPgConnection;
use proto::{group::v1 as pb, protocol::v1::Actor};
use storage::changes;
use uuid::Uuid;

use super::{Service, group_settings::read_mappings, settings_of_one};
use crate::{
    attributes::Attributes,
    error::Error,
    groups::{self, Flags, NewGroup},
    mutation::Mutation,
};

impl Service {
    pub(super) async fn create_settings(
        &self,
        request: pb::CreateGroupSettingsRequest,
    ) -> Result<pb::GroupSettings, Error> {
        proto::request::account(request.account_id)?;
        let (attributes, _) = self.parse(pb::Group {
            display_name: request.display_name,
            ..pb::Group::default()
        })?;
        let create = Create {
            account_id: request.account_id,
            id: Uuid::now_v7(),
            attributes,
            flags: Flags {
                assign_by_default: request.assign_by_default,
                sso_mapping_groups: read_mappings(request.sso_mapping_groups)?,
                scim_allowed: request.scim_allowed,
            },
            actor: proto::actor::required(request.actor)?,
        };
        self.commit(&create).await
    }
}

/// Creates a group with no members, which SCIM does not manage.
struct Create {
    account_id: i64,
    id: Uuid,
    attributes: Attributes,
    flags: Flags,
    actor: Actor,
}

impl Mutation for Create {
    type Output = pb::GroupSettings;

    async fn run(&self, connection: &mut AsyncPgConnection) -> Result<pb::GroupSettings, Error> {
        let new = NewGroup {
            account_id: self.account_id,
            id: self.id,
            attributes: &self.attributes,
            scim_managed: false,
            member_count: 0,
        };
        let group = groups::insert(connection, &new).await?;
        let group = group.ok_or(Error::NameTaken)?;
        let mut set = vec!["displayName".to_owned()];
        let (flags, _) = self.flags.changes_since(&Flags::default());
        set.extend(flags);
        let group = groups::set_flags(connection, &group, &self.flags).await?;
        let entry = changes::Entry {
            account_id: self.account_id,
            kind: "group.created",
            resource_id: &self.id.to_string(),
            name: group.display_name.as_str().into(),
            changed_attributes: &set,
            details: changes::Details::default(),
            actor: &self.actor,
        };
        changes::record(connection, entry).await?;
        settings_of_one(connection, group).await
    }
}
