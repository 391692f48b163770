//! Rows to and from their messages.

use proto::{settings::v1 as pb, time::timestamp};

use crate::accounts::{Account, LicenseSeats, Options, ScimConfiguration};

/// The account as callers see it.
pub(crate) fn account(account: Account, seats: Vec<LicenseSeats>) -> pb::Account {
    pb::Account {
        id: account.account_id,
        name: account.name,
        plan: plan_of(&account.plan).into(),
        scim_configuration: Some(account.scim_configuration.into()),
        options: Some(account.options.into()),
        create_time: Some(timestamp(account.created_at)),
        update_time: Some(timestamp(account.updated_at)),
        license_seats: seats
            .into_iter()
            .map(|seats| pb::LicenseSeats {
                license_type: seats.license_type,
                total: seats.total,
            })
            .collect(),
    }
}

/// A plan's name as it is stored and typed: `enterprise_plus`.
pub(crate) fn plan_name(plan: pb::Plan) -> String {
    plan.as_str_name()
        .trim_start_matches("PLAN_")
        .to_ascii_lowercase()
}

/// The plan of a name; unspecified where there is none of that name.
pub(crate) fn plan_of(name: &str) -> pb::Plan {
    pb::Plan::from_str_name(&format!("PLAN_{}", name.to_ascii_uppercase()))
        .unwrap_or(pb::Plan::Unspecified)
}

impl From<ScimConfiguration> for pb::ScimConfiguration {
    fn from(row: ScimConfiguration) -> pb::ScimConfiguration {
        pb::ScimConfiguration {
            enabled: row.scim_enabled,
            manual_updates_allowed: row.manual_updates_allowed,
            scim_controlled_license_type: row.scim_controlled_license_type,
        }
    }
}

impl From<pb::ScimConfiguration> for ScimConfiguration {
    fn from(message: pb::ScimConfiguration) -> ScimConfiguration {
        ScimConfiguration {
            scim_enabled: message.enabled,
            manual_updates_allowed: message.manual_updates_allowed,
            scim_controlled_license_type: message.scim_controlled_license_type,
        }
    }
}

impl From<Options> for pb::AccountOptions {
    fn from(row: Options) -> pb::AccountOptions {
        pb::AccountOptions {
            email_user_names: row.email_user_names,
            license_on_redemption: row.license_on_redemption,
            default_license_type: row.default_license_type,
            allow_admin_lockout: row.allow_admin_lockout,
            strict: row.strict,
        }
    }
}

impl From<pb::AccountOptions> for Options {
    fn from(message: pb::AccountOptions) -> Options {
        Options {
            email_user_names: message.email_user_names,
            license_on_redemption: message.license_on_redemption,
            default_license_type: message.default_license_type,
            allow_admin_lockout: message.allow_admin_lockout,
            strict: message.strict,
        }
    }
}
