//! Writes of the resources of configured types, each within the transaction of its RPC.

use std::sync::Arc;

use chassis::work;
use diesel_async::AsyncPgConnection;
use prost::Message;
use proto::{identity::v1 as pb, protocol::v1::Actor};
use scim::{Map, dialect::Dialect, patch::Operation, schema::ResourceType, unique};
use storage::changes::{Details, Entry};

use super::super::{canonical, patched};
use crate::{
    difference::changed_names,
    error::Error,
    keys,
    resources::{self, Content, Name, Resource},
    rules,
};

/// A write on behalf of somebody.
pub(super) struct Write<'a> {
    pub(super) resource_type: &'a Arc<ResourceType>,
    pub(super) name: Name<'a>,
    pub(super) actor: Actor,
    pub(super) dialect: Dialect,
}

impl Write<'_> {
    /// A client's representation in canonical form.
    pub(super) async fn read(&self, resource: Option<pb::Resource>) -> Result<Map, Error> {
        let missing = || Error::InvalidValue("resource is required".to_owned());
        let resource = resource.ok_or_else(missing)?;
        let (resource_type, dialect) = (self.resource_type.clone(), self.dialect);
        let read = work::run(resource.encoded_len() / 32, move || {
            let resource = proto::resource::to_scim(&resource)?;
            canonical(&resource_type, resource, dialect)
        });
        read.await
    }

    pub(super) async fn create(
        &self,
        connection: &mut AsyncPgConnection,
        resource: Map,
    ) -> Result<Resource, Error> {
        rules::check_storable(None, &resource)?;
        let names = changed_names(&Map::new(), &resource);
        let keys = unique::keys(self.resource_type, &resource);
        keys::exchange(connection, self.name, &keys).await?;
        let called = resources::called(&resource).to_owned();
        let content = Content::new(self.resource_type, resource);
        let id = self.logged_id();
        let entry = self.entry("resource.created", &id, &called, &names);
        Ok(resources::insert(connection, self.name, content, entry).await?)
    }

    /// The resource, locked, if it has the version asked for.
    pub(super) async fn lock(
        &self,
        connection: &mut AsyncPgConnection,
        etags: &[String],
    ) -> Result<Resource, Error> {
        let resource = resources::lock(connection, self.name).await?;
        let resource = resource.ok_or(Error::NotFound)?;
        if scim::etag::matches(etags, resource.version) {
            return Ok(resource);
        }
        Err(Error::EtagMismatch)
    }

    pub(super) async fn replace(
        &self,
        connection: &mut AsyncPgConnection,
        resource: Resource,
        mut body: Map,
    ) -> Result<Resource, Error> {
        scim::resource::keep_fixed(self.resource_type, &resource.to_scim(), &mut body)?;
        self.store(connection, resource, body).await
    }

    pub(super) async fn patch(
        &self,
        connection: &mut AsyncPgConnection,
        resource: Resource,
        operations: Vec<Operation>,
    ) -> Result<Resource, Error> {
        let resource_type = self.resource_type.clone();
        let next = patched(resource_type, resource.to_scim(), operations, self.dialect).await?;
        self.store(connection, resource, next).await
    }

    /// Writes the new state of a locked resource, unless it is the old one.
    async fn store(
        &self,
        connection: &mut AsyncPgConnection,
        resource: Resource,
        next: Map,
    ) -> Result<Resource, Error> {
        let before = resource.to_scim();
        let names = changed_names(&before, &next);
        if names.is_empty() {
            return Ok(resource);
        }
        rules::check_storable(Some(&before), &next)?;
        let keys = unique::keys(self.resource_type, &next);
        keys::exchange(connection, self.name, &keys).await?;
        let called = resources::called(&next).to_owned();
        let content = Content::new(self.resource_type, next);
        let id = self.logged_id();
        let entry = self.entry("resource.updated", &id, &called, &names);
        Ok(resources::update(connection, self.name, content, entry).await?)
    }

    /// The id in the change log, where ids of all types meet.
    pub(super) fn logged_id(&self) -> String {
        format!("{}/{}", self.name.resource_type, self.name.id)
    }

    pub(super) fn entry<'a>(
        &'a self,
        kind: &'a str,
        id: &'a str,
        called: &'a str,
        changed: &'a [String],
    ) -> Entry<'a> {
        Entry {
            account_id: self.name.account_id,
            kind,
            resource_id: id,
            name: called.into(),
            changed_attributes: changed,
            details: Details::default(),
            actor: &self.actor,
        }
    }
}
