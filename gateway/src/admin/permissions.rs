//! `/api/v2/…/permissions/{user id}/`: the licence of a user, and the groups it comes with.

use axum::{extract::State, response::Response};
use proto::{group::v1::BatchListUserGroupsRequest, identity::v1::User};
use serde_json::{Value, json};

use super::{
    envelope::{self, instant},
    fields::{self, Fields, required},
    groups,
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
    fields.account(caller.account_id)?;
    fields.ignore(&[
        "id",
        "user_id",
        "groups",
        "scim_managed",
        "created_at",
        "updated_at",
    ]);
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
    let user = edit.apply(&gateway, &caller, id).await?;
    Ok(envelope::success(describe(&gateway, &caller, &user).await?))
}

/// The licence of a user. Its id is the user's.
pub(crate) async fn describe(
    gateway: &Gateway,
    caller: &AdminCaller,
    user: &User,
) -> Result<Value, Fault> {
    let state = if user.active.unwrap_or(true) {
        fields::State::Active
    } else {
        fields::State::Deleted
    };
    Ok(json!({
        "id": user.id,
        "account_id": caller.account_id,
        "user_id": user.id,
        "license_type": user.license_type,
        "state": state.number(),
        "groups": direct_groups(gateway, caller, &user.id).await?,
        "scim_managed": user.scim_managed,
        "created_at": instant(user.create_time.as_ref()),
        "updated_at": instant(user.update_time.as_ref()),
    }))
}

/// The groups a user is in, not only through another.
async fn direct_groups(
    gateway: &Gateway,
    caller: &AdminCaller,
    user_id: &str,
) -> Result<Vec<Value>, Fault> {
    let request = BatchListUserGroupsRequest {
        account_id: caller.account_id,
        user_ids: vec![user_id.to_owned()],
    };
    let mut client = gateway.clients.group.clone();
    let found = client.batch_list_user_groups(request).await?.into_inner();
    let memberships = found.user_groups.into_iter().flat_map(|of| of.memberships);
    let direct = memberships.filter(|membership| membership.direct);
    let ids = direct.map(|membership| membership.group_id).collect();
    groups::describe_all(gateway, caller, ids).await
}
