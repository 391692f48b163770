//! Compiles the protos with protox, so that no protoc needs to be installed.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message;

const FILES: &[&str] = &[
    "muster/protocol/v1/error_reason.proto",
    "muster/protocol/v1/patch_operation.proto",
    "muster/protocol/v1/change.proto",
    "muster/protocol/v1/change_log_service.proto",
    "muster/protocol/v1/delivery_service.proto",
    "muster/identity/v1/identity_service.proto",
    "muster/identity/v1/resource_service.proto",
    "muster/identity/v1/invitation_service.proto",
    "muster/identity/v1/license_service.proto",
    "muster/group/v1/group_service.proto",
    "muster/group/v1/group_admin_service.proto",
    "muster/token/v1/token_service.proto",
    "muster/token/v1/session_service.proto",
    "muster/settings/v1/settings_service.proto",
    "muster/settings/v1/account_service.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=muster");
    let descriptors = protox::compile(FILES, ["."])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    Ok(())
}
