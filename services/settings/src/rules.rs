//! What an account may be and do, and what counts as a change of it.

use proto::{name::is_plain, settings::v1::Plan};

use crate::{
    accounts::{Account, NewAccount, Options, ScimConfiguration},
    changed::Changed,
    error::Error,
    license_seats::LicenseSeats,
    mask::Mask,
    wire::{plan_name, plan_of},
};

/// The longest name of an account, in characters.
const NAME_LIMIT: usize = 255;

/// The longest text of any other kind, in characters.
const TEXT_LIMIT: usize = 1024;

pub(crate) fn check_account(account: &NewAccount) -> Result<(), Error> {
    if account.account_id <= 0 {
        return Err(Error::invalid("id must be positive"));
    }
    check_name(&account.name)?;
    check_plan(&account.plan)
}

/// What is written of an account's name and plan; a name from before names were checked may stay.
pub(crate) fn check_update(account: &Account, wanted: &NewAccount) -> Result<(), Error> {
    if wanted.name != account.name {
        check_name(&wanted.name)?;
    }
    check_plan(&wanted.plan)
}

fn check_name(name: &str) -> Result<(), Error> {
    if name.trim().is_empty() || name.chars().count() > NAME_LIMIT {
        return Err(Error::invalid("name must have 1 to 255 characters"));
    }
    if !is_plain(name) {
        return Err(Error::invalid("name must not have control characters"));
    }
    Ok(())
}

fn check_plan(plan: &str) -> Result<(), Error> {
    if plan_of(plan) == Plan::Unspecified {
        return Err(Error::invalid("plan is required"));
    }
    Ok(())
}

/// A name of something of an account.
pub(crate) fn check_text(attribute: &str, text: &str) -> Result<(), Error> {
    if text.trim().is_empty() || text.chars().count() > TEXT_LIMIT {
        return Err(Error::InvalidValue(format!(
            "{attribute} must have 1 to {TEXT_LIMIT} characters"
        )));
    }
    if !is_plain(text) {
        return Err(Error::InvalidValue(format!(
            "{attribute} must not have control characters"
        )));
    }
    Ok(())
}

/// Name and plan of an account with those wanted in their place.
pub(crate) fn wanted_account(
    account: &Account,
    (name, plan): (String, Plan),
    mask: &Mask,
) -> NewAccount {
    let plan = mask.pick("plan", plan, plan_of(&account.plan));
    NewAccount {
        account_id: account.account_id,
        plan: plan_name(plan),
        name: mask.pick("name", name, account.name.clone()),
    }
}

/// Whether SCIM may be switched on with a plan.
pub(crate) fn includes_scim(plan: &str) -> bool {
    match plan_of(plan) {
        Plan::Enterprise | Plan::EnterprisePlus => true,
        Plan::Team | Plan::Unspecified => false,
    }
}

/// Only switching on asks for the plan.
pub(crate) fn check_configuration(
    account: &Account,
    wanted: &ScimConfiguration,
) -> Result<(), Error> {
    let switches_on = wanted.scim_enabled && !account.scim_configuration.scim_enabled;
    if switches_on && !includes_scim(&account.plan) {
        return Err(Error::PlanNotEligible);
    }
    Ok(())
}

pub(crate) fn check_options(wanted: &Options, seats: &[LicenseSeats]) -> Result<(), Error> {
    let default = &wanted.default_license_type;
    if default.is_empty() || seats.iter().any(|seats| seats.license_type == *default) {
        return Ok(());
    }
    Err(Error::InvalidValue(
        "default_license_type must be a licence type of the account".to_owned(),
    ))
}

impl ScimConfiguration {
    /// As the wire names them.
    pub(crate) const FIELDS: &[&str] = &[
        "enabled",
        "manual_updates_allowed",
        "scim_controlled_license_type",
    ];

    /// The fields of the mask, the others as they are.
    pub(crate) fn over(self, current: ScimConfiguration, mask: &Mask) -> ScimConfiguration {
        ScimConfiguration {
            scim_enabled: mask.pick("enabled", self.scim_enabled, current.scim_enabled),
            manual_updates_allowed: mask.pick(
                "manual_updates_allowed",
                self.manual_updates_allowed,
                current.manual_updates_allowed,
            ),
            scim_controlled_license_type: mask.pick(
                "scim_controlled_license_type",
                self.scim_controlled_license_type,
                current.scim_controlled_license_type,
            ),
        }
    }

    /// The attributes in which the other differs.
    pub(crate) fn changes(&self, other: &ScimConfiguration) -> Changed {
        Changed::between([
            ("enabled", &self.scim_enabled, &other.scim_enabled),
            (
                "manual_updates_allowed",
                &self.manual_updates_allowed,
                &other.manual_updates_allowed,
            ),
            (
                "scim_controlled_license_type",
                &self.scim_controlled_license_type,
                &other.scim_controlled_license_type,
            ),
        ])
    }
}

impl Options {
    /// As the wire names them.
    pub(crate) const FIELDS: &[&str] = &[
        "email_user_names",
        "license_on_redemption",
        "default_license_type",
        "allow_admin_lockout",
        "strict",
        "unique_external_id",
        "protect_permission_groups",
    ];

    /// The fields of the mask, the others as they are.
    pub(crate) fn over(self, current: &Options, mask: &Mask) -> Options {
        let switch = |field, wanted, current| mask.pick(field, wanted, current);
        Options {
            email_user_names: switch(
                "email_user_names",
                self.email_user_names,
                current.email_user_names,
            ),
            license_on_redemption: switch(
                "license_on_redemption",
                self.license_on_redemption,
                current.license_on_redemption,
            ),
            default_license_type: mask.pick(
                "default_license_type",
                self.default_license_type,
                current.default_license_type.clone(),
            ),
            allow_admin_lockout: switch(
                "allow_admin_lockout",
                self.allow_admin_lockout,
                current.allow_admin_lockout,
            ),
            strict: switch("strict", self.strict, current.strict),
            unique_external_id: switch(
                "unique_external_id",
                self.unique_external_id,
                current.unique_external_id,
            ),
            protect_permission_groups: switch(
                "protect_permission_groups",
                self.protect_permission_groups,
                current.protect_permission_groups,
            ),
        }
    }

    /// The attributes in which the other differs.
    pub(crate) fn changes(&self, other: &Options) -> Changed {
        Changed::between([
            (
                "email_user_names",
                &self.email_user_names,
                &other.email_user_names,
            ),
            (
                "license_on_redemption",
                &self.license_on_redemption,
                &other.license_on_redemption,
            ),
            (
                "default_license_type",
                &self.default_license_type,
                &other.default_license_type,
            ),
            (
                "allow_admin_lockout",
                &self.allow_admin_lockout,
                &other.allow_admin_lockout,
            ),
            ("strict", &self.strict, &other.strict),
            (
                "unique_external_id",
                &self.unique_external_id,
                &other.unique_external_id,
            ),
            (
                "protect_permission_groups",
                &self.protect_permission_groups,
                &other.protect_permission_groups,
            ),
        ])
    }
}
