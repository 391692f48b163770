//! `/invites/`: invitations, those that administrators make and those that come with users made over SCIM.

use axum::{extract::State, response::Response};
use http::StatusCode;
use proto::{
    group::v1::{AssignUserGroupsRequest, JoinDefaultGroupsRequest},
    identity::v1::{
        CreateInvitationsRequest, GetInvitationRequest, Invitation, ListInvitationsRequest,
        ResendInvitationRequest, RevokeInvitationRequest,
        invitation::{State as Status, Type},
    },
};
use serde_json::{Value, json};

use super::{
    envelope::{self, instant},
    fields::{Fields, invalid, required},
    groups,
    query::Query,
};
use crate::{auth::AdminCaller, error::Fault, request::Id, state::Gateway};

/// `POST /invites/`: invites all or none; the users get the licence and join these groups and the default
/// ones.
pub(crate) async fn create_invites(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    mut fields: Fields,
) -> Result<Response, Fault> {
    let emails = fields.texts("email_addresses")?;
    let license_type = fields.text("license_type")?;
    let group_ids = fields.texts("group_ids")?.unwrap_or_default();
    fields.account(caller.account_id)?;
    fields.ignore(&["id"]);
    fields.finish()?;
    let emails = required("email_addresses", emails)?;
    // Before anything is sent.
    check_groups(&gateway, &caller, &group_ids).await?;
    let request = CreateInvitationsRequest {
        account_id: caller.account_id,
        emails,
        license_type: license_type.unwrap_or_default(),
        group_ids: group_ids.clone(),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.invitation.clone();
    let created = client.create_invitations(request).await?.into_inner();
    let user_ids = created.users.into_iter().map(|user| user.id).collect();
    let joined = join_groups(&gateway, &caller, user_ids, group_ids).await;
    // The invitations are out: to fail now would make the client send them again.
    let are_assigned = joined.is_ok();
    if let Err(fault) = joined {
        let status = fault.status.as_u16();
        tracing::warn!(status, "invited users are not in their groups");
    }
    let sent = created.invitations.iter().map(|invite| &invite.email);
    Ok(envelope::success(json!({
        "sent": sent.collect::<Vec<_>>(),
        "invites": created.invitations.iter().map(describe).collect::<Vec<_>>(),
        "groups_assigned": are_assigned,
    })))
}

async fn check_groups(
    gateway: &Gateway,
    caller: &AdminCaller,
    group_ids: &[String],
) -> Result<(), Fault> {
    let found = groups::describe_all(gateway, caller, group_ids.to_vec()).await?;
    let is_found = |id: &String| {
        let mut ids = found.iter().filter_map(|group| group["id"].as_str());
        ids.any(|found| found.eq_ignore_ascii_case(id))
    };
    match group_ids.iter().find(|id| !is_found(id)) {
        Some(_) => Err(invalid("group_ids names a group that does not exist")),
        None => Ok(()),
    }
}

async fn join_groups(
    gateway: &Gateway,
    caller: &AdminCaller,
    user_ids: Vec<String>,
    group_ids: Vec<String>,
) -> Result<(), Fault> {
    let request = JoinDefaultGroupsRequest {
        account_id: caller.account_id,
        user_ids: user_ids.clone(),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.group_admin.clone();
    let joined = client.join_default_groups(request).await?.into_inner();
    if group_ids.is_empty() {
        return Ok(());
    }
    let mut group_ids = [joined.group_ids, group_ids].concat();
    group_ids.sort();
    group_ids.dedup();
    for user_id in user_ids {
        let request = AssignUserGroupsRequest {
            account_id: caller.account_id,
            user_id,
            group_ids: group_ids.clone(),
            actor: Some(caller.actor()),
        };
        client.assign_user_groups(request).await?;
    }
    Ok(())
}

/// `GET /invites/`, the newest first.
pub(crate) async fn list_invites(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    query: Query,
) -> Result<Response, Fault> {
    let page = query.page(&["-created_at"])?;
    let state = match query.text("status")?.as_deref() {
        None => Status::Unspecified,
        Some("1" | "pending") => Status::Pending,
        Some("2" | "redeemed") => Status::Redeemed,
        Some("3" | "expired") => Status::Expired,
        Some("6" | "revoked") => Status::Revoked,
        Some(_) => return Err(invalid("status is pending, redeemed, expired or revoked")),
    };
    let request = ListInvitationsRequest {
        account_id: caller.account_id,
        skip: page.offset,
        page_size: page.limit,
        state: state.into(),
        user_id: query.text("user_id")?.unwrap_or_default(),
    };
    let mut client = gateway.clients.invitation.clone();
    let found = client.list_invitations(request).await?.into_inner();
    let invites = found.invitations.iter().map(describe).collect();
    Ok(envelope::page(invites, &page, found.total_size))
}

/// `GET /invites/{id}/`.
pub(crate) async fn get_invite(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
) -> Result<Response, Fault> {
    let request = GetInvitationRequest {
        account_id: caller.account_id,
        id: number(&id)?,
    };
    let mut client = gateway.clients.invitation.clone();
    let invite = client.get_invitation(request).await?.into_inner();
    Ok(envelope::success(describe(&invite)))
}

/// `POST /invites/{id}/resend/`.
pub(crate) async fn resend_invite(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
) -> Result<Response, Fault> {
    let request = ResendInvitationRequest {
        account_id: caller.account_id,
        id: number(&id)?,
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.invitation.clone();
    let invite = client.resend_invitation(request).await?.into_inner();
    Ok(envelope::success(describe(&invite)))
}

/// `DELETE /invites/{id}/`: takes it back.
pub(crate) async fn revoke_invite(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
) -> Result<StatusCode, Fault> {
    let request = RevokeInvitationRequest {
        account_id: caller.account_id,
        id: number(&id)?,
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.invitation.clone();
    client.revoke_invitation(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is no number is nothing that has one.
pub(crate) fn number(text: &str) -> Result<i64, Fault> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(Fault::not_found)
}

fn describe(invite: &Invitation) -> Value {
    // 4 and 5 stand for steps of a verification that there is not here.
    let status = match invite.state() {
        Status::Unspecified => 0,
        Status::Pending => 1,
        Status::Redeemed => 2,
        Status::Expired => 3,
        Status::Revoked => 6,
    };
    let kind = match invite.r#type() {
        Type::Scim => "scim",
        Type::Standard | Type::Unspecified => "standard",
    };
    json!({
        "id": invite.id,
        "account_id": invite.account_id,
        "user_id": invite.user_id,
        "email_address": invite.email,
        "license_type": invite.license_type,
        "status": status,
        "type": kind,
        "group_ids": invite.group_ids,
        "created_at": instant(invite.create_time.as_ref()),
        "sent_at": instant(invite.send_time.as_ref()),
        "expires_at": instant(invite.expire_time.as_ref()),
        "redeemed_at": instant(invite.redeem_time.as_ref()),
    })
}
