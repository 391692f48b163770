//! `/Users`.

use std::{collections::HashMap, sync::Arc, time::Duration};

use ::scim::{Map, attributes::Written, definitions::ENTERPRISE_URN};
use axum::{extract::State, response::Response};
use chassis::work;
use http::{HeaderMap, StatusCode};
use prost::Message as _;
use proto::{
    group::v1::{
        BatchListUserGroupsRequest, Membership, RefreshUserRequest, RemoveDeletedUserRequest,
    },
    identity::v1::{
        CreateUserRequest, DeleteUserRequest, GetUserRequest, ListUsersRequest, PatchUserRequest,
        ReplaceUserRequest, User,
    },
    protocol::v1::Actor,
};
use serde_json::{Value, json};
use tonic::Status;

use super::{
    Message,
    kind::Kind,
    list::{Found, Part},
    query::{Parameters, Search, Selection},
    read_patch,
    refusal::{refuse, replacement},
    response::{self, BaseUrl, Meta, Preference},
};
use crate::{auth::ScimCaller, error::Fault, request::Id, state::Gateway};

/// How long a write that is done waits for the memberships to go.
const LEAVING: Duration = Duration::from_secs(5);

/// The answer of a handler.
type Answer = Result<Response, Fault>;

/// Finds a part of the users that match.
pub(crate) async fn find(
    gateway: &Gateway,
    caller: &ScimCaller,
    search: &Search,
    part: Part,
) -> Result<Found, Fault> {
    let request = ListUsersRequest {
        account_id: caller.account_id,
        filter: search.filter.clone(),
        order_by: search.sort_by.clone(),
        descending: search.descending,
        skip: part.skip,
        page_size: part.size,
        use_page_tokens: part.token.is_some(),
        page_token: part.token.clone().unwrap_or_default(),
        across_types: part.across_types,
        take: part.take,
        manager_names: wants_manager_name(gateway, &search.selection),
        ..ListUsersRequest::default()
    };
    let client = gateway.clients.identity.clone();
    let found = gateway.look_ups.list(client, request).await?;
    let ids = found.users.iter().map(|user| user.id.clone()).collect();
    let mut groups = HashMap::new();
    if wants_groups(gateway, &search.selection) {
        let (found_groups, left) = memberships(gateway, caller, ids).await?;
        if left > 0 {
            // The page ends with the last user whose groups came.
            let fitting = found.users.len().saturating_sub(left).max(1);
            let part = part.shortened(fitting);
            return Box::pin(find(gateway, caller, search, part)).await;
        }
        groups = found_groups;
    }
    let (gateway, caller) = (gateway.clone(), caller.clone());
    let shown = work::run(found.encoded_len() / 32, move || {
        let users = found.users.into_iter();
        let resources = users.map(|user| {
            let groups = groups.remove(&user.id).unwrap_or_default();
            Ok(represent(&gateway, &caller, &user, &groups)?.1)
        });
        Ok(Found {
            resources: resources.collect::<Result<_, Fault>>()?,
            total: found.total_size,
            next: found.next_page_token,
        })
    });
    shown.await
}

/// `POST /Users`.
pub(crate) async fn create_user(
    State(gateway): State<Gateway>,
    caller: ScimCaller,
    parameters: Parameters,
    Message(body): Message,
) -> Answer {
    let selection = parameters.selection(caller.dialect)?;
    let unassigned = ::scim::resource::unassigned(&gateway.user, &body);
    let resource = ::scim::resource::read(&gateway.user, body, caller.dialect)?;
    let selection = selection.after(Written::in_body(&gateway.user, &resource));
    let request = CreateUserRequest {
        account_id: caller.account_id,
        user: Some(proto::user::from_scim(resource, &gateway.license_urn)),
        actor: Some(caller.actor()),
        manager_names: wants_manager_name(&gateway, &selection),
        unassigned,
    };
    let mut client = gateway.clients.identity.clone();
    let user = client.create_user(request).await?.into_inner();
    follow_activity(&gateway, &user, caller.actor()).await;
    written(&gateway, &caller, &selection, StatusCode::CREATED, &user).await
}

/// `GET /Users/{id}`.
pub(crate) async fn get_user(
    State(gateway): State<Gateway>,
    caller: ScimCaller,
    Id(id): Id,
    parameters: Parameters,
    headers: HeaderMap,
) -> Answer {
    let selection = parameters.selection(caller.dialect)?;
    let manager_name = wants_manager_name(&gateway, &selection);
    let lane = (caller.account_id, manager_name);
    let user = gateway.look_ups.users.load(lane, id.clone());
    let groups = async {
        match wants_groups(&gateway, &selection) {
            true => memberships_of(&gateway, &caller, id).await,
            false => Ok(None),
        }
    };
    let (user, groups) = tokio::join!(user, groups);
    let user = user?.ok_or_else(Fault::not_found)?;
    if response::is_known(&headers, &user.etag) {
        return Ok(response::not_modified(&meta(&gateway, &caller, &user)));
    }
    let groups = groups?;
    let groups = groups.as_deref().map_or(&[][..], Vec::as_slice);
    let (meta, resource) = represent(&gateway, &caller, &user, groups)?;
    let resource = selection.projection.apply(&gateway.user, resource);
    Ok(response::resource(StatusCode::OK, &meta, &resource))
}

/// The user alone, to see whether it is there.
async fn look(
    gateway: &Gateway,
    caller: &ScimCaller,
    id: String,
) -> Result<tonic::Response<User>, Status> {
    let request = GetUserRequest {
        account_id: caller.account_id,
        id,
        ..GetUserRequest::default()
    };
    gateway.clients.identity.clone().get_user(request).await
}

/// `PUT /Users/{id}`.
pub(crate) async fn replace_user(
    State(gateway): State<Gateway>,
    caller: ScimCaller,
    Id(id): Id,
    parameters: Parameters,
    headers: HeaderMap,
    Message(body): Message,
) -> Answer {
    let selection = parameters.selection(caller.dialect)?;
    let resource = match replacement(&gateway.user, body, &id, caller.dialect) {
        Ok(resource) => resource,
        Err(error) => return Err(refuse(error, look(&gateway, &caller, id)).await),
    };
    let selection = selection.after(Written::in_body(&gateway.user, &resource));
    let request = ReplaceUserRequest {
        account_id: caller.account_id,
        id,
        user: Some(proto::user::from_scim(resource, &gateway.license_urn)),
        etags: response::if_match(&headers),
        actor: Some(caller.actor()),
        manager_names: wants_manager_name(&gateway, &selection),
    };
    let mut client = gateway.clients.identity.clone();
    let user = client.replace_user(request).await?.into_inner();
    follow_activity(&gateway, &user, caller.actor()).await;
    written(&gateway, &caller, &selection, StatusCode::OK, &user).await
}

/// `PATCH /Users/{id}`.
pub(crate) async fn patch_user(
    State(gateway): State<Gateway>,
    caller: ScimCaller,
    Id(id): Id,
    parameters: Parameters,
    headers: HeaderMap,
    Message(body): Message,
) -> Answer {
    let selection = parameters.selection(caller.dialect)?;
    let read = read_patch(&gateway, Kind::User, body, caller.dialect).await;
    let (operations, named) = match read {
        Ok(read) => read,
        Err(error) => return Err(refuse(error, look(&gateway, &caller, id)).await),
    };
    let selection = selection.after(named);
    let request = PatchUserRequest {
        account_id: caller.account_id,
        id,
        operations: operations.into_iter().map(proto::patch::to_pb).collect(),
        etags: response::if_match(&headers),
        actor: Some(caller.actor()),
        manager_names: wants_manager_name(&gateway, &selection),
    };
    let mut client = gateway.clients.identity.clone();
    let user = client.patch_user(request).await?.into_inner();
    follow_activity(&gateway, &user, caller.actor()).await;
    if response::preference(&headers) == Some(Preference::Minimal) && !selection.given {
        return Ok(response::changed(&meta(&gateway, &caller, &user)));
    }
    written(&gateway, &caller, &selection, StatusCode::OK, &user).await
}

/// `DELETE /Users/{id}`.
pub(crate) async fn delete_user(
    State(gateway): State<Gateway>,
    caller: ScimCaller,
    Id(id): Id,
    headers: HeaderMap,
) -> Answer {
    let request = DeleteUserRequest {
        account_id: caller.account_id,
        id: id.clone(),
        etags: response::if_match(&headers),
        actor: Some(caller.actor()),
    };
    gateway
        .clients
        .identity
        .clone()
        .delete_user(request)
        .await?;
    let request = RemoveDeletedUserRequest {
        account_id: caller.account_id,
        user_id: id,
        actor: Some(caller.actor()),
    };
    leave_groups(&gateway, request).await;
    Ok(response::deleted())
}

/// Has a user who is deleted leave the groups, so that a read right after sees it. The user is gone in any case, and
/// the group service follows by itself, so a failure is not the client's.
pub(crate) async fn leave_groups(gateway: &Gateway, request: RemoveDeletedUserRequest) {
    let mut client = gateway.clients.group.clone();
    let leaving = client.remove_deleted_user(request);
    if let Err(status) = chassis::deadline::within(LEAVING, leaving).await {
        let code = status.code();
        tracing::warn!("rpc.response.status_code" = ?code, "memberships of a deleted user remain for now");
    }
}

/// Has the group service see at once that a user was activated or deactivated, so that a read right after does too;
/// asks nobody where a write did neither. The group service follows by itself, so a failure is not the client's.
pub(crate) async fn follow_activity(gateway: &Gateway, user: &User, actor: Actor) {
    if !user.activity_changed {
        return;
    }
    let request = RefreshUserRequest {
        account_id: user.account_id,
        user_id: user.id.clone(),
        actor: Some(actor),
    };
    let mut client = gateway.clients.group.clone();
    let following = client.refresh_user(request);
    if let Err(status) = chassis::deadline::within(LEAVING, following).await {
        let code = status.code();
        tracing::warn!("rpc.response.status_code" = ?code, "memberships of a switched user remain for now");
    }
}

/// The answer to a write that was done: it is acknowledged even where the groups cannot be read.
async fn written(
    gateway: &Gateway,
    caller: &ScimCaller,
    selection: &Selection,
    status: StatusCode,
    user: &User,
) -> Answer {
    let mut groups = None;
    if wants_groups(gateway, selection) {
        let found = memberships_of(gateway, caller, user.id.clone()).await;
        groups = found.unwrap_or_else(|status| {
            let code = status.code();
            tracing::warn!("rpc.response.status_code" = ?code, "a written user is shown without groups");
            None
        });
    }
    let groups = groups.as_deref().map_or(&[][..], Vec::as_slice);
    let (meta, resource) = represent(gateway, caller, user, groups)?;
    let resource = selection.projection.apply(&gateway.user, resource);
    Ok(response::resource(status, &meta, &resource))
}

/// The name of a manager is read only if it is shown (R-PROJ-10).
fn wants_manager_name(gateway: &Gateway, selection: &Selection) -> bool {
    let projection = &selection.projection;
    projection.wants_in(&gateway.user, ENTERPRISE_URN, "manager", "displayName")
}

fn wants_groups(gateway: &Gateway, selection: &Selection) -> bool {
    selection.projection.wants(&gateway.user, "groups")
}

/// The memberships of one user; none: it is in no group.
async fn memberships_of(
    gateway: &Gateway,
    caller: &ScimCaller,
    id: String,
) -> Result<Option<Arc<Vec<Membership>>>, Status> {
    let memberships = &gateway.look_ups.memberships;
    memberships.load(caller.account_id, id).await
}

/// The memberships by user, and of how many users, the last ones, there was no room for them.
async fn memberships(
    gateway: &Gateway,
    caller: &ScimCaller,
    mut user_ids: Vec<String>,
) -> Result<(HashMap<String, Arc<Vec<Membership>>>, usize), Fault> {
    if user_ids.len() < 2 {
        let mut by_user = HashMap::new();
        if let Some(id) = user_ids.pop()
            && let Some(found) = memberships_of(gateway, caller, id.clone()).await?
        {
            by_user.insert(id, found);
        }
        return Ok((by_user, 0));
    }
    let request = BatchListUserGroupsRequest {
        account_id: caller.account_id,
        user_ids,
    };
    let mut client = gateway.clients.group.clone();
    let found = client.batch_list_user_groups(request).await?.into_inner();
    let by_user = found.user_groups.into_iter();
    let by_user = by_user.map(|of| (of.user_id, Arc::new(of.memberships)));
    Ok((by_user.collect(), found.left_user_ids.len()))
}

fn meta(gateway: &Gateway, caller: &ScimCaller, user: &User) -> Meta {
    let base = BaseUrl::new(gateway, caller.account_id);
    Meta {
        location: base.location(&gateway.user.endpoint, &user.id),
        id: user.id.clone(),
        etag: user.etag.clone(),
        created: user.create_time,
        last_modified: user.update_time,
    }
}

/// The full representation.
fn represent(
    gateway: &Gateway,
    caller: &ScimCaller,
    user: &User,
    groups: &[Membership],
) -> Result<(Meta, Map), Fault> {
    let base = BaseUrl::new(gateway, caller.account_id);
    let attributes = proto::user::to_scim(user, &gateway.license_urn);
    let mut attributes = attributes.map_err(Fault::internal)?;
    refer_to_manager(&base, &mut attributes);
    if !groups.is_empty() {
        let groups = groups.iter().map(|group| {
            json!({
                "value": group.group_id,
                "$ref": base.location("/Groups", &group.group_id),
                "display": group.display_name,
                "type": if group.direct { "direct" } else { "indirect" },
            })
        });
        attributes.insert("groups".to_owned(), groups.collect());
    }
    let meta = meta(gateway, caller, user);
    let resource = response::represent(&gateway.user, attributes, &meta);
    Ok((meta, resource))
}

/// Adds `manager.$ref` where the client left it out (R-ENT-02). A value that is no id of ours, which
/// some clients send, is left alone.
fn refer_to_manager(base: &BaseUrl, attributes: &mut Map) {
    let extension = attributes.get_mut(ENTERPRISE_URN);
    let manager = extension.and_then(|extension| extension.get_mut("manager"));
    let Some(Value::Object(manager)) = manager else {
        return;
    };
    let id = manager.get("value").and_then(Value::as_str);
    let Some(id) = id.filter(|id| uuid::Uuid::try_parse(id).is_ok()) else {
        return;
    };
    let location = base.location("/Users", id);
    manager.entry("$ref").or_insert(Value::String(location));
}
