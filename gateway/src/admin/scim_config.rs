//! `/scim-config/`: the three switches of an account, one configuration that is always there.

use axum::{extract::State, response::Response};
use proto::{
    group::v1::{GetPermissionSummaryRequest, PermissionSummary},
    settings::v1::{ScimConfiguration, UpdateScimConfigurationRequest},
};
use serde_json::{Value, json};

use super::{
    envelope,
    fields::{Fields, required},
};
use crate::{auth::AdminCaller, error::Fault, state::Gateway};

/// `GET /scim-config/`.
pub(crate) async fn get_scim_config(caller: AdminCaller) -> Result<Response, Fault> {
    let configuration = caller.account.scim_configuration.unwrap_or_default();
    Ok(envelope::success(describe(configuration)))
}

/// `POST /scim-config/`: writes the configuration; a `scim_controlled_license_type` left out stays as it is.
pub(crate) async fn update_scim_config(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    mut fields: Fields,
) -> Result<Response, Fault> {
    let enabled = fields.boolean("enabled")?;
    let manual_updates_allowed = fields.boolean("manual_updates_allowed")?;
    let scim_controlled_license_type = fields.boolean("scim_controlled_license_type")?;
    fields.finish()?;
    let mut paths = vec!["enabled".to_owned(), "manual_updates_allowed".to_owned()];
    if scim_controlled_license_type.is_some() {
        paths.push("scim_controlled_license_type".to_owned());
    }
    let configuration = ScimConfiguration {
        enabled: required("enabled", enabled)?,
        manual_updates_allowed: required("manual_updates_allowed", manual_updates_allowed)?,
        scim_controlled_license_type: scim_controlled_license_type.unwrap_or_default(),
    };
    let request = UpdateScimConfigurationRequest {
        account_id: caller.account_id,
        scim_configuration: Some(configuration),
        update_mask: Some(prost_types::FieldMask { paths }),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.settings.clone();
    let written = client
        .update_scim_configuration(request)
        .await?
        .into_inner();
    let warnings = match written.enabled {
        true => permission_summary(&gateway, caller.account_id)
            .await
            .map(|summary| warnings(&summary)),
        false => Some(Vec::new()),
    };
    // What is done is done: where nobody can tell, there is no list.
    let extra = warnings.map_or_else(|| json!({}), |warnings| json!({ "warnings": warnings }));
    Ok(envelope::with_extra(describe(written), extra))
}

/// How the groups with permission sets stand to SCIM; none: nobody can tell now.
pub(crate) async fn permission_summary(
    gateway: &Gateway,
    account_id: i64,
) -> Option<PermissionSummary> {
    let mut client = gateway.clients.group_admin.clone();
    let request = GetPermissionSummaryRequest { account_id };
    match client.get_permission_summary(request).await {
        Ok(summary) => Some(summary.into_inner()),
        Err(status) => {
            tracing::warn!(code = ?status.code(), "it is not known who could be pushed as administrator");
            None
        }
    }
}

/// What whoever enables SCIM should know (E14).
fn warnings(summary: &PermissionSummary) -> Vec<Value> {
    if summary.has_pushable_administrator {
        return Vec::new();
    }
    vec![json!({
        "code": "no_pushable_administrator",
        "message": "no active administrator comes from a group that the identity provider could push: give a \
                    group of the same name as one of its groups a permission set of administrators, and an \
                    active member, lest provisioning leave the account without one",
    })]
}

fn describe(configuration: ScimConfiguration) -> Value {
    json!({
        "enabled": configuration.enabled,
        "manual_updates_allowed": configuration.manual_updates_allowed,
        "scim_controlled_license_type": configuration.scim_controlled_license_type,
    })
}
