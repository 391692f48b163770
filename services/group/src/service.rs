//! The RPCs: each parses its request, opens one transaction and answers.

mod answer;
mod create;
mod delete;
mod patch;
mod read;
mod replace;

use std::sync::Arc;

use proto::{
    group::v1::{
        self as pb,
        group_service_server::{GroupService, GroupServiceServer},
    },
    protocol::v1::Actor,
};
use scim::{dialect::Dialect, schema::ResourceType};
use storage::{changes::Sequencer, postgres::Pool};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{
    attributes::Attributes,
    delta::Steps,
    error::Error,
    ids,
    mutation::{self, Mutation},
    rules::Writer,
    settings::{Account, Settings},
    users::Users,
};

/// The largest message taken and sent, in bytes: a group of some hundred thousand members.
const MAX_MESSAGE: usize = 64 << 20;

/// The group service; cheap to clone.
#[derive(Clone)]
pub(crate) struct Service {
    pool: Pool,
    users: Users,
    settings: Settings,
    sequencer: Sequencer,
    resource_type: Arc<ResourceType>,
}

impl Service {
    pub(crate) fn new(
        pool: Pool,
        users: Users,
        settings: Settings,
        sequencer: Sequencer,
    ) -> Service {
        Service {
            pool,
            users,
            settings,
            sequencer,
            resource_type: Arc::new(scim::definitions::group()),
        }
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

    /// Whoever writes; only those who do not come over SCIM need the account's leave.
    async fn writer(&self, account_id: i64, actor: Option<Actor>) -> Result<Writer, Error> {
        require_account(account_id)?;
        let writer = Writer {
            actor: proto::actor::required(actor)?,
            refused: false,
        };
        if writer.is_scim() {
            return Ok(writer);
        }
        let account = self.settings.account(account_id).await?;
        Ok(with_account(writer, account))
    }

    /// The attributes of a group as a caller sends it, and the members it names.
    fn parse(&self, group: Option<pb::Group>) -> Result<(Attributes, Vec<String>), Error> {
        let mut group = group.unwrap_or_default();
        let members = std::mem::take(&mut group.members);
        let members = members.into_iter().map(|member| member.value).collect();
        let resource = proto::group::to_scim(&group)?;
        // What comes over SCIM was read by the account's dialect at the gateway.
        let resource = scim::resource::read(&self.resource_type, resource, Dialect::Lenient)?;
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

fn require_account(account_id: i64) -> Result<(), Error> {
    if account_id > 0 {
        Ok(())
    } else {
        Err(Error::InvalidValue("account_id is required".to_owned()))
    }
}

fn with_account(writer: Writer, account: Account) -> Writer {
    Writer {
        refused: !writer.is_scim() && account.manual_updates_refused,
        ..writer
    }
}

fn group_id(id: &str) -> Result<Uuid, Error> {
    ids::parse(id).ok_or(Error::NotFound)
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
}
