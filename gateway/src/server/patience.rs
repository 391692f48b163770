//! How long a silent client is waited for: little while it sends the head of a request, more between requests.
//! hyper has one timeout for both, and none before it knows the version of HTTP.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use http::Version;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep},
};

/// How long the head of a request may take, and how soon the first request must come.
const HEAD: Duration = Duration::from_secs(10);
/// How long a connection may be idle: longer than a load balancer's usual minute, so that the balancer closes
/// first and never uses a connection just closed here.
const IDLE: Duration = Duration::from_secs(75);

const AWAITS_HEAD: u8 = 0;
const BUSY: u8 = 1;
const IS_IDLE: u8 = 2;
/// Streams come and go at any time; hyper's pings find out whether the peer is there.
const HTTP2: u8 = 3;

/// What a connection is doing, shared by its stream and its service.
#[derive(Debug, Clone)]
pub(super) struct Phase(Arc<AtomicU8>);

impl Default for Phase {
    fn default() -> Phase {
        Phase(Arc::new(AtomicU8::new(AWAITS_HEAD)))
    }
}

impl Phase {
    /// The head of a request is read.
    pub(super) fn begin(&self, version: Version) {
        let phase = if version == Version::HTTP_2 {
            HTTP2
        } else {
            BUSY
        };
        self.0.store(phase, Ordering::Relaxed);
    }

    /// The request is answered.
    pub(super) fn end(&self) {
        self.replace(BUSY, IS_IDLE);
    }

    fn get(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }

    fn replace(&self, from: u8, to: u8) {
        let order = Ordering::Relaxed;
        // Fails where the phase is another, which then stays.
        let _ = self.0.compare_exchange(from, to, order, order);
    }
}

/// A stream that ends when its client is silent for too long.
#[derive(Debug)]
pub(super) struct Stream<T> {
    inner: T,
    phase: Phase,
    /// The phase that the timer runs for.
    timed: u8,
    timer: Pin<Box<Sleep>>,
}

impl<T> Stream<T> {
    pub(super) fn new(inner: T, phase: Phase) -> Stream<T> {
        Stream {
            inner,
            phase,
            timed: AWAITS_HEAD,
            timer: Box::pin(sleep(HEAD)),
        }
    }

    /// Whether the time for the phase is up; if not, wakes the task when it is.
    fn poll_timer(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let phase = self.phase.get();
        let patience = match phase {
            AWAITS_HEAD => HEAD,
            IS_IDLE => IDLE,
            _ => {
                self.timed = phase;
                return Poll::Pending;
            }
        };
        if self.timed != phase {
            self.timed = phase;
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
            self.phase.replace(IS_IDLE, AWAITS_HEAD);
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
