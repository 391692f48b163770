//! The group service over gRPC, on a real Postgres, with the real settings service, and with an identity
//! service of which the tests are master; `real_identity` has the real one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod batch_list_user_groups;
mod concurrency;
mod create_group;
mod delete_group;
mod follower;
mod get_group;
mod harness;
mod identity;
mod indexes;
mod list_groups;
mod migrations;
mod patch_group;
mod proxy;
mod real_identity;
mod remove_deleted_user;
mod replace_group;
mod scale;
