use chassis::env::Env;

use super::Config;

fn read(public_url: &str) -> (Config, bool) {
    let mut env = Env::from_pairs([
        ("PUBLIC_URL", public_url),
        ("IDENTITY_URL", "http://identity:50051"),
        ("GROUP_URL", "http://group:50052"),
        ("TOKEN_URL", "http://token:50053"),
        ("SETTINGS_URL", "http://settings:50054"),
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
