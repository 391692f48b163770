//! The core schema of groups (RFC 7643 §4.2).

use super::GROUP_URN;
use crate::schema::{Attribute, Mutability, Schema, Type, Uniqueness};

/// As RFC 7643 §8.7.1 has it, but: `displayName` is required, as the text of §4.2 says, and unique; ids of
/// members compare with regard to case; members have a `display`, given by the server.
pub(super) fn schema() -> Schema {
    let members = vec![
        Attribute::new("value", Type::String, "The id of the member.")
            .case_exact()
            .mutability(Mutability::Immutable),
        Attribute::reference("$ref", "The URI of the member.", &["User", "Group"])
            .mutability(Mutability::Immutable),
        Attribute::new(
            "type",
            Type::String,
            "What the member is: a user or a group.",
        )
        .canonical(&["User", "Group"])
        .mutability(Mutability::Immutable),
        Attribute::new(
            "display",
            Type::String,
            "The name of the member, for display.",
        )
        .mutability(Mutability::ReadOnly),
    ];
    let attributes = vec![
        Attribute::new("displayName", Type::String, "The name of the group.")
            .required()
            .unique(Uniqueness::Server),
        Attribute::complex("members", "Who is in the group.", members).multi_valued(),
    ];
    super::schema(GROUP_URN, "Group", "Group", attributes)
}
