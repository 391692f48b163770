//! The RPCs: each parses its request, opens one transaction and answers.

mod admin;
mod answer;
mod create;
mod delete;
mod patch;
mod read;
mod replace;
mod write;
mod written;

use directory::id;
use std::sync::Arc;

use proto::{
    enumeration,
    group::v1::{
        self as pb,
        group_admin_service_server::GroupAdminServiceServer,
        group_service_server::{GroupService, GroupServiceServer},
    },
    protocol::v1::Actor,
};
use scim::{dialect::Dialect, json::MAX_MEMBERS, schema::ResourceType};
use storage::{changes::Sequencer, cursor::Cursors, postgres::Pool};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{
    administrators::Administrators,
    attributes::Attributes,
    delta::Steps,
    error::Error,
    licenses::Licenses,
    mutation::{self, Mutation},
    permission_sets::PermissionSets,
    rules::Writer,
    settings::Settings,
    users::Users,
};

/// The largest message taken and sent, in bytes: a group of some hundred thousand members.
const MAX_MESSAGE: usize = 64 << 20;

/// The group service; cheap to clone.
#[derive(Clone)]
pub(crate) struct Service {
    pool: Pool,
    users: Users,
    licenses: Licenses,
    settings: Settings,
    sequencer: Sequencer,
    resource_type: Arc<ResourceType>,
    permission_sets: PermissionSets,
    cursors: Cursors,
}

impl Service {
    pub(crate) fn new(
        pool: Pool,
        (users, licenses): (Users, Licenses),
        settings: Settings,
        sequencer: Sequencer,
        cursors: Cursors,
        (resource_type, permission_sets): (ResourceType, PermissionSets),
    ) -> Service {
        Service {
            pool,
            users,
            licenses,
            settings,
            sequencer,
            cursors,
            resource_type: Arc::new(resource_type),
            permission_sets,
        }
    }

    pub(crate) fn admin_server(self) -> GroupAdminServiceServer<Service> {
        GroupAdminServiceServer::new(self).max_decoding_message_size(MAX_MESSAGE)
    }

    pub(crate) fn into_server(self) -> GroupServiceServer<Service> {
        GroupServiceServer::new(self)
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE)
    }

    async fn commit<M: Mutation>(&self, mutation: &M) -> Result<M::Output, Error> {
        let output = mutation::commit(&self.pool, mutation).await?;
        self.sequencer.wake();
        Ok(output)
    }

    /// Whoever writes, with what the account allows such a one.
    async fn writer(&self, account_id: i64, actor: Option<Actor>) -> Result<Writer, Error> {
        proto::request::account(account_id)?;
        let actor = proto::actor::required(actor)?;
        let account = self.settings.account(account_id).await?;
        Ok(Writer::of_account(actor, &account))
    }

    fn administrators(&self, account_id: i64, writer: &Writer) -> Administrators {
        let (pool, licenses) = (self.pool.clone(), self.licenses.clone());
        Administrators::new(
            pool,
            licenses,
            account_id,
            writer.is_scim(),
            writer.actor.clone(),
        )
    }

    /// The attributes of a group as a caller sends it, and the members it names.
    fn parse(&self, mut group: pb::Group) -> Result<(Attributes, Vec<String>), Error> {
        let members = std::mem::take(&mut group.members);
        if members.len() > MAX_MEMBERS {
            return Err(Error::InvalidValue(format!(
                "members has too many values: it may have {MAX_MEMBERS}"
            )));
        }
        for member in &members {
            let _: pb::MemberType = enumeration::read("type", member.r#type)?;
        }
        let members = members.into_iter().map(|member| member.value).collect();
        let resource = proto::group::to_scim(&group)?;
        // What comes over SCIM was read by the account's dialect at the gateway.
        let resource = scim::resource::read(&self.resource_type, resource, Dialect::Lenient)?;
        scim::resource::check_size(None, &resource)?;
        Ok((Attributes::new(&self.resource_type, resource)?, members))
    }

    async fn references(
        &self,
        account_id: i64,
        steps: &Steps,
    ) -> Result<crate::references::References, Error> {
        crate::references::References::find(&self.pool, &self.users, account_id, steps).await
    }
}

fn group_id(id: &str) -> Result<Uuid, Error> {
    id::parse(id).ok_or(Error::NotFound)
}

#[tonic::async_trait]
impl GroupService for Service {
    async fn get_group(
        &self,
        request: Request<pb::GetGroupRequest>,
    ) -> Result<Response<pb::Group>, Status> {
        Ok(Response::new(self.get(request.into_inner()).await?))
    }

    async fn list_groups(
        &self,
        request: Request<pb::ListGroupsRequest>,
    ) -> Result<Response<pb::ListGroupsResponse>, Status> {
        Ok(Response::new(self.list(request.into_inner()).await?))
    }

    async fn create_group(
        &self,
        request: Request<pb::CreateGroupRequest>,
    ) -> Result<Response<pb::Group>, Status> {
        Ok(Response::new(self.create(request.into_inner()).await?))
    }

    async fn replace_group(
        &self,
        request: Request<pb::ReplaceGroupRequest>,
    ) -> Result<Response<pb::Group>, Status> {
        Ok(Response::new(self.replace(request.into_inner()).await?))
    }

    async fn patch_group(
        &self,
        request: Request<pb::PatchGroupRequest>,
    ) -> Result<Response<pb::Group>, Status> {
        Ok(Response::new(self.patch(request.into_inner()).await?))
    }

    async fn delete_group(
        &self,
        request: Request<pb::DeleteGroupRequest>,
    ) -> Result<Response<()>, Status> {
        self.delete(request.into_inner()).await?;
        Ok(Response::new(()))
    }

    async fn batch_list_user_groups(
        &self,
        request: Request<pb::BatchListUserGroupsRequest>,
    ) -> Result<Response<pb::BatchListUserGroupsResponse>, Status> {
        let response = self.list_user_groups(request.into_inner()).await?;
        Ok(Response::new(response))
    }

    async fn remove_deleted_user(
        &self,
        request: Request<pb::RemoveDeletedUserRequest>,
    ) -> Result<Response<()>, Status> {
        self.forget_user(request.into_inner()).await?;
        Ok(Response::new(()))
    }

    async fn refresh_user(
        &self,
        request: Request<pb::RefreshUserRequest>,
    ) -> Result<Response<()>, Status> {
        self.refresh(request.into_inner()).await?;
        Ok(Response::new(()))
    }
}
