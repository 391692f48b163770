//! What is known of the request being handled.

use std::{
    convert::Infallible,
    sync::{Arc, OnceLock},
};

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use uuid::Uuid;

use crate::{error::Fault, scim};

/// Which contract a path is under; decides how errors look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surface {
    /// SCIM (RFC 7644).
    Scim,
    /// The console's pages.
    Console,
    /// The admin API's JSON envelope; also for what is under nothing.
    Admin,
}

impl Surface {
    /// The surface of a path: all of `/api/v3/accounts/{account_id}/scim` is SCIM, whatever its version.
    pub(crate) fn of(path: &str) -> Surface {
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        let prefix = ["api", "v3", "accounts"];
        if prefix.iter().all(|name| segments.next() == Some(name))
            && segments.nth(1) == Some("scim")
        {
            Surface::Scim
        } else if path.split('/').find(|segment| !segment.is_empty()) == Some("console") {
            Surface::Console
        } else {
            Surface::Admin
        }
    }
}

/// Whether a path segment names a version of SCIM, which then is honoured or refused.
pub(crate) fn is_version(segment: &str) -> bool {
    let digits = segment.strip_prefix(['v', 'V']).unwrap_or_default();
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The fault of a path segment that names another version of SCIM than the one here.
pub(crate) fn unsupported_version(segment: &str) -> Option<Fault> {
    let is_ours = segment.eq_ignore_ascii_case(scim::VERSION);
    (is_version(segment) && !is_ours).then(Fault::unsupported_version)
}

/// The identity of a request and, once authenticated, of its caller, for logs and for the change log.
#[derive(Debug)]
pub(crate) struct RequestContext {
    /// The id of the request, a UUIDv7, as in `X-Request-Id`.
    pub(crate) id: String,
    /// The account and the token, once known.
    pub(crate) caller: OnceLock<(i64, i64)>,
}

/// A handle on the request's context, put into its extensions by the outermost layer.
#[derive(Debug, Clone)]
pub(crate) struct Context(pub(crate) Arc<RequestContext>);

impl Context {
    /// A context with a fresh id.
    pub(crate) fn new() -> Context {
        Context(Arc::new(RequestContext {
            id: Uuid::now_v7().to_string(),
            caller: OnceLock::new(),
        }))
    }

    /// Notes who calls, on the span too.
    pub(crate) fn identify(&self, account_id: i64, token_id: i64) {
        // A request is authenticated once; a second call would say the same.
        let _ = self.0.caller.set((account_id, token_id));
        let span = tracing::Span::current();
        span.record("account.id", account_id);
        span.record("token.id", token_id);
    }
}

impl<S: Sync> FromRequestParts<S> for Context {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Context, Infallible> {
        let context = parts.extensions.get::<Context>().cloned();
        Ok(context.unwrap_or_else(Context::new))
    }
}

/// The last variable segment of a path, `{id}` in the route.
#[derive(Debug)]
pub(crate) struct Id(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Id, Fault> {
        path_parameter(parts, state, "id").await.map(Id)
    }
}

/// A variable segment of the path; one that is not UTF-8 names nothing.
pub(crate) async fn path_parameter<S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
    name: &str,
) -> Result<String, Fault> {
    let parameters = RawPathParams::from_request_parts(parts, state).await;
    parameters
        .ok()
        .and_then(|parameters| {
            let mut found = parameters.iter().filter(|(key, _)| *key == name);
            found.next().map(|(_, value)| value.to_owned())
        })
        .ok_or_else(Fault::not_found)
}

#[cfg(test)]
mod tests;
