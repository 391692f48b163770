//! Rows to and from their messages.

use proto::{settings::v1 as pb, time::timestamp};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    accounts::{Account, Options, ScimConfiguration},
    ip_rules::IpRule,
    license_maps::LicenseMap,
    license_seats::LicenseSeats,
    webhooks::Webhook,
};

/// The account as callers see it.
pub(crate) fn account(account: Account) -> pb::Account {
    let id = account.account_id;
    let ip_restrictions = ip_restrictions(&account);
    let license_maps = account.license_maps.0.into_iter();
    pb::Account {
        id,
        name: account.name,
        plan: plan_of(&account.plan).into(),
        scim_configuration: Some(account.scim_configuration.into()),
        options: Some(account.options.into()),
        create_time: Some(timestamp(account.created_at)),
        update_time: Some(timestamp(account.updated_at)),
        license_seats: account
            .license_seats
            .0
            .into_iter()
            .map(pb::LicenseSeats::from)
            .collect(),
        license_maps: license_maps.map(|map| license_map(id, map)).collect(),
        ip_restrictions: Some(ip_restrictions),
        lease: None,
    }
}

/// The IP rules of the account as callers see them.
pub(crate) fn ip_restrictions(account: &Account) -> pb::IpRestrictions {
    let rules = account.ip_rules.iter().cloned();
    pb::IpRestrictions {
        enabled: account.ip_restrictions_enabled,
        rules: rules.map(pb::IpRule::from).collect(),
    }
}

/// The licence map as callers see it.
pub(crate) fn license_map(account_id: i64, map: LicenseMap) -> pb::LicenseMap {
    pb::LicenseMap {
        id: map.id,
        account_id,
        license_type: map.license_type,
        sso_license_mapping_groups: map.sso_groups,
        create_time: Some(timestamp(map.created_at)),
        update_time: Some(timestamp(map.updated_at)),
    }
}

/// The webhook, or none, as callers see it.
pub(crate) fn webhook(webhook: Option<Webhook>, with_secret: bool) -> pb::Webhook {
    let Some(webhook) = webhook else {
        return pb::Webhook::default();
    };
    let shown = |secret: &SecretString| {
        let secret = Some(secret.expose_secret()).filter(|_| with_secret);
        secret.unwrap_or_default().to_owned()
    };
    let old = webhook.old.as_ref();
    pb::Webhook {
        secret: shown(&webhook.secret),
        old_secret: old.map(|(secret, _)| shown(secret)).unwrap_or_default(),
        old_secret_expire_time: old.map(|(_, expires_at)| timestamp(*expires_at)),
        url: webhook.url,
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
            unique_external_id: row.unique_external_id,
            protect_permission_groups: row.protect_permission_groups,
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
            unique_external_id: message.unique_external_id,
            protect_permission_groups: message.protect_permission_groups,
        }
    }
}

impl From<LicenseSeats> for pb::LicenseSeats {
    fn from(row: LicenseSeats) -> pb::LicenseSeats {
        pb::LicenseSeats {
            license_type: row.license_type,
            total: row.total,
        }
    }
}

impl From<pb::LicenseSeats> for LicenseSeats {
    fn from(message: pb::LicenseSeats) -> LicenseSeats {
        LicenseSeats {
            license_type: message.license_type,
            total: message.total,
        }
    }
}

impl From<IpRule> for pb::IpRule {
    fn from(row: IpRule) -> pb::IpRule {
        pb::IpRule {
            id: row.id,
            create_time: Some(timestamp(row.created_at)),
            update_time: Some(timestamp(row.updated_at)),
            ..row.content.into_pb()
        }
    }
}
