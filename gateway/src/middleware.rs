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
    HeaderValue, Method, StatusCode, Uri, Version,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, VARY},
    uri::{Authority, PathAndQuery},
};
use proto::protocol::v1::ErrorReason as Reason;
use tokio::time::timeout;
use tracing::Instrument;

use crate::{
    console,
    error::Fault,
    request::{Context, Surface, is_version},
    scim::{self, response},
    state::Gateway,
    trace::{Record, request_span},
};

/// The id of the request, for support and for the change log.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// When a request is given up; below the smallest patience of an identity provider.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// The largest URL, bytes without the host: the longest filter, encoded.
const URL_LIMIT: usize = 32 * 1024;
/// The largest headers of a request together, bytes.
const HEADERS_LIMIT: usize = 16 * 1024;
/// The most headers of a request.
const HEADER_COUNT: usize = 64;
/// How much of it the services get, so that their answer still arrives in time.
const SERVICE_DEADLINE: Duration = Duration::from_secs(25);

/// Before routing: a path with a slash at its end or two in its middle means the same without (R-HTTP-10), and a
/// path of SCIM without a version the same as with the newest (R-VER-02).
pub(crate) fn normalise<B>(mut request: Request<B>) -> Request<B> {
    let path = request.uri().path();
    if !path.starts_with('/') {
        return request; // the asterisk of OPTIONS
    }
    let mut segments: Vec<_> = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    let is_scim = Surface::of(path) == Surface::Scim;
    if is_scim && !segments.get(5).is_some_and(|segment| is_version(segment)) {
        segments.insert(5, scim::VERSION);
    }
    let path = format!("/{}", segments.join("/"));
    if path == request.uri().path() {
        return request;
    }
    let target = match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
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
pub(crate) async fn render(
    State(gateway): State<Gateway>,
    context: Context,
    request: Request,
    next: Next,
) -> Response {
    let surface = Surface::of(request.uri().path());
    let media_type = response::media_type(request.headers());
    let is_head = request.method() == Method::HEAD;
    let mut response = next.run(request).await;
    if let Some(fault) = response.extensions().get::<Fault>() {
        let mut rendered = match surface {
            Surface::Console => console::render(fault, &gateway.site, &context.0),
            Surface::Scim | Surface::Admin => fault.render(surface, &context.0),
        };
        // Keeps what the inner layers added, such as `Allow`.
        for (name, value) in response.headers() {
            rendered.headers_mut().entry(name).or_insert(value.clone());
        }
        rendered.extensions_mut().insert(fault.clone());
        response = rendered;
    }
    let headers = response.headers_mut();
    if surface == Surface::Console {
        console::harden(headers);
    }
    if headers.get(CONTENT_TYPE) == Some(&response::SCIM_JSON) {
        headers.append(VARY, HeaderValue::from_static("accept"));
        if media_type == response::JSON {
            headers.insert(CONTENT_TYPE, response::JSON);
        }
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

/// Refuses a head that is too large or does not say whom it asks, with an answer that says so (R-ERR-01).
pub(crate) async fn bound_head(request: Request, next: Next) -> Response {
    if let Err(detail) = check_host(&request) {
        return Fault::of(Reason::InvalidSyntax, detail).into_response();
    }
    let headers = request.headers();
    let length = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len();
    let uri = request.uri();
    let url_length = uri.path().len() + uri.query().map_or(0, str::len);
    if url_length > URL_LIMIT {
        let detail = format!("The URL may have {URL_LIMIT} bytes at most.");
        return Fault::new(StatusCode::URI_TOO_LONG, detail).into_response();
    }
    if headers.len() > HEADER_COUNT || headers.iter().map(length).sum::<usize>() > HEADERS_LIMIT {
        let detail =
            format!("There may be {HEADER_COUNT} headers of {HEADERS_LIMIT} bytes in all at most.");
        return Fault::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, detail).into_response();
    }
    next.run(request).await
}

/// One host, well-formed (RFC 9112 section 3.2); over HTTP/2 `:authority` may stand for the header, and the two must not
/// contradict each other (RFC 9113 section 8.3.1).
fn check_host(request: &Request) -> Result<(), &'static str> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let (host, more) = (hosts.next(), hosts.next());
    if more.is_some() {
        return Err("There must be one Host header.");
    }
    let authority = request.uri().authority();
    let Some(host) = host else {
        return match request.version() {
            Version::HTTP_11 => Err("The Host header is missing."),
            Version::HTTP_2 if authority.is_none() => Err("The authority is missing."),
            _ => Ok(()),
        };
    };
    let host = host.to_str().unwrap_or_default();
    let named: Authority = host.parse().map_err(|_| "The Host header is malformed.")?;
    if host.contains('@') {
        return Err("The Host header is malformed.");
    }
    match authority {
        Some(authority) if request.version() == Version::HTTP_2 && *authority != named => {
            Err("The Host header contradicts the authority.")
        }
        _ => Ok(()),
    }
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
