use axum::extract::{FromRequest, Request};
use chrono::DateTime;

use super::{Fields, FieldsList, State, required};
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
        ("application/x-www-form-urlencoded", "a=%00", 400),
        ("application/x-www-form-urlencoded", "a=%FF", 400),
    ];
    for (media_type, body, status) in table {
        let fault = read(media_type, body).await.unwrap_err();
        assert_eq!(fault.status.as_u16(), status, "{media_type} {body}");
    }
}

#[tokio::test]
async fn lists_and_numbers() {
    let table = [
        (
            "application/json",
            r#"{"names": ["a", "b"], "one": ["c"], "total": 5, "none": null, "state": 2, "account_id": 7, "id": 1}"#,
        ),
        (
            "application/x-www-form-urlencoded",
            "names=a&names=b&one=c&total=5&none=&state=2&account_id=7&id=1",
        ),
    ];
    for (media_type, body) in table {
        let mut fields = read(media_type, body).await.unwrap();
        let names = Some(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(fields.texts("names"), Ok(names));
        assert_eq!(fields.texts("one"), Ok(Some(vec!["c".to_owned()])));
        assert_eq!(fields.integer_or_null("total"), Ok(Some(Some(5))));
        assert_eq!(fields.integer_or_null("none"), Ok(Some(None)));
        assert_eq!(fields.integer_or_null("missing"), Ok(None));
        assert_eq!(fields.state(), Ok(Some(State::Deleted)));
        assert_eq!(fields.account(7), Ok(()));
        fields.ignore(&["id", "other"]);
        assert_eq!(fields.finish(), Ok(()));
    }
    let body = r#"{"names": "a", "total": "5", "state": 3, "account_id": 8, "cidrs": [1]}"#;
    let mut fields = read("application/json", body).await.unwrap();
    assert!(fields.texts("names").is_err());
    assert!(fields.integer("total").is_err());
    assert!(fields.state().is_err());
    assert!(fields.account(7).is_err());
    assert!(fields.objects("cidrs", "cidr").is_err());

    let body = r#"{"cidrs": ["192.0.2.1", {"cidr": "192.0.2.2"}]}"#;
    let mut fields = read("application/json", body).await.unwrap();
    let mut cidrs = fields.objects("cidrs", "cidr").unwrap().unwrap();
    for (fields, cidr) in cidrs.iter_mut().zip(["192.0.2.1", "192.0.2.2"]) {
        assert_eq!(fields.text("cidr"), Ok(Some(cidr.to_owned())));
    }
}

#[tokio::test]
async fn a_body_may_be_a_list() {
    let read = async |body: &'static str| {
        let request = Request::post("/").body(body.into()).unwrap();
        FieldsList::from_request(request, &()).await
    };
    assert_eq!(read("[]").await.unwrap().0.len(), 0);
    assert_eq!(read(r#"[{"a": 1}, {}]"#).await.unwrap().0.len(), 2);
    for bad in ["", "{}", "[1]", "[{}, null]"] {
        assert!(read(bad).await.is_err(), "{bad}");
    }
}

/// RFC 8259 section 6: a number is the same in every spelling; what is no integer of 64 bits is refused.
#[tokio::test]
async fn numbers_in_every_spelling() {
    let body = r#"{"a": 7.0, "b": 70e-1, "c": -0.0, "d": 7e0, "ids": [7.0, 7, "x"],
        "e": 1.5, "f": 1e30, "g": 9007199254740993.0, "h": 18446744073709551615, "i": -1e30, "j": 1.5, "k": "7"}"#;
    let mut fields = read("application/json", body).await.unwrap();
    for (name, expected) in [("a", 7), ("b", 7), ("c", 0)] {
        assert_eq!(fields.integer(name), Ok(Some(expected)), "{name}");
    }
    assert_eq!(fields.id("d"), Ok(Some("7".to_owned())));
    let ids = ["7", "7", "x"].map(str::to_owned);
    assert_eq!(fields.ids("ids"), Ok(Some(ids.into())));
    for name in ["e", "f", "g", "h", "i", "k"] {
        let fault = fields.integer(name).unwrap_err();
        assert_eq!(fault.status, 400, "{name}");
    }
    assert!(fields.id("j").is_err());
}
