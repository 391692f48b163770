//! The description of the admin API, for tools and people.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header::CONTENT_TYPE};

/// Where it stands; open to everybody, since it says nothing of any account.
pub(crate) const PATH: &str = "/api/v3/openapi.json";

/// OpenAPI 3.1, written by hand.
const DOCUMENT: &str = include_str!("openapi.json");

/// `GET /api/v3/openapi.json`.
pub(crate) async fn get_document() -> Response {
    let json = HeaderValue::from_static("application/json");
    ([(CONTENT_TYPE, json)], DOCUMENT).into_response()
}

#[cfg(test)]
mod tests;
