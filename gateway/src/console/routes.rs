//! The routes of the console, each once.

use axum::routing::{MethodRouter, get, post};

use super::{
    admin_tokens, assets, audit_log, group, groups, invitations, ip_restrictions, licenses,
    members, permissions, scim, sign_in, tokens, user, users, webhook,
};
use crate::state::Gateway;

type Routes = Vec<(&'static str, MethodRouter<Gateway>)>;

/// Paths and what can be done there.
pub(crate) fn routes() -> Vec<(String, MethodRouter<Gateway>)> {
    let table = [configuration(), people(), account()].into_iter().flatten();
    table
        .map(|(path, methods)| (format!("/console{path}"), methods))
        .collect()
}

/// What is open to a browser without a session; for the test that no other route is.
#[cfg(test)]
pub(super) const OPEN: &[&str] = &[
    "/console/sign-in",
    "/console/sign-out",
    "/console/assets/{id}",
];

fn configuration() -> Routes {
    vec![
        ("", get(sign_in::home)),
        ("/sign-in", get(sign_in::show).post(sign_in::sign_in)),
        ("/sign-out", post(sign_in::sign_out)),
        ("/assets/{id}", get(assets::get_asset)),
        ("/scim", get(scim::show).post(scim::switch)),
        ("/scim/manual-updates", get(scim::confirm)),
        ("/scim/options", post(scim::update_options)),
        ("/tokens", get(tokens::list).post(tokens::create)),
        (
            "/tokens/{id}/delete",
            get(tokens::confirm_delete).post(tokens::delete),
        ),
        ("/admin-tokens", get(admin_tokens::list)),
        (
            "/admin-tokens/{id}/delete",
            get(admin_tokens::confirm_delete).post(admin_tokens::delete),
        ),
        (
            "/admin-tokens/{id}/end-sessions",
            post(admin_tokens::end_sessions),
        ),
    ]
}

fn people() -> Routes {
    vec![
        ("/users", get(users::list)),
        ("/users/{id}", get(user::show).post(user::edit)),
        ("/users/{id}/activation", post(user::activate)),
        (
            "/users/{id}/delete",
            get(user::confirm_delete).post(user::delete),
        ),
        ("/groups", get(groups::list).post(groups::create)),
        ("/groups/{id}", get(group::show).post(group::rename)),
        ("/groups/{id}/settings", post(group::update_settings)),
        ("/groups/{id}/scim", post(group::allow_scim)),
        ("/groups/{id}/members", post(members::add)),
        ("/groups/{id}/members/remove", post(members::remove)),
        ("/groups/{id}/permissions", post(permissions::add)),
        ("/groups/{id}/permissions/remove", post(permissions::remove)),
        (
            "/groups/{id}/delete",
            get(group::confirm_delete).post(group::delete),
        ),
        (
            "/invitations",
            get(invitations::list).post(invitations::create),
        ),
        ("/invitations/{id}/resend", post(invitations::resend)),
        ("/invitations/{id}/revoke", post(invitations::revoke)),
    ]
}

fn account() -> Routes {
    vec![
        ("/licences", get(licenses::list)),
        ("/licences/seats/{id}", post(licenses::update_seats)),
        ("/licences/maps", post(licenses::create_map)),
        ("/licences/maps/{id}", post(licenses::update_map)),
        ("/licences/maps/{id}/delete", post(licenses::delete_map)),
        (
            "/ip-restrictions",
            get(ip_restrictions::list).post(ip_restrictions::create),
        ),
        ("/ip-restrictions/switch", post(ip_restrictions::switch)),
        (
            "/ip-restrictions/{id}",
            get(ip_restrictions::show).post(ip_restrictions::update),
        ),
        (
            "/ip-restrictions/{id}/delete",
            post(ip_restrictions::delete),
        ),
        ("/webhook", get(webhook::show).post(webhook::replace)),
        ("/webhook/secret", post(webhook::rotate)),
        ("/webhook/dead-deliveries/retry", post(webhook::retry)),
        ("/webhook/dead-deliveries/forget", post(webhook::forget)),
        ("/audit-log", get(audit_log::list)),
        ("/audit-log/export", get(audit_log::export)),
    ]
}
