//! What a handler leaves of a request's body. A connection that is closed on a client still sending is reset, and the
//! client may never see the answer: so the answer goes out, and the rest is read on for a while and thrown away.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, header::EXPECT};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::{sync::oneshot, time::timeout};

/// How much is read on, bytes: far more than any body that is taken.
const LIMIT: usize = 8 * crate::body::LIMIT;
/// How long that may take: as long as a body that is wanted.
const PATIENCE: Duration = Duration::from_secs(20);

/// A body lent to the handlers; when they are done with it, the rest goes back.
#[derive(Debug)]
pub(crate) struct Lent {
    body: Option<Incoming>,
    back: Option<oneshot::Sender<Incoming>>,
    /// Whether the client sends it only when told to.
    waits: bool,
}

/// Lends a body; the receiver gets what is left of it.
pub(super) fn lend(body: Incoming, headers: &HeaderMap) -> (Lent, oneshot::Receiver<Incoming>) {
    let (back, rest) = oneshot::channel();
    let lent = Lent {
        body: Some(body),
        back: Some(back),
        waits: headers.contains_key(EXPECT),
    };
    (lent, rest)
}

/// Reads the rest of a body and keeps nothing.
pub(super) async fn drain(mut body: Incoming) {
    let mut length = 0;
    let rest = async {
        while let Some(Ok(frame)) = body.frame().await {
            length += frame.data_ref().map_or(0, Bytes::len);
            if length > LIMIT {
                break;
            }
        }
    };
    // Whoever has not sent all of it by then has had his chance.
    let _ = timeout(PATIENCE, rest).await;
}

impl Body for Lent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        // To ask for it is to tell the client to send.
        self.waits = false;
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let rest = self.body.take().filter(|body| !body.is_end_stream());
        if let (Some(rest), Some(back), false) = (rest, self.back.take(), self.waits) {
            // Fails where the connection is gone.
            let _ = back.send(rest);
        }
    }
}
