//! The SCIM page: the base URL, the switches and the options of the account.

use askama::Template;
use axum::{extract::State, response::Response};
use proto::{
    group::v1::PermissionSummary,
    settings::v1::{
        AccountOptions, ScimConfiguration, UpdateAccountOptionsRequest,
        UpdateScimConfigurationRequest,
    },
};

use super::{
    confirm::Question,
    form::Form,
    page::{Page, answer},
    session::Session,
};
use crate::{
    admin::{fields::invalid, scim_config::permission_summary},
    error::Fault,
    scim,
    state::Gateway,
};

#[derive(Template)]
#[template(path = "scim.html")]
struct ScimPage {
    page: Page,
    base_url: String,
    configuration: ScimConfiguration,
    is_eligible: bool,
    options: AccountOptions,
    license_types: Vec<String>,
    /// None: nobody can tell now.
    summary: Option<PermissionSummary>,
}

impl ScimPage {
    /// Whether provisioning could leave the account without an administrator (E14).
    fn lacks_administrator(&self) -> bool {
        let summary = self.summary.as_ref();
        summary.is_some_and(|summary| !summary.has_pushable_administrator)
    }

    /// Whether there are groups with permission sets, and none of them comes over SCIM.
    fn could_protect(&self) -> bool {
        let summary = self.summary.as_ref();
        let could = summary.is_some_and(|one| one.has_manual_group && !one.has_managed_group);
        could && !self.options.protect_permission_groups
    }
}

/// `GET /console/scim`.
pub(super) async fn show(
    State(gateway): State<Gateway>,
    session: Session,
) -> Result<Response, Fault> {
    view(&gateway, &session).await
}

async fn view(gateway: &Gateway, session: &Session) -> Result<Response, Fault> {
    let page = Page::new(session, "scim", "SCIM");
    let path = scim::BASE.replace("{account_id}", &session.caller.account_id.to_string());
    let account_id = session.caller.account_id;
    let view = ScimPage {
        summary: permission_summary(gateway, account_id).await,
        base_url: format!("{}{path}", gateway.public_url),
        configuration: session.configuration(),
        is_eligible: session.is_eligible(),
        options: session.caller.account.options.clone().unwrap_or_default(),
        license_types: session.license_types(),
        page,
    };
    answer(view.page.status(), &view)
}

/// `GET /console/scim/manual-updates`: asks before changes by hand are allowed (M7).
pub(super) async fn confirm(session: Session) -> Result<Response, Fault> {
    allow_manual_updates().ask(&session)
}

/// What is asked before a switch is turned; none: it may be turned at once.
fn question(switch: &str, is_on: bool) -> Option<Question> {
    match (switch, is_on) {
        ("manual_updates_allowed", true) => Some(allow_manual_updates()),
        ("enabled", false) => Some(disable()),
        _ => None,
    }
}

fn allow_manual_updates() -> Question {
    Question {
        effects: vec![
            "While manual updates are allowed, administrators can invite people, and change, rename and delete users and groups that the identity provider manages."
                .to_owned(),
            "Such changes are not sent to the identity provider. Its next update of the same user or group overwrites them. Allow this for the first set-up and for tests, and switch it off again."
                .to_owned(),
        ],
        ..of_switch("Allow manual updates", "manual_updates_allowed", true)
    }
}

fn disable() -> Question {
    Question {
        warning: Some(
            "The identity provider is shut out from its next request on: every one is answered 403."
                .to_owned(),
        ),
        effects: vec![
            "Who joins, changes or leaves there is no longer created, changed or deactivated here: somebody who has left keeps access until you take it. Nothing is deleted, and whoever is active stays active."
                .to_owned(),
            "Switched on again, SCIM goes on with the same users, groups and tokens. What changed meanwhile comes with the identity provider's next full synchronisation."
                .to_owned(),
        ],
        ..of_switch("Disable SCIM", "enabled", false)
    }
}

fn of_switch(title: &'static str, switch: &str, is_on: bool) -> Question {
    Question {
        section: "scim",
        title: title.to_owned(),
        action: "/scim".to_owned(),
        cancel: "/scim".to_owned(),
        fields: vec![("switch", switch.to_owned()), ("on", is_on.to_string())],
        button: title,
        ..Question::default()
    }
}

/// `POST /console/scim`: turns one switch. Some ask first, however the form came.
pub(super) async fn switch(
    State(gateway): State<Gateway>,
    mut form: Form,
) -> Result<Response, Fault> {
    let name = form.text("switch")?;
    let is_on = form.is_on("on")?;
    if let Some(question) = question(&name, is_on)
        && !question.is_answered(&mut form)?
    {
        return question.ask(&form.session);
    }
    let session = form.session;
    let mut configuration = session.configuration();
    match &*name {
        "enabled" => configuration.enabled = is_on,
        "manual_updates_allowed" => configuration.manual_updates_allowed = is_on,
        "scim_controlled_license_type" => configuration.scim_controlled_license_type = is_on,
        _ => return Err(invalid("there is no such switch")),
    }
    let request = UpdateScimConfigurationRequest {
        account_id: session.caller.account_id,
        scim_configuration: Some(configuration),
        // Another switch that somebody turned meanwhile stays as it is.
        update_mask: Some(prost_types::FieldMask { paths: vec![name] }),
        actor: Some(session.caller.actor()),
    };
    let mut client = gateway.clients.settings.clone();
    match client.update_scim_configuration(request).await {
        Ok(_) => Ok(session.see("/scim", if is_on { "on" } else { "off" })),
        Err(status) => view(&gateway, &session.refused(status.into())?).await,
    }
}

/// `POST /console/scim/options`.
pub(super) async fn update_options(
    State(gateway): State<Gateway>,
    mut form: Form,
) -> Result<Response, Fault> {
    let email_user_names = form.changed_tick("email_user_names")?;
    let license_on_redemption = form.changed_tick("license_on_redemption")?;
    let allow_admin_lockout = form.changed_tick("allow_admin_lockout")?;
    let strict = form.changed_tick("strict")?;
    let unique_external_id = form.changed_tick("unique_external_id")?;
    let protect_permission_groups = form.changed_tick("protect_permission_groups")?;
    let default_license_type = form.changed("default_license_type")?;
    let given = [
        ("email_user_names", email_user_names.is_some()),
        ("license_on_redemption", license_on_redemption.is_some()),
        ("allow_admin_lockout", allow_admin_lockout.is_some()),
        ("strict", strict.is_some()),
        ("unique_external_id", unique_external_id.is_some()),
        (
            "protect_permission_groups",
            protect_permission_groups.is_some(),
        ),
        ("default_license_type", default_license_type.is_some()),
    ];
    let given = given.into_iter().filter(|(_, is_given)| *is_given);
    let paths: Vec<String> = given.map(|(name, _)| name.to_owned()).collect();
    let options = AccountOptions {
        email_user_names: email_user_names.unwrap_or_default(),
        license_on_redemption: license_on_redemption.unwrap_or_default(),
        allow_admin_lockout: allow_admin_lockout.unwrap_or_default(),
        strict: strict.unwrap_or_default(),
        unique_external_id: unique_external_id.unwrap_or_default(),
        protect_permission_groups: protect_permission_groups.unwrap_or_default(),
        default_license_type: default_license_type.unwrap_or_default(),
    };
    let session = form.session;
    if paths.is_empty() {
        return Ok(session.see("/scim", "saved"));
    }
    let request = UpdateAccountOptionsRequest {
        account_id: session.caller.account_id,
        options: Some(options),
        // What somebody else chose meanwhile stays.
        update_mask: Some(prost_types::FieldMask { paths }),
        actor: Some(session.caller.actor()),
    };
    let mut client = gateway.clients.settings.clone();
    match client.update_account_options(request).await {
        Ok(_) => Ok(session.see("/scim", "saved")),
        Err(status) => view(&gateway, &session.refused(status.into())?).await,
    }
}
