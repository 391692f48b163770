//! `/scim-config/`: the three switches of an account, one configuration that is always there.

use axum::{extract::State, response::Response};
use proto::settings::v1::{ScimConfiguration, UpdateScimConfigurationRequest};
use serde_json::json;

use super::{
    envelope,
    fields::{Fields, required},
};
use crate::{auth::AdminCaller, error::Fault, state::Gateway};

/// `GET /scim-config/`.
pub(crate) async fn get_scim_config(caller: AdminCaller) -> Result<Response, Fault> {
    Ok(answer(
        caller.account.scim_configuration.unwrap_or_default(),
    ))
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
    let written = client.update_scim_configuration(request).await?;
    Ok(answer(written.into_inner()))
}

fn answer(configuration: ScimConfiguration) -> Response {
    envelope::success(json!({
        "enabled": configuration.enabled,
        "manual_updates_allowed": configuration.manual_updates_allowed,
        "scim_controlled_license_type": configuration.scim_controlled_license_type,
    }))
}
