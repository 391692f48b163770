use super::*;

#[test]
fn a_secret_is_that_of_standard_webhooks_and_new_each_time() {
    let make = || Webhook::new(String::new()).expect("random numbers").secret;
    let (first, second) = (make(), make());
    let text = first.expose_secret();
    let encoded = text.strip_prefix("whsec_").expect("the prefix");
    let bytes = STANDARD.decode(encoded).expect("base64");
    assert_eq!(bytes.len(), SECRET_LENGTH);
    assert_ne!(text, second.expose_secret());
}

#[test]
fn urls() {
    for good in [
        "https://hooks.example.com/muster?x=1",
        "http://127.0.0.1:9000/",
        "https://[2001:db8::1]:8443",
    ] {
        assert!(check_url(good).is_ok(), "{good}");
    }
    let long = format!("https://example.com/{}", "x".repeat(URL_LIMIT));
    for bad in [
        "hooks.example.com",
        "/hooks",
        "ftp://example.com/",
        "file:///etc/passwd",
        "mailto:ann@example.com",
        "https://",
        "https://user:password@example.com/",
        "https://user@example.com/",
        "https://example.com/#part",
        " https://example.com/",
        "https://example.com/a\nb",
        "https://exa mple.com/",
        &long,
    ] {
        assert!(check_url(bad).is_err(), "{bad}");
    }
}
