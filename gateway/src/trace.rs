//! What is told of a request: one span, one line and one measurement. None holds the path, the query, a body or a name
//! (R-SEC-03); the route stands for the path. Names are those of the stable HTTP conventions of OpenTelemetry.

use axum::{extract::Request, response::Response};
use http::{Method, Uri, Version};
use tokio::time::Instant;
use tracing::{Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::{error::Fault, request::Context, state::Gateway};

/// The status logged for a request whose client went away before the answer.
const CLIENT_CLOSED: u16 = 499;

/// The server span of a request, child of the caller's trace.
pub(crate) fn request_span(
    gateway: &Gateway,
    request: &Request,
    route: Option<&str>,
    context: &Context,
) -> Span {
    let method = method_name(request.method());
    let name = match route {
        Some(route) => format!("{method} {route}"),
        None => method.to_owned(),
    };
    let public: Option<Uri> = gateway.public_url.parse().ok();
    let public = public.as_ref();
    let span = tracing::info_span!(
        "http_request",
        otel.name = name,
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        url.scheme = public.and_then(Uri::scheme_str),
        server.address = public.and_then(Uri::host),
        network.protocol.version = protocol_version(request.version()),
        "error.type" = Empty,
        scim.error_type = Empty,
        account.id = Empty,
        token.id = Empty,
        request.id = context.0.id,
    );
    let parent = chassis::propagation::extract(request.headers());
    // Fails only where no OpenTelemetry layer is installed; then there is no trace to join.
    let _ = span.set_parent(parent);
    span
}

/// What will be logged of a request, also if its client goes away.
#[derive(Debug)]
pub(crate) struct Record {
    method: &'static str,
    route: Option<String>,
    context: Context,
    span: Span,
    started: Instant,
    status: u16,
}

impl Record {
    pub(crate) fn new(
        method: &Method,
        route: Option<String>,
        context: Context,
        span: Span,
    ) -> Record {
        metrics::gauge!("http_server_active_requests").increment(1);
        Record {
            method: method_name(method),
            route,
            context,
            span,
            started: Instant::now(),
            status: CLIENT_CLOSED,
        }
    }

    /// Ends the record with the answer.
    pub(crate) fn finish(mut self, response: &Response) {
        self.status = response.status().as_u16();
        self.span.record("http.response.status_code", self.status);
        let fault = response.extensions().get::<Fault>();
        if let Some(scim_type) = fault.and_then(|fault| fault.scim_type) {
            self.span.record("scim.error_type", scim_type);
        }
        if response.status().is_server_error() {
            self.span.record("error.type", self.status.to_string());
            self.span.record("otel.status_code", "ERROR");
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let caller = self.context.0.caller.get();
        let duration = self.started.elapsed();
        let line = || {
            tracing::info!(
                http.request.method = self.method,
                http.route = self.route,
                http.response.status_code = self.status,
                duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
                account.id = caller.map(|(account_id, _)| *account_id),
                token.id = caller.map(|(_, token_id)| *token_id),
                request.id = self.context.0.id,
                "request"
            );
        };
        // Probes come every few seconds and say nothing while all is well.
        let probe = matches!(self.route.as_deref(), Some("/livez" | "/readyz"));
        if !probe || self.status >= 500 {
            self.span.in_scope(line);
        }
        self.measure();
    }
}

impl Record {
    /// What no route matches counts together, since its path is the client's text.
    fn measure(&self) {
        let route = self.route.clone();
        let labels = [
            ("http_request_method", self.method.to_owned()),
            ("http_route", route.unwrap_or_else(|| "_OTHER".to_owned())),
            ("http_response_status_code", self.status.to_string()),
        ];
        metrics::histogram!("http_server_request_duration_seconds", &labels)
            .record(self.started.elapsed());
        metrics::gauge!("http_server_active_requests").decrement(1);
    }
}

/// The method if it is one of HTTP's own, since anything else is the client's text.
fn method_name(method: &Method) -> &'static str {
    let known = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT",
    ];
    let name = known.into_iter().find(|name| *name == method.as_str());
    name.unwrap_or("_OTHER")
}

fn protocol_version(version: Version) -> &'static str {
    match version {
        Version::HTTP_2 => "2",
        Version::HTTP_10 => "1.0",
        _ => "1.1",
    }
}

#[cfg(test)]
mod tests;
