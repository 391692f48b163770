//! How long a silent client is waited for: little while it sends the head of a request, more between requests.
//! hyper has one timeout for both, and none before it knows the version of HTTP.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use futures::task::AtomicWaker;
use http::Version;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::Notify,
    time::{Instant, Sleep, sleep},
};

/// How long the head of a request may take, and how soon the first request must come.
const HEAD: Duration = Duration::from_secs(10);
/// How long a connection may be idle: longer than a load balancer's usual minute, so that the balancer closes
/// first and never uses a connection just closed here.
const IDLE: Duration = Duration::from_secs(75);

const AWAITS_HEAD: u64 = 0;
const BUSY: u64 = 1;
const IS_IDLE: u64 = 2;
/// Streams come and go at any time; hyper's pings find out whether the peer is there.
const HTTP2: u64 = 3;
/// The bits of a state that are the phase; those above are the number of the request.
const PHASE: u64 = 3;
/// From one request to the next.
const NEXT: u64 = PHASE + 1;

/// What a connection is doing, shared by its stream and its service.
#[derive(Debug, Clone, Default)]
pub(super) struct Phase(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// The request and the phase, at first 0 and [`AWAITS_HEAD`].
    state: AtomicU64,
    /// The task of the connection while it reads without a timer: hyper does not read again by itself once the
    /// request is answered.
    waker: AtomicWaker,
    /// Whether the next answer is the last.
    leaving: AtomicBool,
    /// Whether a connection on which nothing has come ends at once.
    ending: AtomicBool,
    http2: Notify,
}

/// A request being answered.
#[derive(Debug)]
pub(super) struct Turn {
    phase: Phase,
    busy: u64,
}

impl Turn {
    /// Whether the connection is to end with the answer.
    pub(super) fn is_last(&self) -> bool {
        self.phase.0.leaving.load(Ordering::Acquire)
    }

    /// The request is answered. Where the next one has begun already, nothing.
    pub(super) fn end(self) {
        let shared = &self.phase.0;
        let _ = shared.state.compare_exchange(
            self.busy,
            self.busy - BUSY + IS_IDLE,
            Ordering::AcqRel,
            Ordering::Relaxed,
        );
        shared.waker.wake();
    }
}

impl Phase {
    /// The head of a request is read. To be called by the connection's task.
    pub(super) fn begin(&self, version: Version) -> Turn {
        let phase = if version == Version::HTTP_2 {
            self.0.http2.notify_one();
            HTTP2
        } else {
            BUSY
        };
        let request = (self.get() & !PHASE) + NEXT;
        self.0.state.store(request | phase, Ordering::Release);
        Turn {
            phase: self.clone(),
            busy: request | BUSY,
        }
    }

    /// From now on answers are the last of the connection.
    pub(super) fn leave(&self) {
        self.0.leaving.store(true, Ordering::Release);
    }

    /// The connection ends as soon as no request is answered and nothing of one has come.
    pub(super) fn end(&self) {
        self.0.ending.store(true, Ordering::Release);
        self.0.waker.wake();
    }

    /// Completes when a request has come over HTTP/2.
    pub(super) async fn is_http2(&self) {
        self.0.http2.notified().await;
    }

    /// Something of the next request has come.
    fn stir(&self) {
        let state = self.get();
        if state & PHASE == IS_IDLE {
            let head = state - IS_IDLE + AWAITS_HEAD;
            self.0.state.store(head, Ordering::Release);
        }
    }

    fn get(&self) -> u64 {
        self.0.state.load(Ordering::Acquire)
    }
}

/// A stream that ends when its client is silent for too long.
#[derive(Debug)]
pub(super) struct Stream<T> {
    inner: T,
    phase: Phase,
    /// Whether anything has come at all.
    touched: bool,
    /// The state that the timer runs for.
    timed: u64,
    timer: Pin<Box<Sleep>>,
}

impl<T> Stream<T> {
    pub(super) fn new(inner: T, phase: Phase) -> Stream<T> {
        Stream {
            inner,
            phase,
            touched: false,
            timed: AWAITS_HEAD,
            timer: Box::pin(sleep(HEAD)),
        }
    }

    /// Whether the time for the phase is up; if not, wakes the task when it is.
    fn poll_timer(&mut self, context: &mut Context<'_>) -> Poll<()> {
        // Before the phase is looked at, which may change at any time.
        self.phase.0.waker.register(context.waker());
        let state = self.phase.get();
        let patience = match state & PHASE {
            AWAITS_HEAD => HEAD,
            IS_IDLE => IDLE,
            _ => return Poll::Pending,
        };
        let is_silent = !self.touched || state & PHASE == IS_IDLE;
        if is_silent && self.phase.0.ending.load(Ordering::Acquire) {
            return Poll::Ready(());
        }
        if self.timed != state {
            self.timed = state;
            self.timer.as_mut().reset(Instant::now() + patience);
        }
        self.timer.as_mut().poll(context)
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Stream<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Poll::Ready(result) = Pin::new(&mut self.inner).poll_read(context, buffer) {
            self.touched = true;
            self.phase.stir();
            return Poll::Ready(result);
        }
        // Reading nothing is the end of the stream, which hyper knows how to take in any state.
        ready!(self.poll_timer(context));
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Stream<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

#[cfg(test)]
mod tests;
