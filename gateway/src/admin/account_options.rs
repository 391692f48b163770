//! `/account-options/`: what an account chooses beyond the three switches.

use axum::{extract::State, response::Response};
use proto::settings::v1::{AccountOptions, UpdateAccountOptionsRequest};
use serde_json::{Value, json};

use super::{envelope, fields::Fields};
use crate::{auth::AdminCaller, error::Fault, state::Gateway};

/// `GET /account-options/`.
pub(crate) async fn get_account_options(caller: AdminCaller) -> Result<Response, Fault> {
    Ok(answer(caller.account.options.clone().unwrap_or_default()))
}

/// `POST /account-options/`: changes the options given and leaves the others; an empty
/// `default_license_type` means the server's own default.
pub(crate) async fn update_account_options(
    State(gateway): State<Gateway>,
    caller: AdminCaller,
    mut fields: Fields,
) -> Result<Response, Fault> {
    let email_user_names = fields.boolean("email_user_names")?;
    let license_on_redemption = fields.boolean("license_on_redemption")?;
    let default_license_type = fields.text("default_license_type")?;
    let allow_admin_lockout = fields.boolean("allow_admin_lockout")?;
    let strict = fields.boolean("strict")?;
    let unique_external_id = fields.boolean("unique_external_id")?;
    let protect_permission_groups = fields.boolean("protect_permission_groups")?;
    fields.finish()?;
    let given = [
        ("email_user_names", email_user_names.is_some()),
        ("license_on_redemption", license_on_redemption.is_some()),
        ("default_license_type", default_license_type.is_some()),
        ("allow_admin_lockout", allow_admin_lockout.is_some()),
        ("strict", strict.is_some()),
        ("unique_external_id", unique_external_id.is_some()),
        (
            "protect_permission_groups",
            protect_permission_groups.is_some(),
        ),
    ];
    let given = given.into_iter().filter(|(_, is_given)| *is_given);
    let paths: Vec<String> = given.map(|(name, _)| name.to_owned()).collect();
    // Nothing to write.
    if paths.is_empty() {
        return Ok(answer(caller.account.options.clone().unwrap_or_default()));
    }
    let options = AccountOptions {
        email_user_names: email_user_names.unwrap_or_default(),
        license_on_redemption: license_on_redemption.unwrap_or_default(),
        default_license_type: default_license_type.unwrap_or_default(),
        allow_admin_lockout: allow_admin_lockout.unwrap_or_default(),
        strict: strict.unwrap_or_default(),
        unique_external_id: unique_external_id.unwrap_or_default(),
        protect_permission_groups: protect_permission_groups.unwrap_or_default(),
    };
    let request = UpdateAccountOptionsRequest {
        account_id: caller.account_id,
        options: Some(options),
        update_mask: Some(prost_types::FieldMask { paths }),
        actor: Some(caller.actor()),
    };
    let mut client = gateway.clients.settings.clone();
    let written = client.update_account_options(request).await?;
    Ok(answer(written.into_inner()))
}

fn answer(options: AccountOptions) -> Response {
    let license_type = Some(options.default_license_type).filter(|text| !text.is_empty());
    envelope::success(json!({
        "email_user_names": options.email_user_names,
        "license_on_redemption": options.license_on_redemption,
        "default_license_type": license_type.map_or(Value::Null, Value::String),
        "allow_admin_lockout": options.allow_admin_lockout,
        "strict": options.strict,
        "unique_external_id": options.unique_external_id,
        "protect_permission_groups": options.protect_permission_groups,
    }))
}
