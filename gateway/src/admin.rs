//! The admin API: an account's own settings, in the JSON envelope of version 3.

pub(crate) mod account_options;
pub(crate) mod envelope;
pub(crate) mod fields;
pub(crate) mod scim_config;
pub(crate) mod tokens;
