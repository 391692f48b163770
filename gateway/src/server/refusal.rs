//! What hyper answers by itself, to a head that is no HTTP or too large, has no body. Here it gets one (R-ERR-01): a
//! SCIM Error, since nothing is known of the path.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// In every answer of ours, and in none of hyper's.
const OURS: &str = "x-request-id:";
/// In every answer that hyper makes by itself.
const EMPTY: &str = "content-length: 0\r\n";

/// A stream that completes such answers as they are written.
#[derive(Debug)]
pub(super) struct Completed<T> {
    inner: T,
    /// What is left to be written in place of hyper's answer.
    instead: Option<Bytes>,
}

impl<T> Completed<T> {
    pub(super) fn new(inner: T) -> Completed<T> {
        Completed {
            inner,
            instead: None,
        }
    }
}

/// The answer with a body, if it is one of hyper's own.
fn complete(answer: &[u8]) -> Option<String> {
    let status = answer.strip_prefix(b"HTTP/1.1 4")?;
    let answer = str::from_utf8(answer).ok()?;
    if answer.contains(OURS) || !answer.contains(EMPTY) || !answer.ends_with("\r\n\r\n") {
        return None;
    }
    let (status, detail) = match status.get(..2)? {
        b"14" => (414, "The URL is too long."),
        b"31" => (431, "The headers of the request are too many or too large."),
        _ => (400, "The request is not HTTP."),
    };
    let scim_type = (status == 400).then_some("invalidSyntax");
    let message = ::scim::error::message(status, scim_type, detail);
    let body = serde_json::Value::Object(message).to_string();
    let length = body.len();
    let headers = format!(
        "content-type: application/scim+json\r\ncache-control: no-store\r\ncontent-length: {length}\r\n"
    );
    Some(answer.replacen(EMPTY, &headers, 1) + &body)
}

impl<T: AsyncWrite + Unpin> Completed<T> {
    /// Whether the bytes are written, in their completed form, so that hyper may forget them.
    fn poll_instead(
        &mut self,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<Option<usize>>> {
        if self.instead.is_none() {
            self.instead = complete(bytes).map(Bytes::from);
        }
        let Some(rest) = &mut self.instead else {
            return Poll::Ready(Ok(None));
        };
        while rest.has_remaining() {
            match ready!(Pin::new(&mut self.inner).poll_write(context, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => rest.advance(written),
            }
        }
        self.instead = None;
        Poll::Ready(Ok(Some(bytes.len())))
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Completed<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Completed<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match ready!(self.poll_instead(context, bytes))? {
            Some(written) => Poll::Ready(Ok(written)),
            None => Pin::new(&mut self.inner).poll_write(context, bytes),
        }
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
        let first = slices.first().map_or(&[][..], |slice| slice);
        match ready!(self.poll_instead(context, first))? {
            Some(written) => Poll::Ready(Ok(written)),
            None => Pin::new(&mut self.inner).poll_write_vectored(context, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}
