//! The RPCs of the resources of configured types.

mod write;

use std::sync::Arc;

use diesel_async::AsyncConnection;
use directory::{Listing, Selection};
use proto::{
    actor,
    identity::v1::{self as pb, resource_service_server::ResourceService},
    protocol::v1::Actor,
    request,
};
use scim::schema::ResourceType;
use storage::{cursor::Query, postgres};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use self::write::Write;
use super::{Identity, read_operations, user_id as resource_id};
use crate::{
    columns::Resources,
    error::Error,
    keys,
    resources::{self, Name, Resource},
    rules,
};

impl Identity {
    fn resource_type(&self, name: &str) -> Result<&Arc<ResourceType>, Error> {
        let mut types = self.resource_types.iter();
        types
            .find(|resource_type| resource_type.name == name)
            .ok_or_else(|| Error::UnknownType(name.to_owned()))
    }

    async fn list_of_type(
        &self,
        request: pb::ListResourcesRequest,
    ) -> Result<pb::ListResourcesResponse, Error> {
        let resource_type = self.resource_type(&request.resource_type)?;
        let columns = Resources(resource_type);
        let listing = Listing {
            columns: &columns,
            query: Query {
                kind: &format!("resources/{}", resource_type.name),
                account_id: request.account_id,
                filter: &request.filter,
                order_by: &request.order_by,
                descending: request.descending,
                across_types: request.across_types,
                page_size: i64::from(request.page_size),
            },
            skip: request.skip,
            page_token: &request.page_token,
            use_page_tokens: request.use_page_tokens,
            take: request.take,
        };
        let account_id = request::account(request.account_id)?;
        let condition = listing.condition(self.dialect(account_id)).await?;
        let selection = Selection::new(&columns, account_id, condition);
        let page = listing.page(&self.cursors)?;
        let mut connection = postgres::connect(&self.pool).await?;
        if request.page_size == 0 {
            let total_size = resources::count(&mut connection, &selection).await?;
            return Ok(pb::ListResourcesResponse {
                total_size,
                ..Default::default()
            });
        }
        let (rows, total_size) = resources::list(&connection, &selection, &page).await?;
        let (rows, next_page_token) = listing.cut(&self.cursors, rows, |resource| resource.id);
        Ok(pb::ListResourcesResponse {
            resources: rows.iter().map(answer).collect(),
            total_size,
            next_page_token,
        })
    }

    async fn find(&self, request: pb::GetResourceRequest) -> Result<Resource, Error> {
        let name = Name {
            account_id: request.account_id,
            resource_type: &self.resource_type(&request.resource_type)?.name,
            id: resource_id(&request.id)?,
        };
        let mut connection = postgres::connect(&self.pool).await?;
        let found = resources::find(&mut connection, name).await?;
        found.ok_or(Error::NotFound)
    }

    async fn add(&self, request: pb::CreateResourceRequest) -> Result<Resource, Error> {
        let (id, actor) = (Uuid::now_v7(), request.actor);
        let write = self
            .begin(request.account_id, &request.resource_type, id, actor)
            .await?;
        let resource = write.read(request.resource).await?;
        let mut connection = postgres::connect(&self.pool).await?;
        let resource = connection
            .transaction(async |connection| write.create(connection, resource).await)
            .await?;
        self.sequencer.wake();
        Ok(resource)
    }

    async fn put(&self, request: pb::ReplaceResourceRequest) -> Result<Resource, Error> {
        let (id, actor) = (resource_id(&request.id)?, request.actor);
        let write = self
            .begin(request.account_id, &request.resource_type, id, actor)
            .await?;
        // Refused only if there is such a resource (RFC 7644 section 3.12).
        let body = write.read(request.resource).await;
        let mut connection = postgres::connect(&self.pool).await?;
        let resource = connection
            .transaction(async |connection| {
                let resource = write.lock(connection, &request.etags).await?;
                write.replace(connection, resource, body?).await
            })
            .await?;
        self.sequencer.wake();
        Ok(resource)
    }

    async fn change(&self, request: pb::PatchResourceRequest) -> Result<Resource, Error> {
        let (id, actor) = (resource_id(&request.id)?, request.actor);
        let write = self
            .begin(request.account_id, &request.resource_type, id, actor)
            .await?;
        // Refused only if there is such a resource (RFC 7644 section 3.12).
        let operations = read_operations(request.operations).await;
        let mut connection = postgres::connect(&self.pool).await?;
        let resource = connection
            .transaction(async |connection| {
                let resource = write.lock(connection, &request.etags).await?;
                write.patch(connection, resource, operations?).await
            })
            .await?;
        self.sequencer.wake();
        Ok(resource)
    }

    async fn remove(&self, request: pb::DeleteResourceRequest) -> Result<(), Error> {
        let (id, actor) = (resource_id(&request.id)?, request.actor);
        let write = self
            .begin(request.account_id, &request.resource_type, id, actor)
            .await?;
        let mut connection = postgres::connect(&self.pool).await?;
        connection
            .transaction(async |connection| {
                let resource = write.lock(connection, &request.etags).await?.to_scim();
                keys::delete(connection, write.name).await?;
                let (id, called) = (write.logged_id(), resources::called(&resource));
                let entry = write.entry("resource.deleted", &id, called, &[]);
                resources::delete(connection, write.name, entry).await?;
                Ok::<_, Error>(())
            })
            .await?;
        self.sequencer.wake();
        Ok(())
    }

    async fn begin(
        &self,
        account_id: i64,
        resource_type: &str,
        id: Uuid,
        actor: Option<Actor>,
    ) -> Result<Write<'_>, Error> {
        let account_id = request::account(account_id)?;
        let resource_type = self.resource_type(resource_type)?;
        let actor = actor::required(actor)?;
        rules::check_actor(&actor)?;
        Ok(Write {
            name: Name {
                account_id,
                resource_type: &resource_type.name,
                id,
            },
            resource_type,
            actor,
            dialect: self.settings.policy(account_id).await?.dialect,
        })
    }
}

/// A resource for the wire.
fn answer(resource: &Resource) -> pb::Resource {
    pb::Resource {
        id: resource.id.to_string(),
        account_id: resource.account_id,
        resource_type: resource.resource_type.clone(),
        etag: scim::etag::format(resource.version),
        create_time: Some(proto::time::timestamp(resource.created_at)),
        update_time: Some(proto::time::timestamp(resource.updated_at)),
        ..proto::resource::from_scim(resource.to_scim())
    }
}

#[tonic::async_trait]
impl ResourceService for Identity {
    async fn get_resource(
        &self,
        request: Request<pb::GetResourceRequest>,
    ) -> Result<Response<pb::Resource>, Status> {
        let found = self.find(request.into_inner()).await?;
        Ok(Response::new(answer(&found)))
    }

    async fn list_resources(
        &self,
        request: Request<pb::ListResourcesRequest>,
    ) -> Result<Response<pb::ListResourcesResponse>, Status> {
        let page = self.list_of_type(request.into_inner()).await?;
        Ok(Response::new(page))
    }

    async fn create_resource(
        &self,
        request: Request<pb::CreateResourceRequest>,
    ) -> Result<Response<pb::Resource>, Status> {
        let created = self.add(request.into_inner()).await?;
        Ok(Response::new(answer(&created)))
    }

    async fn replace_resource(
        &self,
        request: Request<pb::ReplaceResourceRequest>,
    ) -> Result<Response<pb::Resource>, Status> {
        let replaced = self.put(request.into_inner()).await?;
        Ok(Response::new(answer(&replaced)))
    }

    async fn patch_resource(
        &self,
        request: Request<pb::PatchResourceRequest>,
    ) -> Result<Response<pb::Resource>, Status> {
        let changed = self.change(request.into_inner()).await?;
        Ok(Response::new(answer(&changed)))
    }

    async fn delete_resource(
        &self,
        request: Request<pb::DeleteResourceRequest>,
    ) -> Result<Response<()>, Status> {
        Ok(Response::new(self.remove(request.into_inner()).await?))
    }
}
