//! The layers every request passes, from outside in.

use std::{panic::AssertUnwindSafe, time::Duration};

use axum::{
    body::{Body, HttpBody},
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use http::{
    HeaderValue, Method, Uri,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName},
    uri::PathAndQuery,
};
use tokio::time::timeout;
use tracing::Instrument;

use crate::{
    error::Fault,
    request::{Context, Surface},
    scim::response,
    state::Gateway,
    trace::{Record, request_span},
};

/// The id of the request, for support and for the change log.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// When a request is given up; below the smallest patience of an identity provider.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How much of it the services get, so that their answer still arrives in time.
const SERVICE_DEADLINE: Duration = Duration::from_secs(25);

/// Before routing: a path with a slash at its end or two in its middle means the same without (R-HTTP-10).
pub(crate) fn normalise<B>(mut request: Request<B>) -> Request<B> {
    let path = request.uri().path();
    let ends_in_slash = path.len() > 1 && path.ends_with('/');
    if !ends_in_slash && !path.contains("//") {
        return request;
    }
    let segments: Vec<_> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    let mut target = format!("/{}", segments.join("/"));
    if let Some(query) = request.uri().query() {
        target.push('?');
        target.push_str(query);
    }
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(target).ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    request
}

/// Outermost, so that nothing goes unseen: the request's id, its span and its line in the log.
pub(crate) async fn observe(
    State(gateway): State<Gateway>,
    route: Option<MatchedPath>,
    mut request: Request,
    next: Next,
) -> Response {
    let context = Context::new();
    let route = route.map(|route| route.as_str().to_owned());
    let span = request_span(&gateway, &request, route.as_deref(), &context);
    let record = Record::new(request.method(), route, context.clone(), span.clone());
    request.extensions_mut().insert(context.clone());
    let mut response = next.run(request).instrument(span).await;
    if let Ok(id) = HeaderValue::from_str(&context.0.id) {
        response.headers_mut().insert(X_REQUEST_ID, id);
    }
    record.finish(&response);
    response
}

/// Gives a [`Fault`] its body in the language of the surface, whichever layer it comes from, and an answer
/// the media type the client takes.
pub(crate) async fn render(context: Context, request: Request, next: Next) -> Response {
    let surface = Surface::of(request.uri().path());
    let media_type = response::media_type(request.headers());
    let is_head = request.method() == Method::HEAD;
    let mut response = next.run(request).await;
    if let Some(fault) = response.extensions().get::<Fault>() {
        let mut rendered = fault.render(surface, &context.0);
        // Keeps what the inner layers added, such as `Allow`.
        for (name, value) in response.headers() {
            rendered.headers_mut().entry(name).or_insert(value.clone());
        }
        rendered.extensions_mut().insert(fault.clone());
        response = rendered;
    }
    let headers = response.headers_mut();
    let is_scim = headers.get(CONTENT_TYPE) == Some(&response::SCIM_JSON);
    if is_scim && media_type == response::JSON {
        headers.insert(CONTENT_TYPE, response::JSON);
    }
    if is_head {
        without_body(response)
    } else {
        response
    }
}

/// The answer to HEAD: as to GET, without the body (R-HTTP-15).
fn without_body(mut response: Response) -> Response {
    if let Some(length) = response.body().size_hint().exact()
        && length > 0
    {
        let headers = response.headers_mut();
        headers.entry(CONTENT_LENGTH).or_insert(length.into());
    }
    *response.body_mut() = Body::empty();
    response
}

/// A bug must cost one request, not the connection.
pub(crate) async fn catch_panic(request: Request, next: Next) -> Response {
    let result = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    // The panic hook has said where; its message could hold values.
    result.unwrap_or_else(|_| Fault::internal("panic in a handler").into_response())
}

/// Turns away what would only wait: a client that is told early comes back sooner.
pub(crate) async fn limit(
    State(gateway): State<Gateway>,
    request: Request,
    next: Next,
) -> Response {
    match gateway.slots.try_acquire() {
        Ok(_slot) => next.run(request).await,
        Err(_) => Fault::overloaded().into_response(),
    }
}

/// Ends what takes too long, with the services' deadline a little before.
pub(crate) async fn bound_time(request: Request, next: Next) -> Response {
    let handled = chassis::deadline::within(SERVICE_DEADLINE, next.run(request));
    match timeout(REQUEST_TIMEOUT, handled).await {
        Ok(response) => response,
        Err(_) => Fault::timed_out().into_response(),
    }
}

#[cfg(test)]
mod tests;
