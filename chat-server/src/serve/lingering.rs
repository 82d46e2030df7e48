//! A connection whose end does not take the last answer back. To close one while the peer still sends resets it, and what
//! the peer has not read by then is lost to it: so the end is said first, and what comes then is read and forgotten until the
//! peer ends, too, falls silent, or has had time enough. Nothing of it is kept or answered.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

/// Silence of a peer that was told the end.
const SILENCE: Duration = Duration::from_secs(2);
/// A peer that goes on sending is heard for so long; less than a shutdown waits.
const MOST: Duration = Duration::from_secs(8);
/// Bytes that are read at once.
const CHUNK: usize = 8 * 1024;

/// Whether the peer of a connection may still be sending when it is ended.
#[derive(Debug, Default, Clone)]
pub(super) struct MaySend(Arc<AtomicBool>);

impl MaySend {
    /// From now on it may.
    pub(super) fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A connection that is ended so. One whose peer owes nothing, and has sent nothing, just ends.
pub(super) struct Lingering<S> {
    stream: S,
    may_send: MaySend,
    end: Option<End>,
}

/// An end that was said.
struct End {
    at_last: Instant,
    silence: Pin<Box<Sleep>>,
    may_send: bool,
}

impl<S> Lingering<S> {
    pub(super) fn new(stream: S, may_send: MaySend) -> Self {
        Self {
            stream,
            may_send,
            end: None,
        }
    }
}

impl<S: AsyncRead + Unpin> Lingering<S> {
    /// Until nothing more is to be expected.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Self { stream, end, .. } = self;
        let Some(end) = end else {
            return Poll::Ready(());
        };
        let mut space = [0; CHUNK];
        loop {
            let mut chunk = ReadBuf::new(&mut space);
            match Pin::new(&mut *stream).poll_read(cx, &mut chunk) {
                Poll::Ready(Ok(())) if !chunk.filled().is_empty() => {}
                // The peer has ended, too, or is gone.
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending if !end.may_send => return Poll::Ready(()),
                Poll::Pending => return end.silence.as_mut().poll(cx),
            }
            let now = Instant::now();
            if now >= end.at_last {
                return Poll::Ready(());
            }
            end.may_send = true;
            end.silence.as_mut().reset(end.at_last.min(now + SILENCE));
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Lingering<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, bytes)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Lingering<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.end.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            let now = Instant::now();
            self.end = Some(End {
                at_last: now + MOST,
                silence: Box::pin(sleep_until(now + SILENCE)),
                may_send: self.may_send.0.load(Ordering::Relaxed),
            });
        }
        self.poll_end(cx).map(Ok)
    }
}

#[cfg(test)]
mod tests;
