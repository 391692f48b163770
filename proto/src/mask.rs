//! Field masks (AIP-134): one that is absent or empty writes the fields that are set.

use prost_types::FieldMask;

/// What a mask of all fields names, alone.
pub const ALL: &str = "*";

/// The mask that writes all fields, also those that are not set.
pub fn all() -> FieldMask {
    FieldMask {
        paths: vec![ALL.to_owned()],
    }
}
