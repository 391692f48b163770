use axum::extract::{FromRequest, Request};
use chrono::DateTime;

use super::{Fields, required};
use crate::error::Fault;

async fn read(media_type: &str, body: &'static str) -> Result<Fields, Fault> {
    let request = Request::post("/").header("Content-Type", media_type);
    Fields::from_request(request.body(body.into()).unwrap(), &()).await
}

#[tokio::test]
async fn json_and_forms_say_the_same() {
    let table = [
        (
            "application/json; charset=utf-8",
            r#"{"on": true, "name": "a b&c", "off": null}"#,
        ),
        (
            "application/x-www-form-urlencoded",
            "on=True&name=a+b%26c&&",
        ),
    ];
    for (media_type, body) in table {
        let mut fields = read(media_type, body).await.unwrap();
        assert_eq!(fields.boolean("on"), Ok(Some(true)));
        assert_eq!(fields.boolean("off"), Ok(None));
        assert_eq!(fields.text("name"), Ok(Some("a b&c".to_owned())));
        assert_eq!(fields.finish(), Ok(()));
    }
}

#[tokio::test]
async fn what_is_not_asked_for_is_refused() {
    let fields = read("application/json", r#"{"on": true}"#).await.unwrap();
    assert!(fields.finish().unwrap_err().detail.contains("on"));
}

#[tokio::test]
async fn types_are_kept() {
    let body = r#"{"on": "true", "name": 1, "at": "tomorrow"}"#;
    let mut fields = read("", body).await.unwrap();
    assert!(fields.boolean("on").is_err());
    assert!(fields.text("name").is_err());
    assert!(fields.instant("at").is_err());

    let body = r#"{"at": "2026-11-24T10:00:00+01:00"}"#;
    let mut fields = read("application/json", body).await.unwrap();
    let expected = DateTime::parse_from_rfc3339("2026-11-24T09:00:00Z").unwrap();
    assert_eq!(fields.instant("at"), Ok(Some(expected.to_utc())));
    assert!(required::<bool>("on", None).is_err());
}

#[tokio::test]
async fn bodies_refused() {
    let table = [
        ("text/plain", "{}", 415),
        ("application/json", "[]", 400),
        ("application/json", "", 400),
        ("application/x-www-form-urlencoded", "a=1&a=2", 400),
        ("application/x-www-form-urlencoded", "a=%FF", 400),
    ];
    for (media_type, body, status) in table {
        let fault = read(media_type, body).await.unwrap_err();
        assert_eq!(fault.status.as_u16(), status, "{media_type} {body}");
    }
}
