//! `/account-options/`: what an account chooses beyond the three switches.

use axum::{extract::State, response::Response};
use proto::settings::v1::{AccountOptions, UpdateAccountOptionsRequest};
use serde_json::{Value, json};

use super::{envelope, fields::Fields};
use crate::{auth::AdminCaller, error::Fault, state::Gateway};

/// `GET /account-options/`.
pub(crate) async fn get_account_options(caller: AdminCaller) -> Result<Response, Fault> {
    Ok(answer(caller.account.options.unwrap_or_default()))
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
    fields.finish()?;
    let current = caller.account.options.clone().unwrap_or_default();
    let options = AccountOptions {
        email_user_names: email_user_names.unwrap_or(current.email_user_names),
        license_on_redemption: license_on_redemption.unwrap_or(current.license_on_redemption),
        default_license_type: default_license_type.unwrap_or(current.default_license_type),
        allow_admin_lockout: allow_admin_lockout.unwrap_or(current.allow_admin_lockout),
        strict: strict.unwrap_or(current.strict),
    };
    let request = UpdateAccountOptionsRequest {
        account_id: caller.account_id,
        options: Some(options),
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
    }))
}
