use chrono::{DateTime, TimeDelta, Utc};

use super::{LIFETIME, Site, Ticket};
use crate::Config;

const KEY: &str = "0123456789abcdef0123456789abcdef";

fn site(public_url: &str, key: Option<&str>) -> Site {
    let mut env = chassis::env::Env::from_pairs([
        ("PUBLIC_URL", public_url),
        ("IDENTITY_URL", "http://identity:50051"),
        ("GROUP_URL", "http://group:50052"),
        ("TOKEN_URL", "http://token:50053"),
        ("SETTINGS_URL", "http://settings:50054"),
    ]);
    let config = Config {
        console_key: key.map(|key| key.to_owned().into()),
        ..Config::from_env(&mut env)
    };
    Site::new(&config)
}

fn now() -> DateTime<Utc> {
    "2026-11-24T10:00:00Z".parse().unwrap()
}

#[test]
fn a_session_is_read_as_it_was_made_until_it_is_over() {
    let site = site("https://muster.test", Some(KEY));
    let ticket = Ticket::new(7, now());
    let cookie = site.seal(&ticket);
    assert_eq!(site.open(&cookie, now()), Some(ticket));
    let last = now() + LIFETIME - TimeDelta::seconds(1);
    assert!(site.open(&cookie, last).is_some());
    assert!(site.open(&cookie, now() + LIFETIME).is_none());
}

#[test]
fn replicas_with_the_same_key_read_each_others_sessions_and_nobody_elses() {
    let ticket = Ticket::new(7, now());
    let cookie = site("https://muster.test", Some(KEY)).seal(&ticket);
    for (key, is_read) in [
        (Some(KEY), true),
        (Some("another key of thirty-two letters"), false),
        (None, false),
    ] {
        let read = site("https://muster.test", key).open(&cookie, now());
        assert_eq!(read.is_some(), is_read, "{key:?}");
    }
}

#[test]
fn a_cookie_that_was_changed_is_none() {
    let site = site("https://muster.test", Some(KEY));
    let cookie = site.seal(&Ticket::new(7, now()));
    for place in 0..cookie.len() {
        let mut letters: Vec<char> = cookie.chars().collect();
        letters[place] = if letters[place] == 'A' { 'B' } else { 'A' };
        let changed: String = letters.into_iter().collect();
        assert!(site.open(&changed, now()).is_none(), "{place}");
        assert!(site.open(&cookie[..place], now()).is_none(), "{place}");
    }
}

/// The secret is not in the cookie in any form that can be read, and no two cookies are alike.
#[test]
fn a_cookie_says_nothing() {
    let site = site("https://muster.test", Some(KEY));
    let ticket = Ticket::new(7, now());
    assert_ne!(site.seal(&ticket), site.seal(&ticket));
    let other = Ticket::new(7, now());
    assert_ne!(ticket.csrf, other.csrf);
    assert_ne!(ticket.secret, other.secret);
    assert_ne!(ticket.secret_sha256(), ticket.secret);
    assert_eq!(format!("{ticket:?}"), "Ticket { account_id: 7, .. }");
}

#[test]
fn the_public_url_decides_on_the_cookie_the_paths_and_the_origin() {
    let table = [
        (
            "https://muster.test",
            "/console",
            "https://muster.test",
            true,
        ),
        (
            "https://Muster.test:443/a/",
            "/a/console",
            "https://muster.test",
            true,
        ),
        (
            "https://muster.test:8443",
            "/console",
            "https://muster.test:8443",
            true,
        ),
        (
            "http://127.0.0.1:8080",
            "/console",
            "http://127.0.0.1:8080",
            false,
        ),
    ];
    for (public_url, root, origin, is_secure) in table {
        let site = site(public_url, None);
        assert_eq!(
            (&*site.root, &*site.origin, site.is_secure),
            (root, origin, is_secure)
        );
        assert_eq!(site.cookie.starts_with("__Host-"), is_secure);
    }
}
