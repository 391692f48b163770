use chassis::env::Env;

use super::Config;

#[test]
fn a_key_of_the_cache_that_can_be_guessed_is_refused() {
    for (key, usable) in [
        ("", true), // unset
        ("short", false),
        ("0123456789abcdef0123456789abcde", false),
        ("0123456789abcdef0123456789abcdef", true),
    ] {
        let mut env = Env::from_pairs([
            ("DATABASE_URL", "postgres://localhost/token"),
            ("REDIS_URL", "redis://localhost"),
            ("CACHE_KEY", key),
        ]);
        let config = Config::from_env(&mut env);
        assert_eq!(env.finish().is_ok(), usable, "{key}");
        assert_eq!(config.cache_key.is_some(), !key.is_empty());
    }
}
