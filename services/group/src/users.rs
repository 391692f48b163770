//! The identity service: which users exist, what they are called, and what changes.

use directory::id;
use std::collections::HashMap;

use chassis::client::{Channel, NoDeadline};
use futures::{StreamExt, TryStreamExt, stream};
use proto::{
    identity::v1::{
        BatchGetUsersRequest, User, UserView, WatchChangesRequest,
        identity_service_client::IdentityServiceClient,
    },
    protocol::v1::Change,
};
use tonic::{Request, Status, Streaming};
use uuid::Uuid;

use crate::{error::Error, peer};

/// The most users asked for in one call.
const BATCH: usize = 10_000;
/// How many calls of one read run at once.
const PARALLEL: usize = 4;
/// The largest response taken, in bytes.
const MAX_MESSAGE: usize = 64 << 20;

/// A client of the identity service; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Users {
    client: IdentityServiceClient<Channel>,
}

impl Users {
    pub(crate) fn new(url: &str) -> anyhow::Result<Users> {
        let client = IdentityServiceClient::new(chassis::client::channel(url)?)
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        Ok(Users { client })
    }

    /// The names to show of those users that exist.
    pub(crate) async fn names(
        &self,
        account_id: i64,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, String>, Error> {
        let users = self.find(account_id, ids).await?;
        let named = users.map(|(id, user)| (id, user.display_name));
        Ok(named.collect())
    }

    /// Those users that exist, each with whether it is active.
    pub(crate) async fn states(
        &self,
        account_id: i64,
        ids: &[Uuid],
    ) -> Result<Vec<(Uuid, bool)>, Error> {
        let users = self.find(account_id, ids).await?;
        let states = users.map(|(id, user)| (id, user.active != Some(false)));
        Ok(states.collect())
    }

    async fn find(
        &self,
        account_id: i64,
        ids: &[Uuid],
    ) -> Result<impl Iterator<Item = (Uuid, User)> + use<>, Error> {
        let batches: Vec<Vec<User>> = stream::iter(ids.chunks(BATCH).map(<[Uuid]>::to_vec))
            .map(|batch| self.batch(account_id, batch))
            .buffered(PARALLEL)
            .try_collect()
            .await?;
        let users = batches.into_iter().flatten();
        Ok(users.filter_map(|user| Some((id::parse(&user.id)?, user))))
    }

    async fn batch(&self, account_id: i64, ids: Vec<Uuid>) -> Result<Vec<User>, Error> {
        let mut client = self.client.clone();
        let request = BatchGetUsersRequest {
            account_id,
            ids: ids.iter().map(Uuid::to_string).collect(),
            view: UserView::Reference.into(),
            ..Default::default()
        };
        let response = client
            .batch_get_users(request)
            .await
            .map_err(|status| peer::failure("identity", &status))?;
        Ok(response.into_inner().users)
    }

    /// The changes of some kinds after a sequence, without an end; now and then one of another kind.
    pub(crate) async fn changes(
        &self,
        after_sequence: i64,
        kinds: &[&str],
    ) -> Result<Streaming<Change>, Status> {
        let mut request = Request::new(WatchChangesRequest {
            after_sequence,
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        });
        request.extensions_mut().insert(NoDeadline);
        let mut client = self.client.clone();
        Ok(client.watch_changes(request).await?.into_inner())
    }
}
