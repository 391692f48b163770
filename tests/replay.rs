//! Plays the exchanges of a fixture: one request after the other, each with the answer that the client needs.

use std::{collections::HashMap, fs, path::Path};

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    client::{Client, Response},
    harness::unique,
};

#[derive(Deserialize)]
struct Fixture {
    exchanges: Vec<Exchange>,
}

/// What was kept, by name.
type Saved = HashMap<String, Value>;

/// `${name}` in any text stands for a saved value, and alone in a text for the value itself, of whatever type;
/// `${unique}` for a text no other run uses, `${account}` for the number of the account.
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
    /// Values that must differ from ones kept before: JSON pointer → name.
    #[serde(default)]
    differs: HashMap<String, String>,
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

fn fill(text: &str, saved: &Saved) -> String {
    saved.iter().fold(text.to_owned(), |text, (name, value)| {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        text.replace(&format!("${{{name}}}"), &value)
    })
}

fn fill_value(value: &Value, saved: &Saved) -> Value {
    match value {
        Value::String(text) => {
            let name = text
                .strip_prefix("${")
                .and_then(|text| text.strip_suffix('}'));
            let whole = name.and_then(|name| saved.get(name)).cloned();
            whole.unwrap_or_else(|| Value::String(fill(text, saved)))
        }
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

async fn send(client: &Client, exchange: &Exchange, saved: &Saved) -> Response {
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
            request = request.header("content-type", client.media_type);
        }
        request = request.body(fill_value(body, saved).to_string());
    }
    client.send(request).await
}

/// Plays `{folder}/{name}.json` with this client; every answer with a body is of its media type.
pub(crate) async fn replay(folder: &str, name: &str, client: &Client) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(folder)
        .join(format!("{name}.json"));
    let fixture: Fixture =
        serde_json::from_slice(&fs::read(path).expect("the fixture")).expect("a fixture");
    let account = client
        .base_url
        .split('/')
        .find_map(|part| part.parse().ok());
    let mut saved = Saved::from([
        ("unique".to_owned(), Value::String(unique("x"))),
        ("account".to_owned(), account.unwrap_or(0_i64).into()),
    ]);
    for exchange in &fixture.exchanges {
        let response = send(client, exchange, &saved).await;
        let what = format!("{name}: {}\n{:#}", exchange.name, response.body);
        assert_eq!(response.status.as_u16(), exchange.status, "{what}");
        if !response.body.is_null() {
            assert_eq!(response.header("content-type"), client.media_type, "{what}");
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
        for (pointer, name) in &exchange.differs {
            let found = response.body.pointer(pointer);
            assert!(found.is_some() && found != saved.get(name), "{what}");
        }
        for (name, pointer) in &exchange.save {
            let value = response.body.pointer(pointer).cloned();
            saved.insert(name.clone(), value.unwrap_or_else(|| panic!("{what}")));
        }
    }
}
