//! `CreateGroup`.

use diesel_async::AsyncPgConnection;
use proto::{
    enumeration,
    group::v1::{self as pb, GroupView},
};
use scim::Map;
use storage::changes;
use uuid::Uuid;

use super::{
    Service,
    written::{Addition, Written},
};
use crate::{
    administrators::Administrators,
    attributes::Attributes,
    delta::{Delta, Steps},
    edit::{Edit, Edited, count, typed},
    error::Error,
    groups::{self, Group, NewGroup},
    members::{self, NewMembers},
    mutation::Mutation,
    references::{References, require_all},
    rules::Writer,
};

impl Service {
    pub(super) async fn create(&self, request: pb::CreateGroupRequest) -> Result<pb::Group, Error> {
        let account_id = request.account_id;
        let view = enumeration::read("view", request.view)?;
        let (attributes, members) = self.parse(request.group.unwrap_or_default())?;
        let writer = self.writer(account_id, request.actor).await?;
        let steps = Steps::adding(members)?;
        let references = self.references(account_id, &steps).await?;
        let create = Create {
            account_id,
            id: Uuid::now_v7(),
            attributes,
            delta: steps.delta(&references)?,
            references,
            administrators: self.administrators(account_id, &writer),
            writer,
            view,
        };
        let addition = Addition {
            account_id,
            group: None,
            delta: &create.delta,
            references: &create.references,
            writer: &create.writer,
        };
        self.require_licenses(&addition).await?;
        let written = self.commit(&create).await?;
        create.administrators.settle();
        self.finish(account_id, &create.writer, written).await
    }
}

/// Creates a group, or links the unmanaged one of the name (rule 4).
struct Create {
    account_id: i64,
    id: Uuid,
    attributes: Attributes,
    delta: Delta,
    references: References,
    writer: Writer,
    administrators: Administrators,
    view: GroupView,
}

impl Mutation for Create {
    type Output = Written;

    async fn run(&self, connection: &mut AsyncPgConnection) -> Result<Written, Error> {
        let missing = self.references.lock(connection, self.account_id).await?;
        require_all(missing)?;
        let new = NewGroup {
            account_id: self.account_id,
            id: self.id,
            attributes: &self.attributes,
            scim_managed: self.writer.is_scim(),
            member_count: count(self.delta.added.len()),
        };
        let edited = match groups::insert(connection, &new).await? {
            Some(group) => self.fill(connection, group).await?,
            None => self.link(connection).await?,
        };
        Written::load(connection, edited, self.view).await
    }
}

impl Create {
    async fn fill(
        &self,
        connection: &mut AsyncPgConnection,
        group: Group,
    ) -> Result<Edited, Error> {
        let nothing = Attributes {
            display_name: String::new(),
            display_name_key: String::new(),
            external_id: None,
            resource: Map::new(),
            search: Map::new(),
        };
        let mut set = self.attributes.changed(&nothing);
        if !self.delta.added.is_empty() {
            set.push("members".to_owned());
            let new = NewMembers {
                account_id: self.account_id,
                group_id: group.id,
                members: &typed(&self.delta.added, &self.references),
                source: self.writer.source(),
            };
            members::insert(connection, &new).await?;
        }
        let entry = changes::Entry {
            account_id: self.account_id,
            kind: "group.created",
            resource_id: &group.id.to_string(),
            name: group.display_name.as_str().into(),
            changed_attributes: &set,
            details: changes::Details {
                joined: &self.delta.added,
                ..changes::Details::default()
            },
            actor: &self.writer.actor,
        };
        changes::record(connection, entry).await?;
        let joined = self.delta.added.iter().copied();
        let is_user = |id: &Uuid| !self.references.groups.contains(id);
        Ok(Edited {
            group,
            joined: joined.filter(is_user).collect(),
        })
    }

    /// The group keeps the members it has, and what the request does not set.
    async fn link(&self, connection: &mut AsyncPgConnection) -> Result<Edited, Error> {
        let key = &self.attributes.display_name_key;
        // Gone again since the insert failed: both may be tried once more.
        let group = groups::lock_named(connection, self.account_id, key)
            .await?
            .ok_or(Error::Storage(storage::Error::Serialization))?;
        if group.scim_managed || !self.writer.is_scim() {
            return Err(Error::NameTaken);
        }
        let attributes = self.attributes.clone().over(group.attributes());
        let edit = Edit {
            attributes: &attributes,
            delta: &self.delta,
            references: &self.references,
            writer: &self.writer,
            administrators: &self.administrators,
        };
        edit.apply(connection, group).await
    }
}
