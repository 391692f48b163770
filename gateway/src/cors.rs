//! Lets pages of other origins call (R-HTTP-15): off, unless the operator names origins.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::{
    HeaderValue, Method,
    header::{
        ACCESS_CONTROL_REQUEST_METHOD, CONTENT_LOCATION, ETAG, LOCATION, RETRY_AFTER,
        WWW_AUTHENTICATE,
    },
};
use tower::{Layer, ServiceExt};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use crate::{middleware::X_REQUEST_ID, state::Gateway};

/// How long a browser remembers what it may send.
const MAX_AGE: Duration = Duration::from_secs(600);

/// The layer for these origins, of which `*` means all; none for none. Cookies are never allowed: a caller brings
/// its token.
pub(crate) fn layer(origins: &[HeaderValue]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let allowed = if origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(origins.iter().cloned())
    };
    let methods = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    ];
    let shown = [
        ETAG,
        LOCATION,
        CONTENT_LOCATION,
        RETRY_AFTER,
        WWW_AUTHENTICATE,
        X_REQUEST_ID,
    ];
    Some(
        CorsLayer::new()
            .allow_origin(allowed)
            .allow_methods(methods)
            // Not `*`, which does not cover `Authorization`.
            .allow_headers(AllowHeaders::mirror_request())
            .expose_headers(shown)
            .max_age(MAX_AGE),
    )
}

/// Answers preflights, which carry no token, and marks the answers of SCIM and of the admin API.
pub(crate) async fn share(
    State(gateway): State<Gateway>,
    request: Request,
    next: Next,
) -> Response {
    let asks = request
        .headers()
        .contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    // Any other OPTIONS asks for `Allow`, and the layer would take it for a preflight.
    let is_shared =
        request.uri().path().starts_with("/api/") && (asks || request.method() != Method::OPTIONS);
    match &gateway.cors {
        Some(cors) if is_shared => match cors.layer(next).oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
        _ => next.run(request).await,
    }
}
