//! `/users/`: the users of an account. Their ids are numbers; those of SCIM, texts, are taken too.

use axum::{extract::State, response::Response};
use proto::{
    group::v1::RemoveDeletedUserRequest,
    identity::v1::{DeleteUserRequest, GetUserRequest, User},
};
use serde_json::{Value, json};

use super::{
    envelope::{self, instant},
    fields::{self, Fields},
    ids, permissions,
    query::Query,
};
use crate::{
    auth::AdminCaller, error::Fault, request::Id, scim::users::leave_groups, state::Gateway,
};

pub(crate) use edit::{Edit, signs_in_by_email};

mod edit;
pub(crate) mod list;

/// `GET /users/`, in version 2 too: with what each may do, the groups above all.
pub(crate) async fn list_users(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    query: Query,
) -> Result<Response, Fault> {
    let page = query.page(list::ORDERS)?;
    let search = query.text("search")?;
    let (users, total) = match query.text("group_id")? {
        Some(group_id) => {
            let group_id = ids::group(&gateway, &caller, group_id).await?;
            list::of_group(&gateway, &caller, &group_id, search, &page).await?
        }
        None => list::of_account(&gateway, &caller, search, &page).await?,
    };
    let permissions = permissions::describe_all(&gateway, &caller, &users).await?;
    let users = users.iter().zip(permissions).map(|(user, permission)| {
        let mut data = describe(user);
        data["permissions"] = json!([permission]);
        data
    });
    Ok(envelope::page(users.collect(), &page, total))
}

/// `GET /users/{id}/`.
pub(crate) async fn get_user(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
) -> Result<Response, Fault> {
    let id = ids::user(&gateway, &caller, id).await?;
    let user = get(&gateway, &caller, id).await?;
    Ok(envelope::success(describe(&user)))
}

/// `GET /api/v2/…/users/{id}/`: with what the user may do, the groups above all.
pub(crate) async fn get_user_with_permissions(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
) -> Result<Response, Fault> {
    let id = ids::user(&gateway, &caller, id).await?;
    let user = get(&gateway, &caller, id).await?;
    let mut data = describe(&user);
    let permission = permissions::describe(&gateway, &caller, &user).await?;
    data["permissions"] = json!([permission]);
    Ok(envelope::success(data))
}

/// `POST` and `PATCH /users/{id}/`: changes what is given; `state` 2 deletes.
pub(crate) async fn update_user(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
    mut fields: Fields,
) -> Result<Response, Fault> {
    let state = fields.state()?;
    let edit = Edit::read(fields, &caller)?;
    let id = ids::user(&gateway, &caller, id).await?;
    if state == Some(fields::State::Deleted) {
        let user = get(&gateway, &caller, id).await?;
        delete(&gateway, &caller, &user.id).await?;
        let mut data = describe(&user);
        data["state"] = json!(fields::State::Deleted.number());
        return Ok(envelope::success(data));
    }
    let user = edit.apply(&gateway, &caller, id).await?;
    Ok(envelope::success(describe(&user)))
}

/// One user.
pub(crate) async fn get(
    gateway: &Gateway,
    caller: &AdminCaller,
    id: String,
) -> Result<User, Fault> {
    let request = GetUserRequest {
        account_id: caller.account_id,
        id,
        ..GetUserRequest::default()
    };
    let mut client = gateway.clients.identity.clone();
    Ok(client.get_user(request).await?.into_inner())
}

/// Deletes a user, from the groups too.
pub(crate) async fn delete(gateway: &Gateway, caller: &AdminCaller, id: &str) -> Result<(), Fault> {
    let request = DeleteUserRequest {
        account_id: caller.account_id,
        id: id.to_owned(),
        etags: Vec::new(),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.identity.clone();
    client.delete_user(request).await?;
    let request = RemoveDeletedUserRequest {
        account_id: caller.account_id,
        user_id: id.to_owned(),
        actor: Some(caller.actor()),
    };
    leave_groups(gateway, request).await;
    Ok(())
}

/// The address a user is known by: the primary one, else the first, else the user name.
pub(crate) fn email(user: &User) -> &str {
    let primary = user.emails.iter().find(|email| email.primary == Some(true));
    let email = primary.or(user.emails.first());
    let value = email.map(|email| &*email.value);
    value
        .filter(|value| !value.is_empty())
        .unwrap_or(&user.user_name)
}

fn describe(user: &User) -> Value {
    let name = user.name.clone().unwrap_or_default();
    json!({
        "id": user.number,
        "scim_id": user.id,
        "state": fields::State::Active.number(),
        "email": email(user),
        "user_name": user.user_name,
        "external_id": Some(&user.external_id).filter(|id| !id.is_empty()),
        "first_name": name.given_name,
        "last_name": name.family_name,
        "fullname": full_name(user),
        // The server does not verify addresses.
        "email_verified": false,
        "license": {"id": user.number, "license_type": user.license_type},
        "is_active": user.active.unwrap_or(true),
        "is_staff": false,
        "scim_managed": user.scim_managed,
        "created_at": instant(user.create_time.as_ref()),
        "updated_at": instant(user.update_time.as_ref()),
    })
}

/// What a user is called: first and last name, else what there is.
pub(crate) fn full_name(user: &User) -> String {
    let name = user.name.clone().unwrap_or_default();
    let both = format!("{} {}", name.given_name, name.family_name);
    let texts = [both.trim(), &name.formatted, &user.display_name];
    let found = texts.into_iter().find(|text| !text.is_empty());
    found.unwrap_or(&user.user_name).to_owned()
}

#[cfg(test)]
mod tests;
