//! Requests, and what they are made of.

use proto::{
    group::v1::{self as pb, GroupView},
    protocol::v1::{Actor, PatchOperation, actor::Kind, patch_operation::Op},
};
use serde_json::Value;

use super::ACCOUNT;

pub(crate) fn scim_actor() -> Actor {
    actor(Kind::ScimToken)
}

pub(crate) fn admin_actor() -> Actor {
    actor(Kind::AdminToken)
}

pub(crate) fn service_actor() -> Actor {
    actor(Kind::Service)
}

fn actor(kind: Kind) -> Actor {
    Actor {
        kind: kind.into(),
        id: "1".to_owned(),
        name: "Okta".to_owned(),
        request_id: "r-1".to_owned(),
        ip_address: String::new(),
    }
}

pub(crate) fn named(name: &str, members: &[String]) -> pb::Group {
    let members = members.iter().map(|id| pb::Member {
        value: id.clone(),
        ..pb::Member::default()
    });
    pb::Group {
        display_name: name.to_owned(),
        members: members.collect(),
        ..pb::Group::default()
    }
}

pub(crate) fn creation(name: &str, members: &[String]) -> pb::CreateGroupRequest {
    pb::CreateGroupRequest {
        account_id: ACCOUNT,
        group: Some(named(name, members)),
        view: GroupView::Full.into(),
        actor: Some(scim_actor()),
    }
}

pub(crate) fn replacing(id: &str, name: &str, members: &[String]) -> pb::ReplaceGroupRequest {
    pb::ReplaceGroupRequest {
        account_id: ACCOUNT,
        id: id.to_owned(),
        group: Some(named(name, members)),
        etags: Vec::new(),
        view: GroupView::Full.into(),
        actor: Some(scim_actor()),
    }
}

pub(crate) fn patching(id: &str, operations: Vec<PatchOperation>) -> pb::PatchGroupRequest {
    pb::PatchGroupRequest {
        account_id: ACCOUNT,
        id: id.to_owned(),
        operations,
        etags: Vec::new(),
        view: GroupView::Basic.into(),
        actor: Some(scim_actor()),
    }
}

pub(crate) fn deletion(id: &str) -> pb::DeleteGroupRequest {
    pb::DeleteGroupRequest {
        account_id: ACCOUNT,
        id: id.to_owned(),
        etags: Vec::new(),
        actor: Some(scim_actor()),
    }
}

pub(crate) fn settings_update(id: &str) -> pb::UpdateGroupSettingsRequest {
    pb::UpdateGroupSettingsRequest {
        account_id: ACCOUNT,
        group_id: id.to_owned(),
        actor: Some(admin_actor()),
        ..pb::UpdateGroupSettingsRequest::default()
    }
}

pub(crate) fn listing() -> pb::ListGroupsRequest {
    pb::ListGroupsRequest {
        account_id: ACCOUNT,
        page_size: 100,
        ..pb::ListGroupsRequest::default()
    }
}

pub(crate) fn operation(op: Op, path: Option<&str>, value: Option<Value>) -> PatchOperation {
    PatchOperation {
        op: op.into(),
        path: path.map(str::to_owned),
        value_json: value.map(|value| value.to_string()),
    }
}

pub(crate) fn add_members(ids: &[String]) -> PatchOperation {
    operation(Op::Add, Some("members"), Some(values(ids)))
}

pub(crate) fn remove_members(ids: &[String]) -> PatchOperation {
    operation(Op::Remove, Some("members"), Some(values(ids)))
}

/// Member elements as clients send them.
pub(crate) fn values(ids: &[String]) -> Value {
    ids.iter()
        .map(|id| serde_json::json!({ "value": id }))
        .collect()
}

/// The ids of the members, in the order of the answer.
pub(crate) fn member_ids(group: &pb::Group) -> Vec<String> {
    group
        .members
        .iter()
        .map(|member| member.value.clone())
        .collect()
}
