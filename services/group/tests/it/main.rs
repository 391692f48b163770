//! The group service over gRPC, on a real Postgres, with the real settings service, and with an identity
//! service of which the tests are master; `real_identity` has the real one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod administrators;
mod assign_user_groups;
mod batch_list_user_groups;
mod bounds;
mod change_log;
mod concurrency;
mod create_group;
mod delete_group;
mod deliver;
mod enumerations;
mod follower;
mod get_group;
mod group_permissions;
mod group_settings;
mod harness;
mod identity;
mod indexes;
mod join_default_groups;
mod licenses;
mod list_groups;
mod member_sequences;
mod migrations;
mod not_found;
mod patch_group;
mod permission_summary;
mod protected_groups;
mod real_identity;
mod record_sign_in;
mod refresh_user;
mod remove_deleted_user;
mod replace_group;
mod scale;
