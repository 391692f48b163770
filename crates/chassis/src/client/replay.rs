//! Decides whether a request that failed may be sent again.
//!
//! One that no peer can have begun with may, whatever it does: its content never left (a gRPC message is at least five
//! bytes; headers alone start nothing), or the peer said that it has not processed it, as a server that stops does
//! (RFC 9113 sections 6.8 and 8.7). One that changes nothing may be sent once more after any fault of the transport.

use std::{
    error::Error,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use h2::Reason;
use http_body::Frame;
use tonic::{Status, body::Body};

/// How the methods that change nothing are called: the verbs of AIP-131, AIP-132 and AIP-231 and their like.
const READS: &[&str] = &[
    "Authenticate",
    "BatchCheck",
    "BatchGet",
    "BatchList",
    "Count",
    "Get",
    "List",
];

/// A request that may be sent several times.
#[derive(Debug)]
pub(super) struct Replay {
    content: Bytes,
    is_read: bool,
    /// Whether it has been sent again although a peer may have begun with it.
    repeated: bool,
    /// Whether content of the last attempt was asked for.
    begun: Arc<AtomicBool>,
}

impl Replay {
    /// The content of a request to this path, `/package.Service/Method`.
    pub(super) fn new(content: Bytes, path: &str) -> Replay {
        Replay {
            content,
            is_read: is_read(path),
            repeated: false,
            begun: Arc::default(),
        }
    }

    /// A body for an attempt.
    pub(super) fn body(&mut self) -> Body {
        self.begun = Arc::default();
        Body::new(Content {
            content: Some(self.content.clone()),
            begun: Arc::clone(&self.begun),
        })
    }

    /// Whether the request may be sent again after the last attempt failed so.
    pub(super) fn may_be_sent_again(&mut self, error: &(dyn Error + 'static)) -> bool {
        !self.begun.load(Ordering::Acquire)
            || was_not_processed(error)
            || (self.is_read && !std::mem::replace(&mut self.repeated, true))
    }

    /// Whether the request changes nothing.
    pub(super) fn is_read(&self) -> bool {
        self.is_read
    }
}

fn is_read(path: &str) -> bool {
    let method = path.rsplit('/').next().unwrap_or_default();
    READS.iter().any(|verb| {
        let noun = method.strip_prefix(verb);
        noun.is_some_and(|noun| noun.starts_with(|first: char| first.is_ascii_uppercase()))
    })
}

/// Whether the peer says so: by resetting the stream as refused, or by a GOAWAY that leaves the stream out
/// (h2 reports it only to such streams).
fn was_not_processed(error: &(dyn Error + 'static)) -> bool {
    let mut link = Some(error);
    while let Some(error) = link {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            let went_away = error.is_go_away() && error.reason() == Some(Reason::NO_ERROR);
            let refused = error.is_reset() && error.reason() == Some(Reason::REFUSED_STREAM);
            return error.is_remote() && (went_away || refused);
        }
        link = error.source();
    }
    false
}

/// A body of one frame, which notes that it was asked for.
struct Content {
    content: Option<Bytes>,
    begun: Arc<AtomicBool>,
}

impl http_body::Body for Content {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.begun.store(true, Ordering::Release);
        Poll::Ready(self.content.take().map(Frame::data).map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_none()
    }
}

#[cfg(test)]
mod tests;
