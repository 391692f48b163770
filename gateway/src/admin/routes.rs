//! The routes of the admin API, each once.

use axum::routing::{MethodRouter, delete, get, post};

use super::{
    account_options, accounts, assign_groups, audit_logs, group_permissions, groups, invites,
    ip_restrictions, license_maps, licenses, permissions, scim_config, sign_ins, tokens, users,
    webhook,
};
use crate::state::Gateway;

/// Where the admin API of an account stands.
const V3: &str = "/api/v3/accounts/{account_id}";
/// Where some of it stands too, for clients that know it there.
const V2: &str = "/api/v2/accounts/{account_id}";

/// Where the accounts of a token are listed.
const ALL: [&str; 2] = ["/api/v3/accounts", "/api/v2/accounts"];

/// Paths and what can be done there.
pub(crate) fn routes() -> Vec<(String, MethodRouter<Gateway>)> {
    let table: Vec<(&str, &str, MethodRouter<Gateway>)> =
        [configuration(), webhooks(), people(), account()]
            .into_iter()
            .flatten()
            .collect();
    let routes = table.into_iter();
    routes
        .map(|(base, path, methods)| (format!("{base}{path}"), methods))
        .chain(ALL.map(|path| (path.to_owned(), get(accounts::list_accounts))))
        .collect()
}

type Routes = Vec<(&'static str, &'static str, MethodRouter<Gateway>)>;

fn configuration() -> Routes {
    vec![
        (
            V3,
            "/scim-config",
            get(scim_config::get_scim_config).post(scim_config::update_scim_config),
        ),
        (
            V3,
            "/scim-config/tokens",
            get(tokens::list_tokens).post(tokens::create_token),
        ),
        (
            V3,
            "/scim-config/tokens/{id}",
            get(tokens::get_token).delete(tokens::delete_token),
        ),
        (
            V3,
            "/admin-tokens",
            get(tokens::list_admin_tokens).post(tokens::create_admin_token),
        ),
        (
            V3,
            "/admin-tokens/{id}",
            get(tokens::get_admin_token).delete(tokens::delete_admin_token),
        ),
        (
            V3,
            "/account-options",
            get(account_options::get_account_options).post(account_options::update_account_options),
        ),
        (
            V3,
            "/ip-restrictions",
            get(ip_restrictions::list_ip_restrictions).post(ip_restrictions::create_ip_restriction),
        ),
        (
            V3,
            "/ip-restrictions/{id}",
            get(ip_restrictions::get_ip_restriction)
                .put(ip_restrictions::replace_ip_restriction)
                .delete(ip_restrictions::delete_ip_restriction),
        ),
        (
            V3,
            "/ip-restrictions-set",
            get(ip_restrictions::get_ip_restrictions_set)
                .post(ip_restrictions::update_ip_restrictions_set),
        ),
    ]
}

fn webhooks() -> Routes {
    vec![
        (
            V3,
            "/webhook",
            get(webhook::get_webhook).post(webhook::replace_webhook),
        ),
        (
            V3,
            "/webhook/rotate-secret",
            post(webhook::rotate_webhook_secret),
        ),
        (V3, "/webhook/status", get(webhook::get_webhook_status)),
        (
            V3,
            "/webhook/dead-deliveries",
            get(webhook::list_dead_deliveries).delete(webhook::purge_dead_deliveries),
        ),
        (
            V3,
            "/webhook/dead-deliveries/retry",
            post(webhook::retry_dead_deliveries),
        ),
        (
            V3,
            "/webhook/dead-deliveries/{id}",
            delete(webhook::purge_dead_delivery),
        ),
        (
            V3,
            "/webhook/dead-deliveries/{id}/retry",
            post(webhook::retry_dead_delivery),
        ),
    ]
}

fn people() -> Routes {
    let invite = || get(invites::get_invite).delete(invites::revoke_invite);
    vec![
        (V3, "/users", get(users::list_users)),
        (
            V3,
            "/users/{id}",
            get(users::get_user)
                .post(users::update_user)
                .patch(users::update_user),
        ),
        (V2, "/users", get(users::list_users)),
        (V2, "/users/{id}", get(users::get_user_with_permissions)),
        (
            V2,
            "/permissions/{id}",
            post(permissions::update_permission),
        ),
        (
            V3,
            "/groups",
            get(groups::list_groups).post(groups::create_group),
        ),
        (
            V3,
            "/groups/{id}",
            get(groups::get_group).post(groups::update_group),
        ),
        (
            V3,
            "/group-permissions/{id}",
            post(group_permissions::replace_group_permissions),
        ),
        (V3, "/assign-groups", post(assign_groups::assign_groups)),
        (V3, "/sign-ins", post(sign_ins::record_sign_in)),
        (
            V3,
            "/invites",
            get(invites::list_invites).post(invites::create_invites),
        ),
        (V3, "/invites/{id}", invite()),
        (V3, "/invites/{id}/resend", post(invites::resend_invite)),
        (V2, "/invites", get(invites::list_invites)),
        (V2, "/invites/{id}", invite()),
    ]
}

fn account() -> Routes {
    let itself = || {
        get(accounts::get_account)
            .post(accounts::update_account)
            .patch(accounts::update_account)
    };
    vec![
        (V3, "", itself()),
        (V2, "", itself()),
        (
            V3,
            "/license-maps",
            get(license_maps::list_license_maps).post(license_maps::create_license_map),
        ),
        (
            V3,
            "/license-maps/{id}",
            get(license_maps::get_license_map)
                .post(license_maps::update_license_map)
                .delete(license_maps::delete_license_map),
        ),
        (V3, "/licenses", get(licenses::list_licenses)),
        (V2, "/licenses", get(licenses::list_licenses)),
        (V3, "/licenses/{id}", post(licenses::update_license)),
        (V3, "/audit-logs", get(audit_logs::list_audit_logs)),
        (V3, "/audit-logs/export", get(audit_logs::export_audit_logs)),
        (
            V3,
            "/audit-logs/download",
            get(audit_logs::export_audit_logs),
        ),
    ]
}
