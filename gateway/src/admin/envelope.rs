//! The envelope around every answer of the admin API.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use chrono::SecondsFormat;
use http::{HeaderValue, StatusCode, header::CACHE_CONTROL};
use prost_types::Timestamp;
use serde_json::{Map, Value, json};

use super::query::Page;

/// 200 with data.
pub(crate) fn success(data: Value) -> Response {
    with_extra(data, json!({}))
}

/// One page of a list, with what was asked and how much there is.
pub(crate) fn page(data: Vec<Value>, page: &Page, total: i64) -> Response {
    let extra = json!({
        "filters": {"limit": page.limit, "offset": page.offset},
        "order_by": page.order_by,
        "pagination": {"count": data.len(), "total_count": total},
    });
    with_extra(Value::Array(data), extra)
}

/// An instant as the API writes it; JSON null where there is none.
pub(crate) fn instant(timestamp: Option<&Timestamp>) -> Value {
    let instant = timestamp.map(proto::time::date_time);
    let text = instant.map(|instant| instant.to_rfc3339_opts(SecondsFormat::Millis, true));
    text.map_or(Value::Null, Value::String)
}

/// 200 with data and what else is to be said.
pub(crate) fn with_extra(data: Value, extra: Value) -> Response {
    let mut body = Map::new();
    body.insert("status".to_owned(), status(StatusCode::OK, "Success!"));
    body.insert("data".to_owned(), data);
    body.insert("extra".to_owned(), extra);
    // A token's secret may be in it.
    let no_store = [(CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (no_store, Json(body)).into_response()
}

/// The body of an answer that is none; `error_code` is the reason of the service, for programs.
pub(crate) fn failure(code: StatusCode, reason: Option<&str>, message: &str) -> Value {
    let mut body = json!({
        "status": status(code, message),
        "data": null,
        "extra": {},
    });
    if let Some(reason) = reason {
        body["error_code"] = json!(reason);
    }
    body
}

fn status(code: StatusCode, message: &str) -> Value {
    json!({
        "code": code.as_u16(),
        "is_success": code.is_success(),
        "user_message": message,
        "developer_message": "",
    })
}

#[cfg(test)]
mod tests;
