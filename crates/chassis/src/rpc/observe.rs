//! Watches a call until its status is known, and writes the status to the call's span and to the metrics.
//!
//! gRPC sends the status after the body, so a span can only end with the body.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body::{Frame, SizeHint};
use tonic::{Code, Status, body::Body};
use tracing::Span;

/// The end of the call a span describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Server,
}

/// The span of a call whose status is not known yet. Dropped before it is known, the call was cancelled.
#[derive(Debug)]
pub(crate) struct Call {
    span: Span,
    side: Side,
    method: String,
    started: Instant,
    done: bool,
}

impl Call {
    /// A call of this method, `package.Service/Method`.
    pub(crate) fn new(span: Span, side: Side, method: String) -> Call {
        Call {
            span,
            side,
            method,
            started: Instant::now(),
            done: false,
        }
    }

    /// The response, its body watched until the status comes.
    pub(crate) fn response(mut self, response: Response<Body>) -> Response<Body> {
        if self.status_in(response.headers()) {
            return response;
        }
        response.map(|inner| Body::new(Watched { inner, call: self }))
    }

    fn status_in(&mut self, headers: &HeaderMap) -> bool {
        let status = Status::from_header_map(headers);
        if let Some(status) = &status {
            self.finish(status.code());
        }
        status.is_some()
    }

    fn finish(&mut self, code: Code) {
        if std::mem::replace(&mut self.done, true) {
            return;
        }
        let name = name(code);
        self.measure(code);
        self.span.record("rpc.response.status_code", name);
        // An error the caller made is no error of the server that found it.
        let is_error = match self.side {
            Side::Client => code != Code::Ok,
            Side::Server => matches!(
                code,
                Code::Unknown
                    | Code::DeadlineExceeded
                    | Code::Unimplemented
                    | Code::Internal
                    | Code::Unavailable
                    | Code::DataLoss
            ),
        };
        if is_error {
            self.span.record("error.type", name);
            self.span.record("otel.status_code", "ERROR");
        }
    }
}

impl Call {
    fn measure(&self, code: Code) {
        let metric = match self.side {
            Side::Client => "rpc_client_call_duration_seconds",
            Side::Server => "rpc_server_call_duration_seconds",
        };
        // A method that is not there has the name that the caller made up.
        let method = if code == Code::Unimplemented {
            "_OTHER".to_owned()
        } else {
            self.method.clone()
        };
        let labels = [
            ("rpc_method", method),
            ("rpc_response_status_code", name(code).to_owned()),
        ];
        metrics::histogram!(metric, &labels).record(self.started.elapsed());
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.finish(Code::Cancelled);
    }
}

struct Watched {
    inner: Body,
    call: Call,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        let span = this.call.span.clone();
        let frame = span.in_scope(|| Pin::new(&mut this.inner).poll_frame(cx));
        frame.map(|frame| match frame {
            Some(Ok(frame)) => {
                if let Some(trailers) = frame.trailers_ref() {
                    this.call.status_in(trailers);
                }
                Some(Ok(frame))
            }
            Some(Err(status)) => {
                // On the client's side only the transport fails here: the peer's errors come as trailers.
                let status = match this.call.side {
                    Side::Client => super::status::of_transport(&status),
                    Side::Server => status,
                };
                this.call.finish(status.code());
                Some(Err(status))
            }
            None => {
                this.call.finish(Code::Unknown);
                None
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// The code as the semantic conventions write it.
fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
