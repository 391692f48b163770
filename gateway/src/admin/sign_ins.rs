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
};
use crate::{auth::AdminCaller, error::Fault, state::Gateway};

/// `POST /sign-ins/`: redeems the invitation, gives the mapped licence and, unless SCIM manages the user,
/// exactly the mapped and the default groups.
pub(crate) async fn record_sign_in(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    mut fields: Fields,
) -> Result<Response, Fault> {
    let user_id = fields.text("user_id")?;
    let email = fields.text("email")?;
    let idp_groups = fields.texts("idp_groups")?.unwrap_or_default();
    fields.account(caller.account_id)?;
    fields.finish()?;
    let user_id = match (user_id, email) {
        (Some(user_id), None) => user_id,
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
    let groups = recorded.memberships.into_iter().map(|membership| {
        json!({
            "id": membership.group_id,
            "name": membership.display_name,
            "direct": membership.direct,
        })
    });
    Ok(envelope::success(json!({
        "user_id": user_id,
        "mapped": recorded.mapped,
        "groups": groups.collect::<Vec<_>>(),
    })))
}

/// The user of a name or an address: the user name decides, since it is unique.
async fn find(gateway: &Gateway, caller: &AdminCaller, email: String) -> Result<User, Fault> {
    let email = Value::String(email);
    for attribute in ["userName", "emails.value"] {
        let request = ListUsersRequest {
            account_id: caller.account_id,
            filter: format!("{attribute} eq {email}"),
            page_size: 2,
            ..ListUsersRequest::default()
        };
        let mut client = gateway.clients.identity.clone();
        let mut users = client.list_users(request).await?.into_inner().users;
        if users.len() > 1 {
            return Err(invalid("several users have this e-mail address"));
        }
        if let Some(user) = users.pop() {
            return Ok(user);
        }
    }
    Err(Fault::not_found())
}
