//! What a `muster.group.v1.Permission` can say of environments: the group service refuses anything else, and the
//! console offers these. The permission sets are data of the group service, told by `ListPermissionSets`.

/// Every environment; stands alone.
pub const ALL: &str = "all";

/// The categories of environments that may be written.
pub const ENVIRONMENTS: &[&str] = &[ALL, "development", "staging", "production", "other"];
