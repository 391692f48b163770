//! The wire: generated gRPC code, the error contract, and conversions to and from SCIM.

pub mod actor;
pub mod admission;
mod attributes;
pub mod enumeration;
pub mod error;
pub mod group;
pub mod mask;
pub mod name;
pub mod page;
pub mod patch;
pub mod permission;
pub mod request;
pub mod resource;
pub mod time;
pub mod user;

/// What all services share: error reasons, PATCH operations, actors and changes.
pub mod protocol {
    /// Version 1, as generated.
    #[expect(clippy::allow_attributes, clippy::too_many_lines, reason = "generated")]
    pub mod v1 {
        tonic::include_proto!("muster.protocol.v1");
    }
}

/// The identity service.
pub mod identity {
    /// Version 1, as generated.
    #[expect(clippy::allow_attributes, clippy::too_many_lines, reason = "generated")]
    pub mod v1 {
        tonic::include_proto!("muster.identity.v1");
    }
}

/// The token service.
pub mod token {
    /// Version 1, as generated.
    #[expect(clippy::allow_attributes, clippy::too_many_lines, reason = "generated")]
    pub mod v1 {
        tonic::include_proto!("muster.token.v1");
    }
}

/// The settings service.
pub mod settings {
    /// Version 1, as generated.
    #[expect(clippy::allow_attributes, clippy::too_many_lines, reason = "generated")]
    pub mod v1 {
        tonic::include_proto!("muster.settings.v1");
    }
}

/// The descriptors of all protos, for gRPC reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
