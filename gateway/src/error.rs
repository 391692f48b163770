//! Everything that can go wrong, as the client sees it. A [`Fault`] travels in the extensions of an empty
//! response and gets its body in one place, `middleware::render`, so that every layer speaks the language of
//! the surface it stands under.

use std::{error::Error as _, fmt};

use ::scim::{
    Map,
    error::{self as scim_error, Kind},
};
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use proto::protocol::v1::ErrorReason as Reason;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::{
    admin::envelope,
    request::{RequestContext, Surface},
};

/// Whole seconds after which a client may repeat what a service could not do.
pub(crate) const RETRY_AFTER_FAULT: u32 = 5;
/// Whole seconds after which a client may repeat what was turned away for load.
const RETRY_AFTER_LOAD: u32 = 1;

/// A request that is not answered as it was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// The error type of RFC 7644 section 3.12 and RFC 9865.
    pub(crate) scim_type: Option<&'static str>,
    /// The reason of the service, where one said so.
    pub(crate) reason: Option<Reason>,
    /// What is wrong, for the client.
    pub(crate) detail: String,
    retry_after: Option<u32>,
    challenge: Option<&'static str>,
}

impl Fault {
    /// A fault without an error type; one that may be repeated says when.
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Fault {
        Fault {
            status,
            scim_type: None,
            reason: None,
            detail: detail.into(),
            retry_after: retry_after(status),
            challenge: None,
        }
    }

    /// A fault that a service could have found, found here.
    pub(crate) fn of(reason: Reason, detail: impl Into<String>) -> Fault {
        let (status, scim_type) = row(reason);
        Fault {
            scim_type,
            reason: Some(reason),
            ..Fault::new(status, detail)
        }
    }

    /// 404; the same for what is absent and for what belongs to somebody else (R-GET-01, R-ERR-08).
    pub(crate) fn not_found() -> Fault {
        Fault::of(Reason::ResourceNotFound, "There is no such resource.")
    }

    /// 401 for a request without a token.
    pub(crate) fn token_missing() -> Fault {
        Fault {
            challenge: Some(r#"Bearer realm="Muster""#),
            ..Fault::new(
                StatusCode::UNAUTHORIZED,
                "The request needs a bearer token.",
            )
        }
    }

    /// 401 for a token that does not open this surface of this account (R-AUTH-01).
    pub(crate) fn token_invalid() -> Fault {
        Fault {
            challenge: Some(r#"Bearer realm="Muster", error="invalid_token""#),
            ..Fault::of(Reason::TokenInvalid, "The token is not valid here.")
        }
    }

    /// 503 for a service or store that is out of reach; clients come back (R-HTTP-20).
    pub(crate) fn unavailable() -> Fault {
        Fault::of(
            Reason::DependencyUnavailable,
            "The service is out of reach for the moment; repeat the request.",
        )
    }

    /// 503 for a request too many.
    pub(crate) fn overloaded() -> Fault {
        Fault {
            retry_after: Some(RETRY_AFTER_LOAD),
            ..Fault::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "Too many requests are being handled; repeat this one.",
            )
        }
    }

    /// 429 for a token that asks too often; whole seconds, since Okta ignores a date (R-HTTP-20).
    pub(crate) fn rate_limited(per_second: u32, seconds: u32) -> Fault {
        Fault {
            retry_after: Some(seconds),
            ..Fault::of(
                Reason::RateLimited,
                format!("A token may make {per_second} requests per second."),
            )
        }
    }

    /// 504.
    pub(crate) fn timed_out() -> Fault {
        Fault::new(
            StatusCode::GATEWAY_TIMEOUT,
            "The request took too long and was given up.",
        )
    }

    /// 500. Logs the cause, which the client does not get to see; it must hold no values of users.
    pub(crate) fn internal(cause: impl fmt::Display) -> Fault {
        tracing::error!(error = %cause, "request failed");
        Fault::of(Reason::InternalFault, "")
    }

    /// 400 for a path under another version of the protocol (R-VER-01).
    pub(crate) fn unsupported_version() -> Fault {
        Fault {
            scim_type: Some("invalidVers"),
            ..Fault::new(StatusCode::BAD_REQUEST, "The version of SCIM here is v2.")
        }
    }

    /// The SCIM Error.
    pub(crate) fn message(&self, context: &RequestContext) -> Map {
        let status = self.status.as_u16();
        scim_error::message(status, self.scim_type, &self.detail(context))
    }

    fn detail(&self, context: &RequestContext) -> String {
        if self.status == StatusCode::INTERNAL_SERVER_ERROR {
            let id = &context.id;
            format!("The server could not handle the request. Its id, for support, is {id}.")
        } else {
            self.detail.clone()
        }
    }

    /// The response with its body.
    pub(crate) fn render(&self, surface: Surface, context: &RequestContext) -> Response {
        let (content_type, body) = match surface {
            Surface::Scim => {
                let message = serde_json::Value::Object(self.message(context));
                ("application/scim+json", message)
            }
            // The console puts a page in its place.
            Surface::Admin | Surface::Console => {
                let detail = self.detail(context);
                let message = envelope::failure(self.status, self.reason, &detail);
                ("application/json", message)
            }
        };
        let body = Bytes::from(body.to_string());
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(CONTENT_LENGTH, body.len().into());
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if let Some(challenge) = self.challenge {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        (self.status, headers, Body::from(body)).into_response()
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The one table: HTTP status and SCIM error type of each reason.
fn row(reason: Reason) -> (StatusCode, Option<&'static str>) {
    match reason {
        Reason::InvalidFilter => (StatusCode::BAD_REQUEST, Some("invalidFilter")),
        Reason::InvalidPath => (StatusCode::BAD_REQUEST, Some("invalidPath")),
        Reason::InvalidSyntax => (StatusCode::BAD_REQUEST, Some("invalidSyntax")),
        Reason::InvalidValue => (StatusCode::BAD_REQUEST, Some("invalidValue")),
        Reason::NoTarget => (StatusCode::BAD_REQUEST, Some("noTarget")),
        Reason::Mutability => (StatusCode::BAD_REQUEST, Some("mutability")),
        Reason::Uniqueness => (StatusCode::CONFLICT, Some("uniqueness")),
        Reason::TooMany => (StatusCode::BAD_REQUEST, Some("tooMany")),
        Reason::InvalidCursor => (StatusCode::BAD_REQUEST, Some("invalidCursor")),
        Reason::ExpiredCursor => (StatusCode::BAD_REQUEST, Some("expiredCursor")),
        Reason::InvalidCount => (StatusCode::BAD_REQUEST, Some("invalidCount")),
        Reason::ResourceNotFound => (StatusCode::NOT_FOUND, None),
        Reason::EtagMismatch => (StatusCode::PRECONDITION_FAILED, None),
        Reason::TokenInvalid => (StatusCode::UNAUTHORIZED, None),
        Reason::ScimDisabled => (StatusCode::FORBIDDEN, None),
        Reason::ManagedByScim => (StatusCode::FORBIDDEN, None),
        Reason::PlanNotEligible => (StatusCode::FORBIDDEN, None),
        Reason::NoLicense => (StatusCode::BAD_REQUEST, Some("invalidValue")),
        Reason::NoSeat => (StatusCode::BAD_REQUEST, Some("invalidValue")),
        Reason::LastAdmin => (StatusCode::BAD_REQUEST, Some("invalidValue")),
        Reason::UserNotDeleted => (StatusCode::CONFLICT, None),
        Reason::ProtectedGroup => (StatusCode::CONFLICT, None),
        Reason::ConfirmationRequired => (StatusCode::CONFLICT, None),
        Reason::RateLimited => (StatusCode::TOO_MANY_REQUESTS, None),
        Reason::DependencyUnavailable => (StatusCode::SERVICE_UNAVAILABLE, None),
        Reason::InternalFault | Reason::Unspecified => (StatusCode::INTERNAL_SERVER_ERROR, None),
    }
}

/// The HTTP status where only the gRPC code is known, as with the reason of a newer service.
fn status_of(code: Code) -> StatusCode {
    match code {
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => {
            StatusCode::BAD_REQUEST
        }
        Code::AlreadyExists => StatusCode::CONFLICT,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Aborted => StatusCode::PRECONDITION_FAILED,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        // The deadline is the only thing that cancels a call whose caller still waits.
        Code::DeadlineExceeded | Code::Cancelled => StatusCode::GATEWAY_TIMEOUT,
        Code::Ok | Code::Internal | Code::Unknown | Code::DataLoss => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

fn retry_after(status: StatusCode) -> Option<u32> {
    let repeatable = [
        StatusCode::GATEWAY_TIMEOUT,
        StatusCode::SERVICE_UNAVAILABLE,
        StatusCode::TOO_MANY_REQUESTS,
    ];
    repeatable.contains(&status).then_some(RETRY_AFTER_FAULT)
}

impl From<Status> for Fault {
    fn from(status: Status) -> Fault {
        if status.code() == Code::DeadlineExceeded {
            return Fault::timed_out();
        }
        if let Some(reason) = proto::error::reason(&status) {
            return match row(reason).0 {
                StatusCode::SERVICE_UNAVAILABLE => Fault::unavailable(),
                StatusCode::INTERNAL_SERVER_ERROR => Fault::of(Reason::InternalFault, ""),
                StatusCode::UNAUTHORIZED => Fault::token_invalid(),
                _ => Fault::of(reason, status.message()),
            };
        }
        let ours = status
            .get_details_error_info()
            .is_some_and(|info| info.domain == proto::error::DOMAIN);
        if !ours {
            return transport_fault(&status);
        }
        match status_of(status.code()) {
            StatusCode::SERVICE_UNAVAILABLE => Fault::unavailable(),
            http => Fault::new(http, status.message()),
        }
    }
}

/// A status that no service of ours made: the connection, a proxy, a deadline, the limit of a message. Identity
/// providers stop a whole integration at 401, 403 or 404, so such a fault is never one of these.
fn transport_fault(status: &Status) -> Fault {
    let code = status.code();
    // A connection that breaks off has the same code, but not these words of the library.
    if code == Code::OutOfRange && status.message().contains("message length too large") {
        let detail =
            "The answer, or what it would be made of, is too large; ask for less at a time.";
        return Fault::of(Reason::TooMany, detail);
    }
    let cause = status.source().map(ToString::to_string).unwrap_or_default();
    tracing::warn!("rpc.response.status_code" = ?code, error = cause, "a service failed to answer");
    match status_of(code) {
        StatusCode::GATEWAY_TIMEOUT => Fault::timed_out(),
        StatusCode::INTERNAL_SERVER_ERROR => Fault::of(Reason::InternalFault, ""),
        StatusCode::NOT_IMPLEMENTED => {
            Fault::new(StatusCode::NOT_IMPLEMENTED, "This is not implemented here.")
        }
        _ => Fault::unavailable(),
    }
}

impl From<scim_error::Error> for Fault {
    fn from(error: scim_error::Error) -> Fault {
        let reason = match error.kind {
            Kind::InvalidFilter => Reason::InvalidFilter,
            Kind::InvalidPath => Reason::InvalidPath,
            Kind::InvalidSyntax => Reason::InvalidSyntax,
            Kind::InvalidValue => Reason::InvalidValue,
            Kind::NoTarget => Reason::NoTarget,
            Kind::Mutability => Reason::Mutability,
            Kind::TooMany => Reason::TooMany,
        };
        Fault::of(reason, error.detail)
    }
}

#[cfg(test)]
mod tests;
