//! Ends streams when the server stops: one that never ends by itself would hold the stop up.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use http::HeaderMap;
use http_body::{Frame, SizeHint};
use tonic::{Status, body::Body};

use crate::rpc::status;

/// Completes when the server is to stop.
pub(super) type Stop = Shared<BoxFuture<'static, ()>>;

/// A body that, once the server stops, sends what it has and then ends with UNAVAILABLE instead of waiting.
pub(super) fn at_stop(inner: Body, stop: Stop) -> Body {
    Body::new(Ending {
        inner,
        stop,
        ended: false,
    })
}

struct Ending {
    inner: Body,
    stop: Stop,
    ended: bool,
}

impl http_body::Body for Ending {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        if let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(cx) {
            return Poll::Ready(frame);
        }
        if self.stop.poll_unpin(cx).is_pending() {
            return Poll::Pending;
        }
        self.ended = true;
        let mut trailers = HeaderMap::new();
        let written = status::stopping().add_header(&mut trailers);
        Poll::Ready(Some(written.map(|()| Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
