//! The fields of a request body of the admin API, JSON or an HTML form. What is not asked for is refused.

use ::scim::Map;
use axum::{
    body::Body,
    extract::{FromRequest, Request},
};
use chrono::{DateTime, Utc};
use proto::protocol::v1::ErrorReason as Reason;
use serde_json::Value;

use crate::{body, error::Fault};

/// The fields not yet taken.
#[derive(Debug)]
pub(crate) struct Fields {
    fields: Map,
    /// In a form every value is text.
    is_form: bool,
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Fault;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Fields, Fault> {
        let media_type = body::media_type(request.headers());
        let is_form = match &*media_type {
            "" | "application/json" => false,
            "application/x-www-form-urlencoded" => true,
            _ => {
                let accepted = "application/json or application/x-www-form-urlencoded";
                return Err(body::unsupported(accepted));
            }
        };
        let bytes = body::read(request.into_body()).await?;
        if is_form {
            Fields::from_form(&bytes)
        } else {
            let fields = ::scim::json::parse_object(&bytes)?;
            Ok(Fields { fields, is_form })
        }
    }
}

impl Fields {
    fn from_form(bytes: &[u8]) -> Result<Fields, Fault> {
        let text = str::from_utf8(bytes).map_err(|_| invalid("the form is not UTF-8"))?;
        let mut fields = Map::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decoded = body::decode_form(name).zip(body::decode_form(value));
            let (name, value) = decoded.ok_or_else(|| invalid("the form is not UTF-8"))?;
            let value = Value::String(value.into_owned());
            if fields.insert(name.to_string(), value).is_some() {
                return Err(invalid(format!("{name} is given twice")));
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
