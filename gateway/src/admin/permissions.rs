//! `/api/v2/…/permissions/{user id}/`: the licence of a user, and the groups it comes with.

use std::collections::HashMap;

use axum::{extract::State, response::Response};
use proto::{
    group::v1::{BatchListUserGroupsRequest, GroupSettings},
    identity::v1::User,
};
use serde_json::{Value, json};

use super::{
    envelope::{self, instant},
    fields::{self, Fields, required},
    groups, ids,
    users::Edit,
};
use crate::{auth::AdminCaller, error::Fault, request::Id, state::Gateway};

/// `POST /permissions/{id}/`: gives a licence; `state` 2 takes it, which deactivates the user, and 1 gives
/// it back.
pub(crate) async fn update_permission(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    Id(id): Id,
    mut fields: Fields,
) -> Result<Response, Fault> {
    let license_type = fields.text("license_type")?;
    let state = fields.state()?;
    fields.id("user_id")?;
    fields.account(caller.account_id)?;
    fields.ignore(&["id", "groups", "scim_managed", "created_at", "updated_at"]);
    fields.finish()?;
    let edit = match state {
        Some(fields::State::Deleted) => Edit {
            is_active: Some(false),
            ..Edit::default()
        },
        state => Edit {
            license_type: Some(required("license_type", license_type)?),
            is_active: state.map(|_| true),
            ..Edit::default()
        },
    };
    let id = ids::user(&gateway, &caller, id).await?;
    let user = edit.apply(&gateway, &caller, id).await?;
    Ok(envelope::success(describe(&gateway, &caller, &user).await?))
}

/// The licence of a user. Its id is the user's.
pub(crate) async fn describe(
    gateway: &Gateway,
    caller: &AdminCaller,
    user: &User,
) -> Result<Value, Fault> {
    let described = describe_all(gateway, caller, std::slice::from_ref(user));
    Ok(described.await?.pop().unwrap_or_default())
}

/// The licences of users, in the order of the users.
pub(crate) async fn describe_all(
    gateway: &Gateway,
    caller: &AdminCaller,
    users: &[User],
) -> Result<Vec<Value>, Fault> {
    let (of_users, groups) = direct_groups(gateway, caller, users).await?;
    let described = users.iter().map(|user| {
        let is_active = user.active.unwrap_or(true);
        let state = if is_active {
            fields::State::Active
        } else {
            fields::State::Deleted
        };
        let ids = of_users.get(&user.id).into_iter().flatten();
        let groups = ids.filter_map(|id| groups.get(id).cloned());
        let groups = groups.map(|settings| groups::describe(settings, caller.account_id));
        json!({
            "id": user.number,
            "account_id": caller.account_id,
            "user_id": user.number,
            "license_type": user.license_type,
            "state": state.number(),
            "groups": groups.collect::<Vec<_>>(),
            "scim_managed": user.scim_managed,
            "created_at": instant(user.create_time.as_ref()),
            "updated_at": instant(user.update_time.as_ref()),
        })
    });
    Ok(described.collect())
}

/// The ids of the groups each user is in, not only through another, and the groups.
async fn direct_groups(
    gateway: &Gateway,
    caller: &AdminCaller,
    users: &[User],
) -> Result<(HashMap<String, Vec<String>>, HashMap<String, GroupSettings>), Fault> {
    let request = BatchListUserGroupsRequest {
        account_id: caller.account_id,
        user_ids: users.iter().map(|user| user.id.clone()).collect(),
    };
    let mut client = gateway.clients.group.clone();
    let found = client.batch_list_user_groups(request).await?.into_inner();
    let of_users = found.user_groups.into_iter().map(|of| {
        let direct = of.memberships.into_iter();
        let direct = direct.filter(|membership| membership.direct);
        let mut ids: Vec<String> = direct.map(|membership| membership.group_id).collect();
        ids.sort();
        (of.user_id, ids)
    });
    let of_users: HashMap<_, _> = of_users.collect();
    let ids = of_users.values().flatten().cloned();
    let groups = ids::settings(gateway, caller, ids).await?;
    Ok((of_users, groups))
}
