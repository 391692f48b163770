//! The envelope around every answer of the admin API.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use chrono::SecondsFormat;
use http::{HeaderValue, StatusCode, header::CACHE_CONTROL};
use prost_types::Timestamp;
use proto::protocol::v1::ErrorReason as Reason;
use serde_json::{Map, Value, json};

use super::query::Page;

/// 200 with data.
pub(crate) fn success(data: Value) -> Response {
    with_extra(data, json!({}))
}

/// 200 for what went well in the main, and what did not.
pub(crate) fn success_but(data: Value, message: &str) -> Response {
    answer(data, json!({}), message)
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

/// All of a short list.
pub(crate) fn list(data: Vec<Value>) -> Response {
    let extra = json!({
        "filters": {},
        "order_by": "id",
        "pagination": {"count": data.len(), "total_count": data.len()},
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
    answer(data, extra, "Success!")
}

fn answer(data: Value, extra: Value, message: &str) -> Response {
    let mut body = Map::new();
    body.insert("status".to_owned(), status(StatusCode::OK, message, ""));
    body.insert("data".to_owned(), data);
    body.insert("extra".to_owned(), extra);
    // A token's secret may be in it.
    let no_store = [(CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    (no_store, Json(body)).into_response()
}

/// The body of an answer that is none. The reason of the service, for programs, is `error_code` as its number,
/// which dbt's clients take an integer for, and `developer_message` as its name.
pub(crate) fn failure(code: StatusCode, reason: Option<Reason>, message: &str) -> Value {
    let name = reason.map_or("", |reason| reason.as_str_name());
    json!({
        "status": status(code, message, name),
        "data": null,
        "extra": {},
        "error_code": reason.map(i32::from),
    })
}

fn status(code: StatusCode, user_message: &str, developer_message: &str) -> Value {
    json!({
        "code": code.as_u16(),
        "is_success": code.is_success(),
        "user_message": user_message,
        "developer_message": developer_message,
    })
}

#[cfg(test)]
mod tests;
