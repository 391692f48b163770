//! What a request reads of one user, by one call with what other requests of the account read meanwhile.

use std::{collections::HashMap, sync::Arc};

use ::scim::{
    dialect::Dialect,
    filter::{self, Filter, Literal, Operator},
};
use chassis::client::Channel;
use proto::{
    group::v1::{BatchListUserGroupsRequest, Membership, group_service_client::GroupServiceClient},
    identity::v1::{
        BatchGetUsersRequest, BatchListUsersRequest, ListUsersRequest, ListUsersResponse, User,
        identity_service_client::IdentityServiceClient,
    },
};
use tonic::{Response, Status};

use crate::{
    clients::Clients,
    loader::{Found, Loader},
};

/// Users and their memberships, by the id of the user, and lists that find one user or few.
#[derive(Debug)]
pub(crate) struct LookUps {
    /// By account, and by whether the names of managers are shown.
    pub(crate) users: Loader<(i64, bool), String, User>,
    /// By account. Whoever is in no group is not there.
    pub(crate) memberships: Loader<i64, String, Vec<Membership>>,
    /// Lists by account.
    lists: Loader<i64, ListUsersRequest, Result<ListUsersResponse, Status>>,
}

impl LookUps {
    pub(crate) fn new(clients: &Clients) -> LookUps {
        let (identity, group) = (clients.identity.clone(), clients.group.clone());
        let of_lists = identity.clone();
        LookUps {
            lists: Loader::new(move |account_id, requests| {
                Box::pin(lists(of_lists.clone(), account_id, requests))
            }),
            users: Loader::new(move |(account_id, manager_names), ids| {
                Box::pin(users(identity.clone(), account_id, manager_names, ids))
            }),
            memberships: Loader::new(move |account_id, ids| {
                Box::pin(memberships(group.clone(), account_id, ids))
            }),
        }
    }

    /// Lists users; together with others if it is a look-up.
    pub(crate) async fn list(
        &self,
        mut client: IdentityServiceClient<Channel>,
        request: ListUsersRequest,
    ) -> Result<ListUsersResponse, Status> {
        if !is_look_up(&request) {
            return Ok(client.list_users(request).await?.into_inner());
        }
        let found = self.lists.load(request.account_id, request).await?;
        found.map_or_else(|| Err(chassis::client::panicked()), Arc::unwrap_or_clone)
    }
}

/// Whether a list is a first page of users with one `userName`, `externalId` or e-mail address, as identity providers ask
/// for all day: it finds one user or few, and nobody waits long for it.
fn is_look_up(request: &ListUsersRequest) -> bool {
    let is_first = request.skip == 0 && !request.use_page_tokens && request.order_by.is_empty();
    is_first && filter::parse(&request.filter, Dialect::Lenient).is_ok_and(|it| names_few(&it))
}

fn names_few(filter: &Filter) -> bool {
    match filter {
        Filter::Compare(path, Operator::Eq, Literal::Text(_)) => {
            let is = |name| path.name.eq_ignore_ascii_case(name);
            let sub = path.sub.as_deref();
            (sub.is_none() && (is("userName") || is("externalId")))
                || (is("emails") && sub.is_none_or(|sub| sub.eq_ignore_ascii_case("value")))
        }
        Filter::Element(path, inner) => {
            path.name.eq_ignore_ascii_case("emails") && names_address(inner)
        }
        _ => false,
    }
}

fn names_address(filter: &Filter) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().any(names_address),
        Filter::Compare(path, Operator::Eq, Literal::Text(_)) => {
            path.name.eq_ignore_ascii_case("value")
        }
        _ => false,
    }
}

/// One list alone, or several by one call; those it says nothing of by calls of their own.
async fn lists(
    mut client: IdentityServiceClient<Channel>,
    account_id: i64,
    requests: Vec<ListUsersRequest>,
) -> Result<Found<ListUsersRequest, Result<ListUsersResponse, Status>>, Status> {
    let mut results = Vec::new();
    if requests.len() > 1 {
        let batch = BatchListUsersRequest {
            account_id,
            lists: requests.clone(),
        };
        results = client.batch_list_users(batch).await?.into_inner().results;
    }
    let mut all = HashMap::new();
    let mut results = results.into_iter();
    for request in requests {
        let list = match results.next().and_then(|result| result.list) {
            Some(list) => Ok(list),
            None => client
                .list_users(request.clone())
                .await
                .map(Response::into_inner),
        };
        all.insert(request, list);
    }
    Ok(all)
}

/// An answer has room for so many bytes; the rest is asked for by another call, until an answer brings nothing.
async fn users(
    mut client: IdentityServiceClient<Channel>,
    account_id: i64,
    manager_names: bool,
    mut ids: Vec<String>,
) -> Result<Found<String, User>, Status> {
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
) -> Result<Found<String, Vec<Membership>>, Status> {
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

#[cfg(test)]
mod tests;
