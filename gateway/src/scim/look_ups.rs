//! What a request reads of one user, by one call with what other requests of the account read meanwhile.

use std::collections::HashMap;

use chassis::client::Channel;
use proto::{
    group::v1::{BatchListUserGroupsRequest, Membership, group_service_client::GroupServiceClient},
    identity::v1::{BatchGetUsersRequest, User, identity_service_client::IdentityServiceClient},
};
use tonic::Status;

use crate::{
    clients::Clients,
    loader::{Found, Loader},
};

/// Users and their memberships, by the id of the user.
#[derive(Debug)]
pub(crate) struct LookUps {
    /// By account, and by whether the names of managers are shown.
    pub(crate) users: Loader<(i64, bool), User>,
    /// By account. Whoever is in no group is not there.
    pub(crate) memberships: Loader<i64, Vec<Membership>>,
}

impl LookUps {
    pub(crate) fn new(clients: &Clients) -> LookUps {
        let (identity, group) = (clients.identity.clone(), clients.group.clone());
        LookUps {
            users: Loader::new(move |(account_id, manager_names), ids| {
                Box::pin(users(identity.clone(), account_id, manager_names, ids))
            }),
            memberships: Loader::new(move |account_id, ids| {
                Box::pin(memberships(group.clone(), account_id, ids))
            }),
        }
    }
}

/// An answer has room for so many bytes; the rest is asked for by another call, until an answer brings nothing.
async fn users(
    mut client: IdentityServiceClient<Channel>,
    account_id: i64,
    manager_names: bool,
    mut ids: Vec<String>,
) -> Result<Found<User>, Status> {
    let mut all = HashMap::new();
    while !ids.is_empty() {
        let request = BatchGetUsersRequest {
            account_id,
            ids,
            manager_names,
            ..BatchGetUsersRequest::default()
        };
        let found = client.batch_get_users(request).await?.into_inner();
        ids = match found.users.is_empty() {
            true => Vec::new(),
            false => found.left_ids,
        };
        all.extend(found.users.into_iter().map(|user| (user.id.clone(), user)));
    }
    Ok(all)
}

/// As [`users`].
async fn memberships(
    mut client: GroupServiceClient<Channel>,
    account_id: i64,
    mut user_ids: Vec<String>,
) -> Result<Found<Vec<Membership>>, Status> {
    let mut all = HashMap::new();
    while !user_ids.is_empty() {
        let request = BatchListUserGroupsRequest {
            account_id,
            user_ids,
        };
        let found = client.batch_list_user_groups(request).await?.into_inner();
        user_ids = match found.user_groups.is_empty() {
            true => Vec::new(),
            false => found.left_user_ids,
        };
        let by_user = found.user_groups.into_iter();
        all.extend(by_user.map(|of| (of.user_id, of.memberships)));
    }
    Ok(all)
}
