//! The RPCs: parse, open the transaction, call, answer.

mod invitation_service;
mod invite;
mod license_service;
mod managers;
mod read;
mod resources;
mod seat;
mod sign_in;
mod unique;
mod write;

use std::sync::Arc;

use chassis::work;
use directory::id;
use futures::{StreamExt, stream::BoxStream};
use proto::{
    identity::v1::{self as pb, identity_service_server::IdentityService},
    protocol::v1::{Change, PatchOperation},
};
use scim::{
    Map,
    definitions::LicenseExtension,
    dialect::Dialect,
    patch::{self, Operation},
    schema::ResourceType,
};
use serde_json::json;
use storage::{changes::Sequencer, cursor::Cursors, postgres::Pool};
use tokio::sync::watch;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{Config, Context, error::Error, feed, settings::Settings, users::User};

/// The identity service.
pub(crate) struct Identity {
    pool: Pool,
    settings: Settings,
    sequencer: Sequencer,
    /// Turns true when the process is told to stop.
    stopped: watch::Receiver<bool>,
    user_type: Arc<ResourceType>,
    /// Those that the operator defined.
    resource_types: Vec<Arc<ResourceType>>,
    license: LicenseExtension,
    /// Licence types whose holders administer nothing, whatever their groups give them.
    licenses_without_rights: Vec<String>,
    cursors: Cursors,
    /// How many days an invitation is good for.
    invitation_days: u32,
    /// The link to accept one by.
    invitation_url: Option<String>,
    are_mailed: bool,
}

impl Identity {
    pub(crate) fn new(config: &Config, context: Context) -> anyhow::Result<Identity> {
        let resource_types = config.schemas.resource_types();
        Ok(Identity {
            pool: context.pool,
            settings: context.settings,
            sequencer: context.sequencer,
            stopped: context.stopped,
            user_type: Arc::new(config.schemas.user(&config.license)?),
            resource_types: resource_types.iter().cloned().map(Arc::new).collect(),
            license: config.license.clone(),
            licenses_without_rights: config.licenses_without_rights.clone(),
            cursors: context.cursors,
            invitation_days: config.invitation_days,
            invitation_url: config.invitation_url.clone(),
            are_mailed: config.mail.is_some(),
        })
    }

    /// What a write has made of a user, for the wire.
    fn answer_write(&self, written: Written) -> pb::User {
        pb::User {
            activity_changed: written.activity_changed,
            ..self.answer(written.user)
        }
    }

    /// A user for the wire.
    fn answer(&self, user: User) -> pb::User {
        let (id, number, account_id) = (user.id.to_string(), user.number, user.account_id);
        let etag = scim::etag::format(user.version);
        let create_time = proto::time::timestamp(user.created_at);
        let update_time = proto::time::timestamp(user.updated_at);
        let state = user.into_state();
        let scim_managed = state.scim_managed;
        let license_hidden = !state.license_shown;
        let mut resource = state.resource;
        let license = json!({ "licenseType": state.license_type });
        resource.insert(self.license.urn.clone(), license);
        pb::User {
            id,
            number,
            account_id,
            license_hidden,
            scim_managed,
            etag,
            create_time: Some(create_time),
            update_time: Some(update_time),
            ..proto::user::from_scim(resource, &self.license.urn)
        }
    }
}

/// A user as a write leaves it.
struct Written {
    user: User,
    /// Whether the write activated or deactivated it.
    activity_changed: bool,
}

/// A client's representation in canonical form.
fn canonical(
    resource_type: &ResourceType,
    mut resource: Map,
    dialect: Dialect,
) -> Result<Map, Error> {
    // The wire has no `schemas`: they follow from the attributes.
    let schemas = scim::resource::schemas(resource_type, &resource);
    resource.insert("schemas".to_owned(), json!(schemas));
    Ok(scim::resource::read(resource_type, resource, dialect)?)
}

/// The operations of a request.
async fn read_operations(operations: Vec<PatchOperation>) -> Result<Vec<Operation>, Error> {
    let texts = operations.iter().filter_map(|one| one.value_json.as_ref());
    let bytes: usize = texts.map(String::len).sum();
    Ok(work::run(bytes / 32, || proto::patch::all_from_pb(operations)).await?)
}

/// A canonical resource after operations.
async fn patched(
    resource_type: Arc<ResourceType>,
    mut resource: Map,
    operations: Vec<Operation>,
    dialect: Dialect,
) -> Result<Map, Error> {
    let patch = work::run(patch::cost(&resource, &operations), move || {
        patch::apply(&resource_type, &mut resource, &operations, dialect)?;
        Ok::<_, scim::error::Error>(resource)
    });
    Ok(patch.await?)
}

/// The user id of a request; text that is no id names no user.
fn user_id(text: &str) -> Result<Uuid, Error> {
    id::parse(text).ok_or(Error::NotFound)
}

#[tonic::async_trait]
impl IdentityService for Identity {
    type WatchChangesStream = BoxStream<'static, Result<Change, Status>>;

    async fn get_user(
        &self,
        request: Request<pb::GetUserRequest>,
    ) -> Result<Response<pb::User>, Status> {
        Ok(Response::new(self.get(request.into_inner()).await?))
    }

    async fn batch_get_users(
        &self,
        request: Request<pb::BatchGetUsersRequest>,
    ) -> Result<Response<pb::BatchGetUsersResponse>, Status> {
        Ok(Response::new(self.batch_get(request.into_inner()).await?))
    }

    async fn list_users(
        &self,
        request: Request<pb::ListUsersRequest>,
    ) -> Result<Response<pb::ListUsersResponse>, Status> {
        Ok(Response::new(self.list(request.into_inner()).await?))
    }

    async fn batch_list_users(
        &self,
        request: Request<pb::BatchListUsersRequest>,
    ) -> Result<Response<pb::BatchListUsersResponse>, Status> {
        Ok(Response::new(self.batch_list(request.into_inner()).await?))
    }

    async fn create_user(
        &self,
        request: Request<pb::CreateUserRequest>,
    ) -> Result<Response<pb::User>, Status> {
        Ok(Response::new(self.create(request.into_inner()).await?))
    }

    async fn replace_user(
        &self,
        request: Request<pb::ReplaceUserRequest>,
    ) -> Result<Response<pb::User>, Status> {
        Ok(Response::new(self.replace(request.into_inner()).await?))
    }

    async fn patch_user(
        &self,
        request: Request<pb::PatchUserRequest>,
    ) -> Result<Response<pb::User>, Status> {
        Ok(Response::new(self.patch(request.into_inner()).await?))
    }

    async fn delete_user(
        &self,
        request: Request<pb::DeleteUserRequest>,
    ) -> Result<Response<()>, Status> {
        Ok(Response::new(self.delete(request.into_inner()).await?))
    }

    async fn watch_changes(
        &self,
        request: Request<pb::WatchChangesRequest>,
    ) -> Result<Response<Self::WatchChangesStream>, Status> {
        let stopped = self.stopped.clone();
        let changes = feed::changes(&self.sequencer, request.into_inner(), stopped);
        Ok(Response::new(changes.boxed()))
    }
}
