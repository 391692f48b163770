//! The fields of a request body of the admin API, JSON or a form. What is not asked for is refused.

use ::scim::Map;
use axum::{
    body::Body,
    extract::{FromRequest, Request},
};
use chassis::work;
use chrono::{DateTime, Utc};
use proto::protocol::v1::ErrorReason as Reason;
use serde_json::{Number, Value};

use crate::{body, error::Fault};

mod multipart;

/// What a resource is to be: the `state` of the API's soft deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// 1.
    Active,
    /// 2.
    Deleted,
}

impl State {
    /// The number of the state.
    pub(crate) fn number(self) -> i64 {
        match self {
            State::Active => 1,
            State::Deleted => 2,
        }
    }
}

/// The fields not yet taken.
#[derive(Debug)]
pub(crate) struct Fields {
    fields: Map,
    /// In a form every value is text, or a list of texts.
    is_form: bool,
}

/// A body that is a list of objects, in JSON.
#[derive(Debug)]
pub(crate) struct FieldsList(pub(crate) Vec<Fields>);

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Fault;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Fields, Fault> {
        let media_type = body::media_type(request.headers());
        match &*media_type {
            "" | "application/json" => {
                let bytes = body::read(request).await?;
                let parsed =
                    work::run(bytes.len() / 32, move || ::scim::json::parse_object(&bytes));
                Ok(Fields {
                    fields: parsed.await?,
                    is_form: false,
                })
            }
            "application/x-www-form-urlencoded" => Fields::from_form(&body::read(request).await?),
            multipart::MEDIA_TYPE => {
                let headers = request.headers().clone();
                let bytes = body::read(request).await?;
                let read = multipart::read(&headers, &bytes);
                let pairs = read.ok_or_else(|| invalid("the body is not a form of texts"))?;
                Fields::from_pairs(pairs.into_iter().map(Ok))
            }
            _ => Err(body::unsupported(
                "application/json, application/x-www-form-urlencoded or multipart/form-data",
            )),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for FieldsList {
    type Rejection = Fault;

    async fn from_request(request: Request<Body>, _: &S) -> Result<FieldsList, Fault> {
        if !matches!(
            &*body::media_type(request.headers()),
            "" | "application/json"
        ) {
            return Err(body::unsupported("application/json"));
        }
        let bytes = body::read(request).await?;
        let parsed = work::run(bytes.len() / 32, move || {
            let text = str::from_utf8(&bytes).map_err(|_| invalid("the body is not UTF-8"))?;
            Ok::<_, Fault>(::scim::json::parse_value(text)?)
        });
        match parsed.await? {
            Value::Array(items) => objects("an element", items).map(FieldsList),
            _ => Err(invalid("the body must be a list of objects")),
        }
    }
}

fn objects(name: &str, items: Vec<Value>) -> Result<Vec<Fields>, Fault> {
    let items = items.into_iter().map(|item| match item {
        Value::Object(fields) => Ok(Fields {
            fields,
            is_form: false,
        }),
        _ => Err(invalid(format!("{name} must be an object"))),
    });
    items.collect()
}

impl Fields {
    /// The fields of a form, `application/x-www-form-urlencoded`.
    pub(crate) fn from_form(bytes: &[u8]) -> Result<Fields, Fault> {
        let text = str::from_utf8(bytes).map_err(|_| invalid("the form is not UTF-8"))?;
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        Fields::from_pairs(pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = body::decode_form(name).zip(body::decode_form(value));
            let (name, value) = decoded.ok_or_else(|| invalid("the form is not UTF-8"))?;
            Ok((name.into_owned(), value))
        }))
    }

    /// A name given several times is a list.
    fn from_pairs<V: Into<String>>(
        pairs: impl Iterator<Item = Result<(String, V), Fault>>,
    ) -> Result<Fields, Fault> {
        let mut fields = Map::new();
        for pair in pairs {
            let (name, value) = pair?;
            let value = value.into();
            if value.contains('\0') {
                return Err(invalid("a value holds the character NUL"));
            }
            let value = Value::String(value);
            match fields.get_mut(&name) {
                None => drop(fields.insert(name, value)),
                Some(Value::Array(values)) => values.push(value),
                Some(first) => *first = Value::Array(vec![first.take(), value]),
            }
        }
        Ok(Fields {
            fields,
            is_form: true,
        })
    }

    /// A field that is true or false; JSON null is the same as none.
    pub(crate) fn boolean(&mut self, name: &str) -> Result<Option<bool>, Fault> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(value)),
            Some(Value::String(text)) if self.is_form && text.eq_ignore_ascii_case("true") => {
                Ok(Some(true))
            }
            Some(Value::String(text)) if self.is_form && text.eq_ignore_ascii_case("false") => {
                Ok(Some(false))
            }
            Some(_) => Err(invalid(format!("{name} must be true or false"))),
        }
    }

    /// A field of text; JSON null is the same as none.
    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, Fault> {
        match self.take(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(invalid(format!("{name} must be a string"))),
        }
    }

    /// A field that holds an instant (RFC 3339).
    pub(crate) fn instant(&mut self, name: &str) -> Result<Option<DateTime<Utc>>, Fault> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        match DateTime::parse_from_rfc3339(&text) {
            Ok(instant) => Ok(Some(instant.to_utc())),
            Err(_) => Err(invalid(format!("{name} must be a time of RFC 3339"))),
        }
    }

    /// A field that holds a whole number.
    pub(crate) fn integer(&mut self, name: &str) -> Result<Option<i64>, Fault> {
        Ok(self.integer_or_null(name)?.flatten())
    }

    /// A field that holds a whole number, or null, which is not the same as none: `Some(None)`.
    pub(crate) fn integer_or_null(&mut self, name: &str) -> Result<Option<Option<i64>>, Fault> {
        let value = match self.fields.remove(name) {
            None => return Ok(None),
            Some(Value::Null) => return Ok(Some(None)),
            Some(Value::Number(number)) => whole(&number),
            Some(Value::String(text)) if self.is_form => match text.trim() {
                "" | "null" => return Ok(Some(None)),
                text => text.parse().ok(),
            },
            Some(_) => None,
        };
        let value = value.ok_or_else(|| invalid(format!("{name} must be an integer")))?;
        Ok(Some(Some(value)))
    }

    /// A field that holds a list of texts.
    pub(crate) fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, Fault> {
        let items = match self.take(name) {
            None => return Ok(None),
            Some(Value::Array(items)) => items,
            Some(item @ Value::String(_)) if self.is_form => vec![item],
            Some(_) => return Err(invalid(format!("{name} must be a list of strings"))),
        };
        let items = items.into_iter().map(|item| match item {
            Value::String(text) => Ok(text),
            _ => Err(invalid(format!("{name} must be a list of strings"))),
        });
        items.collect::<Result<_, _>>().map(Some)
    }

    /// A field that names a user or group: by its number or its SCIM id.
    pub(crate) fn id(&mut self, name: &str) -> Result<Option<String>, Fault> {
        self.take(name).map(|value| id(name, value)).transpose()
    }

    /// A field that holds a list of such names.
    pub(crate) fn ids(&mut self, name: &str) -> Result<Option<Vec<String>>, Fault> {
        let items = match self.take(name) {
            None => return Ok(None),
            Some(Value::Array(items)) => items,
            Some(item @ Value::String(_)) if self.is_form => vec![item],
            Some(_) => return Err(invalid(format!("{name} must be a list of ids"))),
        };
        let ids = items.into_iter().map(|item| id(name, item));
        ids.collect::<Result<_, _>>().map(Some)
    }

    /// A field that holds a list of objects; a text stands for an object with that text as `short`.
    pub(crate) fn objects(
        &mut self,
        name: &str,
        short: &str,
    ) -> Result<Option<Vec<Fields>>, Fault> {
        let items = match self.take(name) {
            None => return Ok(None),
            Some(Value::Array(items)) => items,
            Some(item @ Value::String(_)) if self.is_form => vec![item],
            Some(_) => return Err(invalid(format!("{name} must be a list"))),
        };
        let items = items.into_iter().map(|item| match item {
            Value::String(_) => Value::Object(Map::from_iter([(short.to_owned(), item)])),
            other => other,
        });
        objects(name, items.collect()).map(Some)
    }

    /// The `state`.
    pub(crate) fn state(&mut self) -> Result<Option<State>, Fault> {
        match self.integer("state")? {
            None => Ok(None),
            Some(1) => Ok(Some(State::Active)),
            Some(2) => Ok(Some(State::Deleted)),
            Some(_) => Err(invalid("state is 1 (active) or 2 (deleted)")),
        }
    }

    /// The `account_id` that clients repeat in the body; it must be the one of the path.
    pub(crate) fn account(&mut self, account_id: i64) -> Result<(), Fault> {
        match self.integer("account_id")? {
            Some(other) if other != account_id => {
                Err(invalid("account_id is not that of the path"))
            }
            _ => Ok(()),
        }
    }

    /// Drops fields that clients send back as they got them, and that have no effect.
    pub(crate) fn ignore(&mut self, names: &[&str]) {
        for name in names {
            self.fields.remove(*name);
        }
    }

    /// Refuses the fields that were not taken.
    pub(crate) fn finish(self) -> Result<(), Fault> {
        match self.fields.keys().next() {
            None => Ok(()),
            Some(name) => Err(invalid(format!("there is no field {name}"))),
        }
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.fields.remove(name).filter(|value| !value.is_null())
    }
}

fn id(name: &str, value: Value) -> Result<String, Fault> {
    let fault = || invalid(format!("{name}: an id is an integer or a string"));
    match value {
        Value::String(text) => Ok(text),
        Value::Number(number) => whole(&number).map(|id| id.to_string()).ok_or_else(fault),
        _ => Err(fault()),
    }
}

/// A number in any spelling, if it is an integer of 64 bits.
fn whole(number: &Number) -> Option<i64> {
    let integer = ::scim::json::integer(number)?;
    i64::try_from(integer).ok()
}

/// A field that must be there.
pub(crate) fn required<T>(name: &str, value: Option<T>) -> Result<T, Fault> {
    value.ok_or_else(|| invalid(format!("{name} is required")))
}

/// 400.
pub(crate) fn invalid(detail: impl Into<String>) -> Fault {
    Fault::of(Reason::InvalidValue, detail)
}

#[cfg(test)]
mod tests;
