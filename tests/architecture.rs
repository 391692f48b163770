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

/// `docs/conformance.md` counts its requirements rightly, says what is true in one form, and names tests that exist.
#[test]
fn conformance_names_tests_that_exist() {
    let text = fs::read_to_string(root().join("docs/conformance.md")).expect("conformance.md");
    let mut counts = std::collections::BTreeMap::from([("done", 0), ("not done", 0), ("later", 0)]);
    let mut seen = BTreeSet::new();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| R"));
    for row in rows {
        let cells: Vec<&str> = row
            .trim_end_matches('|')
            .split(" | ")
            .map(str::trim)
            .collect();
        let [number, state, found] = cells[..] else {
            panic!("not three cells: R{row}");
        };
        assert!(seen.insert(number), "R{number} is there twice");
        let count = counts
            .get_mut(state)
            .unwrap_or_else(|| panic!("R{number}: {state}"));
        *count += usize::from(number.starts_with('-'));
        let tests: Vec<&str> = found
            .split('`')
            .skip(1)
            .step_by(2)
            .filter(|name| name.contains("::"))
            .collect();
        assert!(
            state != "done" || !tests.is_empty(),
            "R{number} has no test"
        );
        for test in tests {
            assert!(is_test(test), "R{number}: there is no {test}");
        }
        assert!(state == "done" || !found.is_empty(), "R{number}: why?");
    }
    let [done, not_done, later] = ["done", "not done", "later"].map(|state| counts[state]);
    let all = done + not_done + later;
    let said = format!("{all} requirements: {done} done, {not_done} not done, {later} later.");
    assert!(text.contains(&said), "the count is: {said}");
}

/// Whether a `file::test` exists; the tests of `tests/idp.rs` are its fixtures.
fn is_test(name: &str) -> bool {
    let (file, test) = name.split_once("::").expect("file::test");
    let Ok(text) = fs::read_to_string(root().join(file)) else {
        return false;
    };
    if file == "tests/idp.rs" {
        let fixture = format!("tests/idp/{test}.json");
        return root().join(fixture).exists() && text.split_whitespace().any(|word| word == test);
    }
    text.contains(&format!("fn {test}("))
}
