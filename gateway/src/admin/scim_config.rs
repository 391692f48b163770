//! `/scim-config/`: the three switches of an account, one configuration that is always there.

use axum::{extract::State, response::Response};
use proto::settings::v1::{
    Account, GetAccountRequest, ScimConfiguration, UpdateScimConfigurationRequest,
};
use serde_json::json;

use super::{
    envelope,
    fields::{Fields, required},
};
use crate::{auth::AdminCaller, error::Fault, state::Gateway};

/// `GET /scim-config/`.
pub(crate) async fn get_scim_config(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
) -> Result<Response, Fault> {
    let account = get_account(&gateway, &caller).await?;
    Ok(answer(account.scim_configuration.unwrap_or_default()))
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
    let configuration = ScimConfiguration {
        enabled: required("enabled", enabled)?,
        manual_updates_allowed: required("manual_updates_allowed", manual_updates_allowed)?,
        scim_controlled_license_type: match scim_controlled_license_type {
            Some(controlled) => controlled,
            None => {
                let account = get_account(&gateway, &caller).await?;
                let current = account.scim_configuration.unwrap_or_default();
                current.scim_controlled_license_type
            }
        },
    };
    let request = UpdateScimConfigurationRequest {
        account_id: caller.account_id,
        scim_configuration: Some(configuration),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.settings.clone();
    let written = client.update_scim_configuration(request).await?;
    Ok(answer(written.into_inner()))
}

/// The account of the caller.
pub(crate) async fn get_account(gateway: &Gateway, caller: &AdminCaller) -> Result<Account, Fault> {
    let account_id = caller.account_id;
    let mut client = gateway.clients.settings.clone();
    let found = client.get_account(GetAccountRequest { account_id }).await?;
    Ok(found.into_inner())
}

fn answer(configuration: ScimConfiguration) -> Response {
    envelope::success(json!({
        "enabled": configuration.enabled,
        "manual_updates_allowed": configuration.manual_updates_allowed,
        "scim_controlled_license_type": configuration.scim_controlled_license_type,
    }))
}
