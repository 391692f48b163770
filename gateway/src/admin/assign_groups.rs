//! `/assign-groups/`: the groups of a user, all of them.

use axum::{extract::State, response::Response};
use proto::group::v1::AssignUserGroupsRequest;

use super::{
    envelope,
    fields::{Fields, required},
    groups, ids,
};
use crate::{auth::AdminCaller, error::Fault, state::Gateway};

/// `POST /assign-groups/`: the user is then in these groups and no others; answers with them.
pub(crate) async fn assign_groups(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    mut fields: Fields,
) -> Result<Response, Fault> {
    let user_id = fields.id("user_id")?;
    let group_ids = fields.ids("desired_group_ids")?;
    fields.account(caller.account_id)?;
    fields.finish()?;
    let user_id = required("user_id", user_id)?;
    let group_ids = required("desired_group_ids", group_ids)?;
    let user_id = ids::user(&gateway, &caller, user_id).await?;
    let field = "desired_group_ids";
    let request = AssignUserGroupsRequest {
        account_id: caller.account_id,
        user_id,
        group_ids: ids::named_groups(&gateway, &caller, field, group_ids).await?,
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.group_admin.clone();
    let assigned = client.assign_user_groups(request).await?.into_inner();
    let ids = assigned.groups.into_iter().map(|group| group.id).collect();
    let described = groups::describe_all(&gateway, &caller, ids).await?;
    Ok(envelope::list(described))
}
