//! The admin API: what an account's administrators and scripts do, in the JSON envelope of version 3.

pub(crate) mod account_options;
pub(crate) mod accounts;
pub(crate) mod assign_groups;
pub(crate) mod audit_logs;
pub(crate) mod envelope;
pub(crate) mod fields;
pub(crate) mod group_permissions;
pub(crate) mod groups;
pub(crate) mod ids;
pub(crate) mod invites;
pub(crate) mod ip_restrictions;
pub(crate) mod license_maps;
pub(crate) mod licenses;
pub(crate) mod openapi;
pub(crate) mod permissions;
pub(crate) mod query;
pub(crate) mod routes;
pub(crate) mod scim_config;
pub(crate) mod sign_ins;
pub(crate) mod tokens;
pub(crate) mod users;
pub(crate) mod webhook;
