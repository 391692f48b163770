//! The envelope around every answer of the admin API.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::CACHE_CONTROL};
use serde_json::{Map, Value, json};

/// 200 with data.
pub(crate) fn success(data: Value) -> Response {
    with_extra(data, json!({}))
}

/// One page of a list, with what was asked and how much there is.
pub(crate) fn page(data: Vec<Value>, limit: i32, offset: i32, total: i64) -> Response {
    let extra = json!({
        "filters": {"limit": limit, "offset": offset},
        "order_by": "id",
        "pagination": {"count": data.len(), "total_count": total},
    });
    with_extra(Value::Array(data), extra)
}

fn with_extra(data: Value, extra: Value) -> Response {
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
