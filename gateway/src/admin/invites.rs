//! `/invites/`: invitations, those that administrators make and those that come with users made over SCIM.

use axum::{extract::State, response::Response};
use http::StatusCode;
use proto::{
    group::v1::JoinDefaultGroupsRequest,
    identity::v1::{
        CreateInvitationsRequest, GetInvitationRequest, Invitation, ListInvitationsRequest,
        ResendInvitationRequest, RevokeInvitationRequest,
        invitation::{State as Status, Type},
    },
};
use serde_json::{Value, json};

use super::{
    accounts,
    envelope::{self, instant},
    fields::{Fields, invalid, required},
    groups, ids,
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
    let group_ids = fields.ids("group_ids")?.unwrap_or_default();
    fields.account(caller.account_id)?;
    fields.ignore(&["id"]);
    fields.finish()?;
    let emails = required("email_addresses", emails)?;
    let license_type = license_type.unwrap_or_default();
    let group_ids = ids::named_groups(&gateway, &caller, "group_ids", group_ids).await?;
    let invited = invite(&gateway, &caller, emails, license_type, group_ids).await?;
    let sent = invited.invitations.iter().map(|invite| &invite.email);
    let data = json!({
        "sent": sent.collect::<Vec<_>>(),
        // Of no use to fail for: the invitations are out.
        "invites": describe_all(&gateway, &caller, &invited.invitations).await.unwrap_or_default(),
        "groups_assigned": invited.are_assigned,
    });
    Ok(if invited.are_assigned {
        envelope::success(data)
    } else {
        envelope::success_but(data, NOT_ASSIGNED)
    })
}

/// What a client hears whose invitations are out, but not all that was to follow.
const NOT_ASSIGNED: &str = "The users were invited, but could not be put into their groups; \
     put them there by /assign-groups/.";

/// What came of inviting.
pub(crate) struct Invited {
    pub(crate) invitations: Vec<Invitation>,
    /// Whether the users are in their groups.
    pub(crate) are_assigned: bool,
}

/// Invites all of these addresses or none, and puts the users into these groups and the default ones.
pub(crate) async fn invite(
    gateway: &Gateway,
    caller: &AdminCaller,
    emails: Vec<String>,
    license_type: String,
    group_ids: Vec<String>,
) -> Result<Invited, Fault> {
    // Before anything is sent.
    check_groups(gateway, caller, &group_ids).await?;
    let request = CreateInvitationsRequest {
        account_id: caller.account_id,
        emails,
        license_type,
        group_ids: group_ids.clone(),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.invitation.clone();
    let created = client.create_invitations(request).await?.into_inner();
    let user_ids = created.users.into_iter().map(|user| user.id).collect();
    let joined = join_groups(gateway, caller, user_ids, group_ids).await;
    // The invitations are out: to fail now would make the client send them again.
    let are_assigned = joined.is_ok();
    if let Err(fault) = joined {
        let status = fault.status.as_u16();
        tracing::warn!(status, "invited users are not in their groups");
    }
    Ok(Invited {
        invitations: created.invitations,
        are_assigned,
    })
}

async fn check_groups(
    gateway: &Gateway,
    caller: &AdminCaller,
    group_ids: &[String],
) -> Result<(), Fault> {
    let found = ids::settings(gateway, caller, group_ids.to_vec()).await?;
    if group_ids.iter().all(|id| found.contains_key(id)) {
        Ok(())
    } else {
        Err(invalid("group_ids names a group that does not exist"))
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
        user_ids,
        group_ids,
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.group_admin.clone();
    client.join_default_groups(request).await?;
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
        user_id: match query.text("user_id")? {
            Some(user_id) => ids::user(&gateway, &caller, user_id).await?,
            None => String::new(),
        },
    };
    let mut client = gateway.clients.invitation.clone();
    let found = client.list_invitations(request).await?.into_inner();
    let invites = describe_all(&gateway, &caller, &found.invitations).await?;
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
    answer(&gateway, &caller, invite).await
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
    answer(&gateway, &caller, invite).await
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

async fn answer(
    gateway: &Gateway,
    caller: &AdminCaller,
    invite: Invitation,
) -> Result<Response, Fault> {
    let described = describe_all(gateway, caller, &[invite]).await?.pop();
    Ok(envelope::success(described.unwrap_or_default()))
}

/// Invitations with their users and groups by number; of groups, those that are still there.
async fn describe_all(
    gateway: &Gateway,
    caller: &AdminCaller,
    invites: &[Invitation],
) -> Result<Vec<Value>, Fault> {
    let user_ids = invites.iter().map(|invite| invite.user_id.clone());
    let users = ids::user_numbers(gateway, caller, user_ids.collect()).await?;
    let group_ids = invites.iter().flat_map(|invite| invite.group_ids.clone());
    let groups = ids::settings(gateway, caller, group_ids).await?;
    let described = invites.iter().map(|invite| {
        let ids = invite.group_ids.iter();
        let groups = ids.filter_map(|id| groups.get(id).cloned());
        let groups = groups.map(|settings| groups::describe(settings, caller.account_id));
        let groups: Vec<Value> = groups.collect();
        let mut described = describe(invite);
        described["user_id"] = json!(users.get(&invite.user_id));
        described["group_ids"] = groups.iter().map(|group| group["id"].clone()).collect();
        described["groups"] = Value::Array(groups);
        described["account"] = accounts::describe(&caller.account);
        described
    });
    Ok(described.collect())
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
        "user_scim_id": invite.user_id,
        "email_address": invite.email,
        "license_type": invite.license_type,
        "status": status,
        "type": kind,
        "created_at": instant(invite.create_time.as_ref()),
        "sent_at": instant(invite.send_time.as_ref()),
        "is_mailed": invite.is_mailed,
        "link": Some(&invite.link).filter(|link| !link.is_empty()),
        "expires_at": instant(invite.expire_time.as_ref()),
        "redeemed_at": instant(invite.redeem_time.as_ref()),
    })
}
