//! What identity providers send, replayed from `tests/idp/*.json`: one file per client and life cycle,
//! one exchange after the other, each with the answer that the client needs.

use std::{collections::HashMap, fs, path::Path};

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    client::{Client, Response},
    harness::{App, unique},
};

#[derive(Deserialize)]
struct Fixture {
    exchanges: Vec<Exchange>,
}

/// `${name}` in any text stands for a saved value; `${unique}` for a text no other run uses.
#[derive(Deserialize)]
struct Exchange {
    name: String,
    method: String,
    path: String,
    #[serde(default)]
    headers: HashMap<String, String>,
    body: Option<Value>,
    status: u16,
    /// What the body must hold: objects may have more members, arrays may not.
    expect: Option<Value>,
    /// JSON pointers that must lead nowhere.
    #[serde(default)]
    absent: Vec<String>,
    /// Values to keep: name → JSON pointer.
    #[serde(default)]
    save: HashMap<String, String>,
}

fn holds(actual: &Value, expected: &Value) -> bool {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => expected
            .iter()
            .all(|(name, value)| actual.get(name).is_some_and(|found| holds(found, value))),
        (Value::Array(actual), Value::Array(expected)) => {
            actual.len() == expected.len()
                && expected
                    .iter()
                    .all(|value| actual.iter().any(|found| holds(found, value)))
        }
        _ => actual == expected,
    }
}

fn fill(text: &str, saved: &HashMap<String, String>) -> String {
    saved.iter().fold(text.to_owned(), |text, (name, value)| {
        text.replace(&format!("${{{name}}}"), value)
    })
}

fn fill_value(value: &Value, saved: &HashMap<String, String>) -> Value {
    match value {
        Value::String(text) => Value::String(fill(text, saved)),
        Value::Array(values) => values
            .iter()
            .map(|value| fill_value(value, saved))
            .collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (fill(name, saved), fill_value(value, saved)))
            .collect(),
        other => other.clone(),
    }
}

async fn send(client: &Client, exchange: &Exchange, saved: &HashMap<String, String>) -> Response {
    let method = Method::from_bytes(exchange.method.as_bytes()).expect("a method");
    let mut request = client.request(method, &fill(&exchange.path, saved));
    for (name, value) in &exchange.headers {
        request = request.header(name, value);
    }
    if let Some(body) = &exchange.body {
        if !exchange
            .headers
            .keys()
            .any(|name| name.eq_ignore_ascii_case("content-type"))
        {
            request = request.header("content-type", "application/scim+json");
        }
        request = request.body(fill_value(body, saved).to_string());
    }
    client.send(request).await
}

async fn replay(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("idp")
        .join(format!("{name}.json"));
    let fixture: Fixture =
        serde_json::from_slice(&fs::read(path).expect("the fixture")).expect("a fixture");
    let app = App::start().await;
    let mut saved = HashMap::from([("unique".to_owned(), unique("x"))]);
    for exchange in &fixture.exchanges {
        let response = send(&app.scim, exchange, &saved).await;
        let what = format!("{name}: {}\n{:#}", exchange.name, response.body);
        assert_eq!(response.status.as_u16(), exchange.status, "{what}");
        if !response.body.is_null() {
            assert_eq!(
                response.header("content-type"),
                "application/scim+json",
                "{what}"
            );
        }
        if let Some(expected) = &exchange.expect {
            let expected = fill_value(expected, &saved);
            assert!(
                holds(&response.body, &expected),
                "{what}\nlacks {expected:#}"
            );
        }
        for pointer in &exchange.absent {
            assert_eq!(response.body.pointer(pointer), None, "{what}");
        }
        for (name, pointer) in &exchange.save {
            let value = response.body.pointer(pointer).and_then(Value::as_str);
            saved.insert(
                name.clone(),
                value.unwrap_or_else(|| panic!("{what}")).to_owned(),
            );
        }
    }
}

macro_rules! replays {
    ($($name:ident)*) => { $(
        #[tokio::test]
        async fn $name() {
            replay(stringify!($name)).await;
        }
    )* };
}

replays! { entra entra_062020 okta_wizard okta_catalogue }
