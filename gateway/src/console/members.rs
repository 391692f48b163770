//! The members of a group.

use ::scim::patch::{Op, Operation};
use axum::{extract::State, response::Response};
use proto::group::v1::{GetGroupRequest, GroupView, MemberType, PatchGroupRequest};
use serde_json::json;

use super::{
    confirm::{Fact, Question},
    form::Form,
    group,
    page::cut,
    permissions,
    session::Session,
    users,
};
use crate::{
    admin::{fields::invalid, sign_ins, users::list as user_list},
    error::Fault,
    request::Id,
    state::Gateway,
};

/// A member in a table.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) is_group: bool,
    /// None for a group, and for a user who was deleted a moment ago.
    pub(super) user: Option<users::Row>,
}

/// Some members and the number of all. The cost grows with the group, not with the account.
pub(super) async fn list(
    gateway: &Gateway,
    session: &Session,
    group_id: &str,
    skip: i32,
) -> Result<(Vec<Row>, i64), Fault> {
    let request = GetGroupRequest {
        account_id: session.caller.account_id,
        id: group_id.to_owned(),
        view: GroupView::Full.into(),
    };
    let mut client = gateway.clients.group.clone();
    let group = client.get_group(request).await?.into_inner();
    let total = i64::try_from(group.members.len()).unwrap_or(i64::MAX);
    let mut members = group.members;
    members.sort_by(|one, other| one.value.cmp(&other.value));
    let members = cut(members, skip);
    let users = members
        .iter()
        .filter(|member| member.r#type() != MemberType::Group);
    let ids = users.map(|member| member.value.clone()).collect();
    let mut found = found(gateway, session, ids).await?;
    let rows = members.into_iter().map(|member| {
        let place = found.iter().position(|user| user.id == member.value);
        let user = place.map(|place| found.swap_remove(place));
        Row {
            is_group: member.r#type() == MemberType::Group,
            name: match &user {
                Some(user) => user.name.clone(),
                None if member.display.is_empty() => member.value.clone(),
                None => member.display,
            },
            id: member.value,
            user,
        }
    });
    Ok((rows.collect(), total))
}

async fn found(
    gateway: &Gateway,
    session: &Session,
    ids: Vec<String>,
) -> Result<Vec<users::Row>, Fault> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = user_list::batch_get(gateway, &session.caller, ids, "").await?;
    Ok(found.iter().map(users::Row::new).collect())
}

/// `POST /console/groups/{id}/members`: adds the user of an address or a user name.
pub(super) async fn add(
    State(gateway): State<Gateway>,
    Id(id): Id,
    mut form: Form,
) -> Result<Response, Fault> {
    let name = form.text("user")?;
    let session = form.session;
    let user = match sign_ins::find(&gateway, &session.caller, name).await {
        Err(fault) if fault == Fault::not_found() => {
            Err(invalid("there is no user of this address or user name"))
        }
        found => found,
    };
    let written = match user {
        Ok(user) => {
            let value = json!([{"value": user.id}]);
            let operation = operation(Op::Add, "members".to_owned(), Some(value));
            patch(&gateway, &session, &id, operation).await
        }
        Err(fault) => Err(fault),
    };
    group::after(written, &gateway, session, id, "added").await
}

/// `POST /console/groups/{id}/members/remove`.
pub(super) async fn remove(
    State(gateway): State<Gateway>,
    Id(id): Id,
    mut form: Form,
) -> Result<Response, Fault> {
    let member_id = form.text("member_id")?;
    if !form.is_on("confirmed")? {
        return removal(&gateway, &form.session, id, member_id).await;
    }
    let member = json!(member_id);
    let session = form.session;
    let operation = operation(Op::Remove, format!("members[value eq {member}]"), None);
    let written = patch(&gateway, &session, &id, operation).await;
    group::after(written, &gateway, session, id, "removed").await
}

/// Asks before a member goes.
async fn removal(
    gateway: &Gateway,
    session: &Session,
    id: String,
    member_id: String,
) -> Result<Response, Fault> {
    let settings = group::get(gateway, session, id).await?;
    let sets = permissions::sets(gateway).await?;
    let group = settings.group.clone().unwrap_or_default();
    let is_refused = group.scim_managed && session.is_locked();
    let warning = if is_refused {
        Some(
            "SCIM manages this group and manual updates are off: remove the member in the identity provider.",
        )
    } else if permissions::administer(&settings, &sets) {
        Some(
            "The members of this group administer the account by it. Be sure that somebody else still does.",
        )
    } else {
        None
    };
    let allowed = permissions::in_words(&settings).unwrap_or_else(|| "nothing".to_owned());
    let path = format!("/groups/{}", group.id);
    let question = Question {
        section: "groups",
        title: "Remove member".to_owned(),
        warning: warning.map(str::to_owned),
        facts: vec![
            (
                "Member",
                Fact::Text(name(gateway, session, &member_id).await?),
            ),
            ("Group", Fact::Text(group.display_name)),
            ("The group allows", Fact::Text(allowed)),
        ],
        effects: vec![
            "The member loses what the group allows, unless another group allows it too."
                .to_owned(),
        ],
        action: format!("{path}/members/remove"),
        cancel: path,
        fields: vec![("member_id", member_id)],
        button: "Remove member",
        is_refused,
        ..Question::default()
    };
    question.ask(session)
}

/// The name of a user or a group.
async fn name(gateway: &Gateway, session: &Session, id: &str) -> Result<String, Fault> {
    if let Some(user) = found(gateway, session, vec![id.to_owned()]).await?.pop() {
        return Ok(user.name);
    }
    let settings = group::get(gateway, session, id.to_owned()).await?;
    Ok(settings.group.unwrap_or_default().display_name)
}

fn operation(op: Op, path: String, value: Option<serde_json::Value>) -> Operation {
    Operation {
        op,
        path: Some(path),
        value,
    }
}

async fn patch(
    gateway: &Gateway,
    session: &Session,
    id: &str,
    operation: Operation,
) -> Result<(), Fault> {
    let request = PatchGroupRequest {
        account_id: session.caller.account_id,
        id: id.to_owned(),
        operations: vec![proto::patch::to_pb(operation)],
        etags: Vec::new(),
        view: GroupView::Basic.into(),
        actor: Some(session.caller.actor()),
    };
    let mut client = gateway.clients.group.clone();
    client.patch_group(request).await?;
    Ok(())
}
