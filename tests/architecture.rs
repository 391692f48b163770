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
    assert_eq!(readme_variables(), variables_read());
}

/// A statement that diesel does not keep prepared is parsed and planned each time it is sent.
#[test]
fn every_statement_can_stay_prepared() {
    let found = Command::new("grep")
        .args([
            "-rlF",
            "sql_query(",
            "--include=*.rs",
            "--exclude-dir=tests",
            "--exclude=tests.rs",
        ])
        .args(["services", "crates/storage", "crates/delivery"])
        .current_dir(root())
        .output()
        .expect("grep");
    let found = String::from_utf8(found.stdout).expect("text");
    let found: BTreeSet<&str> = found.lines().collect();
    // What the pool sends, and a command.
    let allowed = [
        "crates/storage/src/postgres.rs",
        "crates/storage/src/postgres/distribute.rs",
    ];
    assert_eq!(found, allowed.into(), "use storage::postgres::statement");
}

/// Whoever runs the containers can set every variable, and has to set none.
#[test]
fn compose_passes_every_variable_on() {
    let compose = fs::read_to_string(root().join("docker-compose.yml")).expect("the file");
    for variable in readme_variables() {
        // Each process has its own.
        if variable == "OTEL_SERVICE_NAME" {
            continue;
        }
        let set = format!(" {variable}: ");
        let lines = compose.lines().filter(|line| line.contains(&set));
        assert!(lines.count() > 0, "docker-compose.yml lacks {variable}");
    }
}

fn readme_variables() -> BTreeSet<String> {
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md");
    readme
        .lines()
        .skip_while(|line| *line != "## Configuration")
        .skip(1)
        .take_while(|line| !line.starts_with("## "))
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .map(str::to_owned)
        .collect()
}

/// Every name in quotes that a `config.rs` of a process, or `chassis` and `storage` for them, asks the environment for.
pub(crate) fn variables_read() -> BTreeSet<String> {
    let files = [
        "gateway/src/config.rs",
        "services/identity/src/config.rs",
        "services/group/src/config.rs",
        "services/token/src/config.rs",
        "services/settings/src/config.rs",
        "crates/chassis/src/metrics.rs",
        "crates/delivery/src/lib.rs",
        "crates/lease/src/owner.rs",
        "crates/chassis/src/telemetry.rs",
        "crates/storage/src/postgres.rs",
        "crates/storage/src/process.rs",
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

/// The client of the chassis tells by a method's name whether it may be repeated: a verb that is not listed here needs
/// a decision (`crates/chassis/src/client/replay.rs`, `docs/grpc.md`).
#[test]
fn methods_are_reads_or_writes_by_their_verbs() {
    const READS: &[&str] = &[
        "Authenticate",
        "BatchCheck",
        "BatchGet",
        "BatchList",
        "Count",
        "Get",
        "List",
    ];
    const OTHERS: &[&str] = &[
        "Add", "Apply", "Assign", "Create", "Delete", "End", "Join", "Patch", "Purge", "Record",
        "Redeem", "Refresh", "Remove", "Renew", "Replace", "Resend", "Retry", "Revoke", "Rotate",
        "Update", "Watch",
    ];
    let replay = root().join("crates/chassis/src/client/replay.rs");
    let replay = fs::read_to_string(replay).expect("the client");
    for verb in READS {
        assert!(replay.contains(&format!("\"{verb}\",")), "{verb}");
    }
    let protos = Command::new("grep")
        .args(["-rhoE", "^ *rpc [A-Za-z]+", "proto/muster"])
        .current_dir(root())
        .output()
        .expect("grep");
    let protos = String::from_utf8(protos.stdout).expect("text");
    assert!(protos.lines().count() > 50);
    for line in protos.lines() {
        let method = line.trim().trim_start_matches("rpc ");
        let is_of = |verb: &&str| {
            let noun = method.strip_prefix(verb);
            noun.is_some_and(|noun| noun.starts_with(|first: char| first.is_ascii_uppercase()))
        };
        assert!(READS.iter().chain(OTHERS).any(is_of), "{method}");
    }
}

/// R33: no version of a package with a known fault that concerns us is linked, and nothing is read or written by COPY,
/// into whose options text of a client could come. `cargo deny` knows what has been found since.
#[test]
fn versions_are_above_known_faults() {
    let floors = [
        ("diesel", [2, 3, 10]),
        ("diesel-async", [0, 9, 0]),
        ("h2", [0, 4, 16]),
        ("postgres-protocol", [0, 6, 12]),
        ("rustls", [0, 23, 18]),
        ("rustls-webpki", [0, 103, 13]),
        ("tokio", [1, 44, 2]),
        ("tokio-postgres", [0, 7, 18]),
        ("tonic", [0, 12, 3]),
        ("tracing-subscriber", [0, 3, 20]),
    ];
    let lock = fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock");
    for (package, floor) in floors {
        let name = format!("name = \"{package}\"\nversion = \"");
        let mut versions = lock.split(&name).skip(1).peekable();
        assert!(versions.peek().is_some(), "{package} is not linked");
        for rest in versions {
            let version = rest.split(['"', '-', '+']).next().unwrap_or_default();
            let numbers = version.split('.').map(|number| number.parse::<u32>());
            let numbers: Vec<u32> = numbers.collect::<Result<_, _>>().expect("a version");
            assert!(numbers[..] >= floor[..], "{package} {version}");
        }
    }
    let found = Command::new("grep")
        .args([
            "-rlE",
            "copy_(in|out|from|to)\\b|\\bCOPY \\w+ (FROM|TO)\\b",
            "--include=*.rs",
        ])
        .args(["crates", "services", "gateway"])
        .current_dir(root())
        .output()
        .expect("grep");
    assert_eq!(String::from_utf8_lossy(&found.stdout), "");
}
