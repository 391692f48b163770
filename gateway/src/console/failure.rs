//! What every answer of the console has, those that failed too.

use askama::Template;
use axum::{body::Body, response::Response};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{
        CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
        X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
    },
};

use super::{
    page::{HTML, sentence},
    seal::Site,
};
use crate::{
    error::Fault,
    request::{RequestContext, Surface},
};

/// Only our own style sheet and script, no other site's frames, forms to ourselves.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage<'a> {
    root: &'a str,
    status: String,
    detail: String,
    request_id: &'a str,
    /// Whether to offer the way out: somebody signed in may be let in nowhere.
    offers_sign_out: bool,
}

/// The page of a fault.
pub(crate) fn render(fault: &Fault, site: &Site, context: &RequestContext) -> Response {
    let mut response = fault.render(Surface::Console, context);
    let page = FailurePage {
        root: &site.root,
        status: fault.status.to_string(),
        detail: sentence(&fault.detail),
        request_id: &context.id,
        offers_sign_out: fault.status == StatusCode::FORBIDDEN,
    };
    if let Ok(text) = page.render() {
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(HTML));
        headers.insert(CONTENT_LENGTH, text.len().into());
        *response.body_mut() = Body::from(text);
    }
    response
}

/// Tells the browser what not to do with a page.
pub(crate) fn harden(headers: &mut HeaderMap) {
    let policies: [(HeaderName, &'static str); 6] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_FRAME_OPTIONS, "DENY"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: with that, browsers hide the origin of our own forms from us.
        (REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in policies {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let no_store = HeaderValue::from_static("no-store");
    headers.entry(CACHE_CONTROL).or_insert(no_store);
}
