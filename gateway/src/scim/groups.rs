//! `/Groups`.

use ::scim::{Map, attributes::Written};
use axum::{extract::State, response::Response};
use chassis::work;
use http::{HeaderMap, StatusCode};
use prost::Message as _;
use proto::group::v1::{
    CreateGroupRequest, DeleteGroupRequest, GetGroupRequest, Group, GroupView, ListGroupsRequest,
    PatchGroupRequest, ReplaceGroupRequest,
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

/// The answer of a handler.
type Answer = Result<Response, Fault>;

/// Finds a part of the groups that match.
pub(crate) async fn find(
    gateway: &Gateway,
    caller: &ScimCaller,
    search: &Search,
    part: Part,
) -> Result<Found, Fault> {
    let shown = view(gateway, &search.selection);
    let request = ListGroupsRequest {
        account_id: caller.account_id,
        filter: search.filter.clone(),
        order_by: search.sort_by.clone(),
        descending: search.descending,
        skip: part.skip,
        page_size: part.size,
        use_page_tokens: part.token.is_some(),
        page_token: part.token.unwrap_or_default(),
        across_types: part.across_types,
        take: part.take,
        view: shown.into(),
    };
    let mut client = gateway.clients.group.clone();
    let found = client.list_groups(request).await?.into_inner();
    let with_members = shown == GroupView::Full;
    let (gateway, caller) = (gateway.clone(), caller.clone());
    let shown = work::run(found.encoded_len() / 32, move || {
        let groups = found.groups.iter();
        let resources =
            groups.map(|group| Ok(represent(&gateway, &caller, group, with_members)?.1));
        Ok(Found {
            resources: resources.collect::<Result<_, Fault>>()?,
            total: found.total_size,
            next: found.next_page_token,
        })
    });
    shown.await
}

/// `POST /Groups`.
pub(crate) async fn create_group(
    State(gateway): State<Gateway>,
    caller: ScimCaller,
    parameters: Parameters,
    Message(body): Message,
) -> Answer {
    let selection = parameters.selection(caller.dialect)?;
    let resource = ::scim::resource::read(&gateway.group, body, caller.dialect)?;
    let selection = selection.after(Written::in_body(&gateway.group, &resource));
    let request = CreateGroupRequest {
        account_id: caller.account_id,
        group: Some(proto::group::from_scim(resource)),
        view: view(&gateway, &selection).into(),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.group.clone();
    let group = client.create_group(request).await?.into_inner();
    answer(&gateway, &caller, &selection, StatusCode::CREATED, &group)
}

/// `GET /Groups/{id}`.
pub(crate) async fn get_group(
    State(gateway): State<Gateway>,
    caller: ScimCaller,
    Id(id): Id,
    parameters: Parameters,
    headers: HeaderMap,
) -> Answer {
    let selection = parameters.selection(caller.dialect)?;
    let request = GetGroupRequest {
        account_id: caller.account_id,
        id,
        view: view(&gateway, &selection).into(),
    };
    let mut client = gateway.clients.group.clone();
    let group = client.get_group(request).await?.into_inner();
    if response::is_known(&headers, &group.etag) {
        return Ok(response::not_modified(&meta(&gateway, &caller, &group)));
    }
    answer(&gateway, &caller, &selection, StatusCode::OK, &group)
}

/// The group without its members, to see whether it is there.
async fn look(
    gateway: &Gateway,
    caller: &ScimCaller,
    id: String,
) -> Result<tonic::Response<Group>, Status> {
    let request = GetGroupRequest {
        account_id: caller.account_id,
        id,
        view: GroupView::Basic.into(),
    };
    gateway.clients.group.clone().get_group(request).await
}

/// `PUT /Groups/{id}`.
pub(crate) async fn replace_group(
    State(gateway): State<Gateway>,
    caller: ScimCaller,
    Id(id): Id,
    parameters: Parameters,
    headers: HeaderMap,
    Message(body): Message,
) -> Answer {
    let selection = parameters.selection(caller.dialect)?;
    let resource = match replacement(&gateway.group, body, &id, caller.dialect) {
        Ok(resource) => resource,
        Err(error) => return Err(refuse(error, look(&gateway, &caller, id)).await),
    };
    let selection = selection.after(Written::in_body(&gateway.group, &resource));
    let request = ReplaceGroupRequest {
        account_id: caller.account_id,
        id,
        group: Some(proto::group::from_scim(resource)),
        etags: response::if_match(&headers),
        view: view(&gateway, &selection).into(),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.group.clone();
    let group = client.replace_group(request).await?.into_inner();
    answer(&gateway, &caller, &selection, StatusCode::OK, &group)
}

/// `PATCH /Groups/{id}`: 204 unless the client chose attributes or prefers a representation, so that adding one
/// member to a large group does not read the others (R-PATCH-08, R-GRP-07).
pub(crate) async fn patch_group(
    State(gateway): State<Gateway>,
    caller: ScimCaller,
    Id(id): Id,
    parameters: Parameters,
    headers: HeaderMap,
    Message(body): Message,
) -> Answer {
    let selection = parameters.selection(caller.dialect)?;
    let read = read_patch(&gateway, Kind::Group, body, caller.dialect).await;
    let (operations, written) = match read {
        Ok(read) => read,
        Err(error) => return Err(refuse(error, look(&gateway, &caller, id)).await),
    };
    let selection = selection.after(written);
    let prefers_body = response::preference(&headers) == Some(Preference::Representation);
    let with_body = selection.given || prefers_body;
    let view = if with_body {
        view(&gateway, &selection)
    } else {
        GroupView::Basic
    };
    let request = PatchGroupRequest {
        account_id: caller.account_id,
        id,
        operations: operations.into_iter().map(proto::patch::to_pb).collect(),
        etags: response::if_match(&headers),
        view: view.into(),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.group.clone();
    let group = client.patch_group(request).await?.into_inner();
    if with_body {
        answer(&gateway, &caller, &selection, StatusCode::OK, &group)
    } else {
        Ok(response::changed(&meta(&gateway, &caller, &group)))
    }
}

/// `DELETE /Groups/{id}`.
pub(crate) async fn delete_group(
    State(gateway): State<Gateway>,
    caller: ScimCaller,
    Id(id): Id,
    headers: HeaderMap,
) -> Answer {
    let request = DeleteGroupRequest {
        account_id: caller.account_id,
        id,
        etags: response::if_match(&headers),
        actor: Some(caller.actor()),
    };
    gateway.clients.group.clone().delete_group(request).await?;
    Ok(response::deleted())
}

/// Members are read only if they are shown (R-PROJ-10).
fn view(gateway: &Gateway, selection: &Selection) -> GroupView {
    if selection.projection.wants(&gateway.group, "members") {
        GroupView::Full
    } else {
        GroupView::Basic
    }
}

fn answer(
    gateway: &Gateway,
    caller: &ScimCaller,
    selection: &Selection,
    status: StatusCode,
    group: &Group,
) -> Answer {
    let with_members = view(gateway, selection) == GroupView::Full;
    let (meta, resource) = represent(gateway, caller, group, with_members)?;
    let resource = selection.projection.apply(&gateway.group, resource);
    Ok(response::resource(status, &meta, &resource))
}

fn meta(gateway: &Gateway, caller: &ScimCaller, group: &Group) -> Meta {
    let base = BaseUrl::new(gateway, caller.account_id);
    Meta {
        location: base.location(&gateway.group.endpoint, &group.id),
        id: group.id.clone(),
        etag: group.etag.clone(),
        created: group.create_time,
        last_modified: group.update_time,
    }
}

/// The full representation. Where the members were read, a group without any shows an empty list: an identity
/// provider that sees no list at all takes it that this server keeps none, and pushes no members any more.
fn represent(
    gateway: &Gateway,
    caller: &ScimCaller,
    group: &Group,
    with_members: bool,
) -> Result<(Meta, Map), Fault> {
    let base = BaseUrl::new(gateway, caller.account_id);
    let meta = meta(gateway, caller, group);
    let mut attributes = proto::group::to_scim(group).map_err(Fault::internal)?;
    if with_members {
        let members = attributes.entry("members");
        members.or_insert_with(|| Value::Array(Vec::new()));
    }
    if let Some(Value::Array(members)) = attributes.get_mut("members") {
        for member in members {
            refer(&base, member);
        }
    }
    let resource = response::represent(&gateway.group, attributes, &meta);
    Ok((meta, resource))
}

/// Adds the `$ref` of a member, by its type.
fn refer(base: &BaseUrl, member: &mut Value) {
    let Value::Object(member) = member else {
        return;
    };
    let endpoint = match member.get("type").and_then(Value::as_str) {
        Some("Group") => "/Groups",
        _ => "/Users",
    };
    if let Some(id) = member.get("value").and_then(Value::as_str) {
        let location = base.location(endpoint, id);
        member.insert("$ref".to_owned(), json!(location));
    }
}
