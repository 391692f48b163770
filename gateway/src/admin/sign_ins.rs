//! `/sign-ins/`: notes that a user signed in, for services that do not call gRPC.

use axum::{extract::State, response::Response};
use proto::{
    group::v1::RecordSignInRequest,
    identity::v1::{ListUsersRequest, User},
};
use serde_json::{Value, json};

use super::{
    envelope,
    fields::{Fields, invalid},
    ids,
};
use crate::{auth::AdminCaller, error::Fault, state::Gateway};

/// `POST /sign-ins/`: redeems the invitation, gives the mapped licence and, unless SCIM manages the user,
/// exactly the mapped and the default groups.
pub(crate) async fn record_sign_in(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    mut fields: Fields,
) -> Result<Response, Fault> {
    let user_id = fields.id("user_id")?;
    let email = fields.text("email")?;
    let idp_groups = fields.texts("idp_groups")?.unwrap_or_default();
    fields.account(caller.account_id)?;
    fields.finish()?;
    let user_id = match (user_id, email) {
        (Some(user_id), None) => ids::user(&gateway, &caller, user_id).await?,
        (None, Some(email)) => find(&gateway, &caller, email).await?.id,
        _ => return Err(invalid("one of user_id and email is required")),
    };
    let request = RecordSignInRequest {
        account_id: caller.account_id,
        user_id: user_id.clone(),
        idp_groups,
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.group_admin.clone();
    let recorded = client.record_sign_in(request).await?.into_inner();
    let memberships = recorded.memberships;
    let group_ids = memberships.iter().map(|one| one.group_id.clone());
    let known = ids::settings(&gateway, &caller, group_ids).await?;
    let groups = memberships.iter().map(|membership| {
        let group = known.get(&membership.group_id);
        let group = group.and_then(|settings| settings.group.as_ref());
        json!({
            "id": group.map(|group| group.number),
            "scim_id": membership.group_id,
            "name": membership.display_name,
            "direct": membership.direct,
        })
    });
    let numbers = ids::user_numbers(&gateway, &caller, vec![user_id.clone()]).await?;
    Ok(envelope::success(json!({
        "user_id": numbers.get(&user_id),
        "mapped": recorded.mapped,
        "groups": groups.collect::<Vec<_>>(),
    })))
}

/// The user of a name or an address: the user name decides, since it is unique.
pub(crate) async fn find(
    gateway: &Gateway,
    caller: &AdminCaller,
    email: String,
) -> Result<User, Fault> {
    let email = Value::String(email);
    for attribute in ["userName", "emails.value"] {
        let request = ListUsersRequest {
            account_id: caller.account_id,
            filter: format!("{attribute} eq {email}"),
            page_size: 1,
            ..ListUsersRequest::default()
        };
        let mut client = gateway.clients.identity.clone();
        let found = client.list_users(request).await?.into_inner();
        if found.total_size > 1 {
            return Err(invalid("several users have this e-mail address"));
        }
        if let Some(user) = found.users.into_iter().next() {
            return Ok(user);
        }
    }
    Err(Fault::not_found())
}
