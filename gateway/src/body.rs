//! Request bodies: read with a limit on size and time, and only once the caller is known. What is left of one
//! is the server's to read.

use std::{borrow::Cow, time::Duration};

use axum::extract::Request;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use http_body::Body as _;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use percent_encoding::percent_decode_str;
use tokio::time::timeout;

use crate::error::Fault;

/// The most bytes of a body (R-HTTP-17).
pub(crate) const LIMIT: usize = 4 * 1024 * 1024;
/// How long a client may take to send a body.
const PATIENCE: Duration = Duration::from_secs(20);

/// The whole body.
///
/// # Errors
/// 413 for one that is too long, 408 for one that comes too slowly, 400 for one that breaks off.
pub(crate) async fn read(request: Request) -> Result<Bytes, Fault> {
    read_within(request, LIMIT).await
}

/// The whole body, if it has so few bytes: for callers who are not known.
///
/// # Errors
/// As [`read`].
pub(crate) async fn read_within(request: Request, limit: usize) -> Result<Bytes, Fault> {
    let body = request.into_body();
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large(limit));
    }
    match timeout(PATIENCE, Limited::new(body, limit).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(limit)),
        Ok(Err(_)) => Err(Fault::new(
            StatusCode::BAD_REQUEST,
            "The body of the request is not complete.",
        )),
        Err(_) => Err(Fault::new(
            StatusCode::REQUEST_TIMEOUT,
            "The body of the request came too slowly.",
        )),
    }
}

fn too_large(limit: usize) -> Fault {
    let name = if limit == LIMIT {
        " (maxPayloadSize)"
    } else {
        ""
    };
    let detail = format!("The body of a request may have {limit} bytes at most{name}.");
    Fault::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
}

/// The media type of the body in lower case without parameters; empty where none is stated.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).map(|value| value.as_bytes());
    let text = String::from_utf8_lossy(value.unwrap_or_default());
    let essence = text.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// 415.
pub(crate) fn unsupported(accepted: &str) -> Fault {
    let detail = format!("The body of a request must be {accepted}.");
    Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail)
}

/// Decodes a name or value of a query or form, once; `+` is a space (R-HTTP-08). `None`: not UTF-8.
pub(crate) fn decode_form(text: &str) -> Option<Cow<'_, str>> {
    if text.contains('+') {
        let spaced = text.replace('+', " ");
        let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
        Some(Cow::Owned(decoded.into_owned()))
    } else {
        percent_decode_str(text).decode_utf8().ok()
    }
}
