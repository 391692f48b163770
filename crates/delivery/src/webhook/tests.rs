use super::*;

/// The example of the Standard Webhooks specification's libraries.
#[test]
fn the_signature_is_that_of_the_specification() {
    let message = Message {
        url: "",
        secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ""],
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp: 1_614_265_330,
        body: "{\"test\": 2432232314}".to_owned(),
    };
    assert_eq!(
        signatures(&message).as_deref(),
        Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    );
}

/// While a secret is changed over both sign; a receiver takes the message if one of the signatures is right.
#[test]
fn two_secrets_sign() {
    let signed = |secrets| {
        signatures(&Message {
            url: "",
            secrets,
            id: "id",
            timestamp: 1,
            body: String::new(),
        })
    };
    let (new, old) = ("whsec_bmV3", "whsec_b2xk");
    let (by_new, by_old) = (signed([new, ""]).unwrap(), signed([old, ""]).unwrap());
    assert_ne!(by_new, by_old);
    assert_eq!(signed([new, old]).unwrap(), format!("{by_new} {by_old}"));
    for malformed in [["", ""], ["secret", ""], [new, "secret"], [new, "whsec_*"]] {
        assert_eq!(signed(malformed), None);
    }
}

#[tokio::test]
async fn private_addresses_are_not_reached() {
    let sender = Sender::new(false).expect("a client");
    for url in [
        "http://127.0.0.1:9/",
        "http://localhost:9/",
        "http://[::1]:9/",
        "http://169.254.169.254/latest",
    ] {
        let message = Message {
            url,
            secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ""],
            id: "id",
            timestamp: 1,
            body: String::new(),
        };
        let error = sender.send(message).await.expect_err("refused");
        assert!(
            ["the address is not public", "no connection"].contains(&&*error),
            "{url}: {error}"
        );
    }
}
