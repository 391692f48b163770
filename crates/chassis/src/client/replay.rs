//! Decides whether a request that failed may be sent again, and keeps its body for that.
//!
//! It may if no peer can have begun with it, whatever it does: its content never left (a gRPC message is at
//! least five bytes; headers alone start nothing), or the peer said that it has not processed it, as a
//! server that stops does (RFC 9113 sections 6.8 and 8.7).

use std::{
    error::Error,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use h2::Reason;
use http_body::{Frame, SizeHint};
use http_body_util::Full;
use tonic::{Status, body::Body};

/// The body of a request.
#[derive(Debug, Clone)]
pub(super) struct Replay(Arc<Mutex<State>>);

#[derive(Debug)]
enum State {
    /// Nothing has been asked for.
    Whole(Body),
    /// The content so far was this one frame, if any: that of a unary request.
    Sending(Option<Bytes>),
    /// This one frame was all.
    Sent(Bytes),
    /// There was more than the one frame that is kept.
    Gone,
}

impl Replay {
    pub(super) fn new(body: Body) -> Replay {
        Replay(Arc::new(Mutex::new(State::Whole(body))))
    }

    /// A body to send, once per attempt.
    pub(super) fn lend(&self) -> Body {
        match self.with(|state| {
            if let State::Sent(frame) = state {
                Some(frame.clone())
            } else {
                None
            }
        }) {
            Some(frame) => Body::new(Full::new(frame)),
            None => Body::new(Lent {
                replay: self.clone(),
                body: None,
            }),
        }
    }

    /// Whether, after that failure, no peer can have begun with the request, and it is still here.
    pub(super) fn may_be_sent_again(&self, error: &(dyn Error + 'static)) -> bool {
        self.with(|state| match state {
            State::Whole(_) => true,
            State::Sent(_) => was_not_processed(error),
            State::Sending(_) | State::Gone => false,
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
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

struct Lent {
    replay: Replay,
    body: Option<Body>,
}

impl http_body::Body for Lent {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.body.is_none() {
            self.body = self.replay.with(State::take);
        }
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let frame = ready!(Pin::new(body).poll_frame(cx));
        self.replay.with(|state| state.note(frame.as_ref()));
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match &self.body {
            Some(body) => body.is_end_stream(),
            None => self
                .replay
                .with(|state| state.body().is_none_or(http_body::Body::is_end_stream)),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Some(body) => body.size_hint(),
            None => self.replay.with(|state| {
                state
                    .body()
                    .map(http_body::Body::size_hint)
                    .unwrap_or_default()
            }),
        }
    }
}

impl State {
    fn body(&self) -> Option<&Body> {
        if let State::Whole(body) = self {
            Some(body)
        } else {
            None
        }
    }

    fn take(&mut self) -> Option<Body> {
        match std::mem::replace(self, State::Sending(None)) {
            State::Whole(body) => Some(body),
            other => {
                *self = other;
                None
            }
        }
    }

    /// Keeps account of what is sent.
    fn note(&mut self, frame: Option<&Result<Frame<Bytes>, Status>>) {
        let data = frame.map(|frame| frame.as_ref().ok().and_then(Frame::data_ref));
        *self = match (std::mem::replace(self, State::Gone), data) {
            (State::Sending(None), Some(Some(data))) => State::Sending(Some(data.clone())),
            (State::Sending(Some(kept)), None) => State::Sent(kept),
            _ => State::Gone,
        };
    }
}

#[cfg(test)]
mod tests;
