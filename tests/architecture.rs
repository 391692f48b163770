//! Rules about the code itself (house rules 1, 2, and the configuration table of the README).

use std::{collections::BTreeSet, fs, path::Path, process::Command};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace")
}

fn dependencies(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--package",
            package,
        ])
        .current_dir(root())
        .output()
        .expect("cargo tree");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .expect("UTF-8")
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

/// The gateway holds no state and never sees SQL or Redis.
#[test]
fn the_gateway_links_no_store() {
    let dependencies = dependencies("gateway");
    assert!(dependencies.contains("axum"), "cargo tree works");
    for forbidden in [
        "diesel",
        "diesel-async",
        "tokio-postgres",
        "redis",
        "storage",
    ] {
        assert!(
            !dependencies.contains(forbidden),
            "gateway depends on {forbidden}"
        );
    }
}

/// `scim` does no I/O.
#[test]
fn scim_is_pure() {
    let dependencies = dependencies("scim");
    for forbidden in [
        "tokio", "hyper", "tonic", "axum", "diesel", "redis", "reqwest", "proto", "chassis",
        "storage",
    ] {
        assert!(
            !dependencies.contains(forbidden),
            "scim depends on {forbidden}"
        );
    }
}

/// The README's table names exactly the variables that the processes read.
#[test]
fn the_readme_names_every_variable() {
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md");
    let table: BTreeSet<String> = readme
        .lines()
        .skip_while(|line| *line != "## Configuration")
        .skip(1)
        .take_while(|line| !line.starts_with("## "))
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .map(str::to_owned)
        .collect();
    assert_eq!(table, variables_read());
}

/// Every name in quotes that a `config.rs` of a process, or `chassis` and `storage` for them, asks the environment for.
fn variables_read() -> BTreeSet<String> {
    let files = [
        "gateway/src/config.rs",
        "services/identity/src/config.rs",
        "services/group/src/config.rs",
        "services/token/src/config.rs",
        "services/settings/src/config.rs",
        "crates/chassis/src/telemetry.rs",
        "crates/storage/src/postgres.rs",
        "crates/storage/src/redis.rs",
    ];
    files
        .iter()
        .flat_map(|file| {
            let text = fs::read_to_string(root().join(file)).expect(file);
            let quoted: Vec<String> = text
                .split('"')
                .skip(1)
                .step_by(2)
                .map(str::to_owned)
                .collect();
            quoted
        })
        .filter(|text| {
            text.len() > 5
                && text.chars().all(|c| c.is_ascii_uppercase() || c == '_')
                && text.contains('_')
        })
        .collect()
}
