use std::net::SocketAddr;

use secrecy::ExposeSecret;

use super::*;

#[test]
fn gives_what_is_set() {
    let mut env = Env::from_pairs([
        ("LISTEN_ADDR", "127.0.0.1:8080"),
        ("DATABASE_MAX_CONNECTIONS", " 4 "),
        ("DATABASE_URL", "postgres://secret"),
        ("LICENSE_TYPES", "developer, it,"),
        ("REDIS_URL", ""),
    ]);
    let listen: SocketAddr = env.or("LISTEN_ADDR", SocketAddr::from(([0, 0, 0, 0], 1)));
    assert_eq!(listen, SocketAddr::from(([127, 0, 0, 1], 8080)));
    assert_eq!(env.or("DATABASE_MAX_CONNECTIONS", 16), 4);
    assert_eq!(
        env.secret("DATABASE_URL").expose_secret(),
        "postgres://secret"
    );
    assert_eq!(env.list("LICENSE_TYPES", &["x"]), ["developer", "it"]);
    assert_eq!(env.list("OTHER", &["x"]), ["x"]);
    assert_eq!(env.optional::<String>("REDIS_URL"), None, "empty is unset");
    assert_eq!(env.or("OTHER", 7), 7);
    assert_eq!(env.finish(), Ok(()));
}

#[test]
fn reports_every_fault_at_once_and_no_secret() {
    let mut env = Env::from_pairs([("DATABASE_MAX_CONNECTIONS", "many"), ("REDIS_URL", "")]);
    assert_eq!(env.or("DATABASE_MAX_CONNECTIONS", 16), 16);
    assert_eq!(env.secret("REDIS_URL").expose_secret(), "");
    assert_eq!(env.required::<String>("IDENTITY_URL"), "");
    env.fault("LICENSE_TYPES", "must name a type");
    let text = env.finish().unwrap_err().to_string();
    assert_eq!(
        text,
        "the environment is not usable: DATABASE_MAX_CONNECTIONS is malformed: invalid digit found in string; \
         REDIS_URL is not set; IDENTITY_URL is not set; LICENSE_TYPES must name a type"
    );
}

#[test]
fn names_urns_and_keys_are_checked() {
    for (text, is_good) in [
        ("developer, read_only", true),
        (",", false),
        ("a b", false),
        ("it,\"x", false),
    ] {
        let mut env = Env::from_pairs([("LICENSE_TYPES", text)]);
        env.names("LICENSE_TYPES", &["x"]);
        assert_eq!(env.finish().is_ok(), is_good, "{text}");
    }
    for (text, is_good) in [
        ("urn:ietf:params:scim:schemas:extension:x:2.0:User", true),
        ("URN:example:a", true),
        ("", true),
        ("not a urn", false),
        ("urn:example", false),
        ("urn:example:", false),
        ("urn:example:a b", false),
        ("urn:example:\"a", false),
    ] {
        let mut env = Env::from_pairs([("LICENSE_EXTENSION_URN", text)]);
        env.urn("LICENSE_EXTENSION_URN", "urn:example:default".to_owned());
        assert_eq!(env.finish().is_ok(), is_good, "{text}");
    }
    for (text, is_good) in [("", true), ("x", false), (&*"k".repeat(32), true)] {
        let mut env = Env::from_pairs([("CURSOR_KEY", text)]);
        env.key("CURSOR_KEY");
        assert_eq!(env.finish().is_ok(), is_good, "{text}");
    }
}

#[test]
fn a_file_is_read_and_what_is_wrong_with_it_is_named() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let mut env = Env::from_pairs([("SCIM_SCHEMAS", manifest), ("OTHER", "/no/such/file")]);
    let text: Option<String> = env.file("SCIM_SCHEMAS");
    assert!(text.is_some_and(|text| text.contains("chassis")));
    assert_eq!(env.file::<String>("UNSET"), None);
    assert_eq!(env.file::<u8>("SCIM_SCHEMAS"), None);
    assert_eq!(env.file::<String>("OTHER"), None);
    let text = env.finish().unwrap_err().to_string();
    assert!(text.contains("SCIM_SCHEMAS names") && text.contains("invalid digit"));
    assert!(text.contains("OTHER names \"/no/such/file\""));
}
