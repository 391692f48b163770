use chassis::env::Env;

use super::Config;

fn read(public_url: &str) -> (Config, bool) {
    read_with("PUBLIC_URL", public_url)
}

/// With one variable more, or another value of it.
fn read_with(name: &str, value: &str) -> (Config, bool) {
    let mut env = Env::from_pairs([
        ("PUBLIC_URL", "https://scim.example.test"),
        ("IDENTITY_URL", "http://identity:50051"),
        ("GROUP_URL", "http://group:50052"),
        ("TOKEN_URL", "http://token:50053"),
        ("SETTINGS_URL", "http://settings:50054"),
        (name, value),
    ]);
    let config = Config::from_env(&mut env);
    (config, env.finish().is_ok())
}

#[test]
fn the_public_url_loses_its_last_slash() {
    let (config, usable) = read("https://scim.example.test/muster/");
    assert!(usable);
    assert_eq!(config.public_url, "https://scim.example.test/muster");
}

#[test]
fn a_public_url_that_could_not_build_locations_is_refused() {
    for url in [
        "",
        "example.test",
        "ftp://example.test",
        "https://example.test/?a=b",
        "https://user@example.test",
    ] {
        assert!(!read(url).1, "{url}");
    }
}

#[test]
fn a_key_of_the_console_that_can_be_guessed_is_refused() {
    for (key, usable) in [("short", false), ("0123456789abcdef0123456789abcdef", true)] {
        let mut env = Env::from_pairs([
            ("PUBLIC_URL", "https://example.test"),
            ("IDENTITY_URL", "http://identity:50051"),
            ("GROUP_URL", "http://group:50052"),
            ("TOKEN_URL", "http://token:50053"),
            ("SETTINGS_URL", "http://settings:50054"),
            ("CONSOLE_KEY", key),
        ]);
        assert!(Config::from_env(&mut env).console_key.is_some());
        assert_eq!(env.finish().is_ok(), usable, "{key}");
    }
}

/// R-HTTP-15, R-SEC-04, R-DISC-03: off unless they are set, and what could not work is refused.
#[test]
fn optional_settings() {
    let (config, _) = read_with("CORS_ALLOWED_ORIGINS", "");
    assert!(config.cors_allowed_origins.is_empty());
    assert_eq!(config.rate_limit_per_second, None);
    assert_eq!(config.documentation_url, None);
    for (name, value, usable) in [
        ("CORS_ALLOWED_ORIGINS", "*", true),
        (
            "CORS_ALLOWED_ORIGINS",
            "https://A.test, http://b.test:81",
            true,
        ),
        ("CORS_ALLOWED_ORIGINS", "https://a.test/", false),
        ("CORS_ALLOWED_ORIGINS", "a.test", false),
        ("RATE_LIMIT_PER_SECOND", "25", true),
        ("RATE_LIMIT_PER_SECOND", "0", false),
        ("RATE_LIMIT_PER_SECOND", "many", false),
        ("DRAIN_SECONDS", "0", true),
        ("DRAIN_SECONDS", "300", true),
        ("DRAIN_SECONDS", "301", false),
        ("DRAIN_SECONDS", "-1", false),
        ("DRAIN_SECONDS", "soon", false),
        (
            "DOCUMENTATION_URL",
            "https://docs.example.test/scim?v=2",
            true,
        ),
        ("DOCUMENTATION_URL", "see the manual", false),
    ] {
        assert_eq!(read_with(name, value).1, usable, "{name}={value}");
    }
}
