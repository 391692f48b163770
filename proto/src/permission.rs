//! What a `muster.group.v1.Permission` can say: the group service refuses anything else, and the console offers these.

/// The permission set of those who administer an account.
pub const ACCOUNT_ADMIN: &str = "account_admin";

/// The permission sets there are.
pub const SETS: &[&str] = &[
    ACCOUNT_ADMIN,
    "security_admin",
    "billing_admin",
    "admin",
    "owner",
    "member",
    "account_viewer",
    "developer",
    "analyst",
    "stakeholder",
    "readonly",
    "project_creator",
    "job_admin",
    "job_runner",
    "job_viewer",
    "git_admin",
    "team_admin",
    "database_admin",
    "metadata_only",
    "semantic_layer_only",
    "webhooks_only",
    "manage_marketplace_apps",
];

/// Every environment; stands alone.
pub const ALL: &str = "all";

/// The categories of environments that may be written.
pub const ENVIRONMENTS: &[&str] = &[ALL, "development", "staging", "production", "other"];
