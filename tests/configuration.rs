//! A process whose environment is not usable names every fault and stops before it listens.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    process::Command,
};

use crate::{architecture, harness::required};

/// Bad values that every process is given.
const ALL: &[(&str, &str)] = &[
    ("LISTEN_ADDR", "here"),
    ("METRICS_ADDR", "9464"),
    ("RUST_LOG", "loud"),
    ("LOG_FORMAT", "xml"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"),
    ("OTEL_BSP_SCHEDULE_DELAY", "soon"),
];

/// Those of the four services.
const SERVICES: &[(&str, &str)] = &[
    ("DATABASE_URL", "a database"),
    ("DATABASE_MAX_CONNECTIONS", "0"),
    ("CURSOR_KEY", "x"),
];

/// Those of one.
const PROCESSES: &[(&str, &[(&str, &str)])] = &[
    (
        "settings",
        &[
            ("LICENSE_TYPES", ","),
            ("WEBHOOK_ALLOW_PRIVATE", "maybe"),
            ("LEASE_MILLISECONDS", "5001"),
        ],
    ),
    (
        "token",
        &[
            ("REDIS_URL", "redis"),
            ("CACHE_KEY", "x"),
            ("LEASE_MILLISECONDS", "-1"),
        ],
    ),
    (
        "identity",
        &[
            ("SETTINGS_URL", "settings:50054"),
            ("LICENSE_TYPES", "a b,\"x"),
            ("LICENSE_EXTENSION_URN", "not a urn"),
            ("LICENSE_TYPES_WITHOUT_ADMIN", "emperor"),
            ("SCIM_SCHEMAS", "/no/such/file"),
            ("INVITATION_DAYS", "0"),
            ("WEBHOOK_ALLOW_PRIVATE", "maybe"),
            ("SMTP_URL", "mail"),
            ("MAIL_FROM", "somebody"),
            ("INVITATION_URL", "https://app.acme.test/join"),
        ],
    ),
    (
        "group",
        &[
            ("IDENTITY_URL", "identity:50051"),
            ("PERMISSION_SETS", "/no/such/file"),
            ("SETTINGS_URL", "ftp://settings"),
            ("SCIM_SCHEMAS", "/no/such/file"),
            ("WEBHOOK_ALLOW_PRIVATE", "maybe"),
        ],
    ),
    (
        "gateway",
        &[
            ("PUBLIC_URL", "scim.acme.test"),
            ("IDENTITY_URL", "x"),
            ("GROUP_URL", "x y"),
            ("TOKEN_URL", ":"),
            ("SETTINGS_URL", "ftp://settings"),
            ("SCIM_SCHEMAS", "/no/such/file"),
            ("LICENSE_TYPES", ","),
            ("LICENSE_EXTENSION_URN", "urn:x"),
            ("TRUSTED_PROXIES", "proxy"),
            ("CORS_ALLOWED_ORIGINS", "acme"),
            ("RATE_LIMIT_PER_SECOND", "0"),
            ("DOCUMENTATION_URL", "docs"),
            ("CONSOLE_KEY", "x"),
            ("DRAIN_SECONDS", "soon"),
        ],
    ),
];

/// Whatever it is called is right.
const ANY_VALUE: &[&str] = &["OTEL_SERVICE_NAME"];

/// The program of a process of the stack.
fn program(process: &str) -> PathBuf {
    let pid = required(&format!("{}_PID", process.to_uppercase()));
    let program = std::fs::read_link(format!("/proc/{pid}/exe")).unwrap();
    // Cargo may have put a newer one in its place meanwhile.
    let program = program.to_string_lossy();
    PathBuf::from(program.trim_end_matches(" (deleted)"))
}

fn bad_values(process: &str) -> BTreeMap<&'static str, &'static str> {
    let mut values: BTreeMap<_, _> = ALL.iter().copied().collect();
    if process != "gateway" {
        values.extend(SERVICES.iter().copied());
    }
    let own = PROCESSES.iter().find(|(name, _)| *name == process);
    values.extend(own.into_iter().flat_map(|(_, own)| own.iter().copied()));
    values
}

#[test]
fn every_bad_variable_is_named_at_once() {
    for (process, _) in PROCESSES {
        let values = bad_values(process);
        let output = Command::new(program(process))
            .env_clear()
            .envs(&values)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{process}: {said}");
        for (name, value) in values {
            let is_named = said.contains(&format!(" {name} "));
            assert!(is_named, "{process} takes {name}={value}: {said}");
        }
        let log = String::from_utf8_lossy(&output.stdout);
        assert!(!log.contains("serving"), "{process} listened first: {log}");
    }
}

#[test]
fn every_missing_variable_is_named_at_once() {
    for (process, names) in [
        ("settings", &["DATABASE_URL"][..]),
        ("token", &["DATABASE_URL", "REDIS_URL"]),
        ("identity", &["DATABASE_URL", "SETTINGS_URL"]),
        ("group", &["DATABASE_URL", "IDENTITY_URL", "SETTINGS_URL"]),
        (
            "gateway",
            &[
                "PUBLIC_URL",
                "IDENTITY_URL",
                "GROUP_URL",
                "TOKEN_URL",
                "SETTINGS_URL",
            ],
        ),
    ] {
        let output = Command::new(program(process)).env_clear().output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        for name in names {
            let is_named = said.contains(&format!(" {name} is not set"));
            assert!(is_named, "{process} does without {name}: {said}");
        }
    }
}

/// No variable is left out above.
#[test]
fn every_variable_has_a_bad_value_here() {
    let tried: BTreeSet<String> = PROCESSES
        .iter()
        .flat_map(|(process, _)| bad_values(process).into_keys())
        .chain(ANY_VALUE.iter().copied())
        .map(str::to_owned)
        .collect();
    let missing: Vec<_> = architecture::variables_read()
        .difference(&tried)
        .cloned()
        .collect();
    assert!(missing.is_empty(), "no bad value of {missing:?}");
}

#[test]
fn every_program_tells_its_version() {
    for (process, _) in PROCESSES {
        let output = Command::new(program(process))
            .arg("--version")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && said.starts_with(&format!("{process} ")),
            "{said}"
        );
    }
}
