//! Compiles the proto with protox, as the package `proto` does.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=chain.proto");
    tonic_prost_build::configure().compile_fds(protox::compile(["chain.proto"], ["."])?)?;
    Ok(())
}
