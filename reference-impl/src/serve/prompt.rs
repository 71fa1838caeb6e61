//! Connections that have to begin to speak in time.
//!
//! The HTTP library has a limit for a head once it knows which HTTP it is. It learns that from the first
//! bytes, and waits for them without end.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum_server::accept::Accept;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How many bytes tell which HTTP it is: as many as the preface of HTTP/2 has. Whatever asks for more than
/// a refusal over HTTP/1.1 is longer, too.
const FIRST_BYTES: usize = 24;

/// Accepts what another acceptor does, and ends connections that do not begin to speak in time.
#[derive(Clone)]
pub(super) struct PromptAcceptor<A> {
    inner: A,
    patience: Duration,
}

impl<A> PromptAcceptor<A> {
    pub(super) fn new(inner: A, patience: Duration) -> Self {
        Self { inner, patience }
    }
}

impl<A, I, S> Accept<I, S> for PromptAcceptor<A>
where
    A: Accept<I, S>,
    A::Future: Send + 'static,
{
    type Stream = Prompt<A::Stream>;
    type Service = A::Service;
    type Future = BoxFuture<'static, io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let (accepting, patience) = (self.inner.accept(stream, service), self.patience);
        let accepting = async move {
            let (stream, service) = accepting.await?;
            Ok((Prompt::new(stream, patience), service))
        };
        accepting.boxed()
    }
}

/// A connection that has to begin to speak in time.
pub(super) struct Prompt<S> {
    stream: S,
    /// Until the first bytes are here.
    awaited: Option<Awaited>,
}

struct Awaited {
    bytes: usize,
    until: Pin<Box<Sleep>>,
}

impl<S> Prompt<S> {
    fn new(stream: S, patience: Duration) -> Self {
        Self {
            stream,
            awaited: Some(Awaited {
                bytes: FIRST_BYTES,
                until: Box::pin(sleep(patience)),
            }),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Prompt<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buffer);
        let Some(awaited) = &mut self.awaited else {
            return read;
        };
        if read.is_pending() {
            ready!(awaited.until.as_mut().poll(cx));
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        awaited.bytes = awaited.bytes.saturating_sub(buffer.filled().len() - before);
        if awaited.bytes == 0 {
            self.awaited = None;
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Prompt<S> {
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
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    const PATIENCE: Duration = Duration::from_secs(15);

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_does_not_begin_to_speak_ends() {
        for beginning in ["", "PRI * HTTP/2.0\r\n"] {
            let (mut client, server) = duplex(64);
            let mut server = Prompt::new(server, PATIENCE);
            client.write_all(beginning.as_bytes()).await.unwrap();
            let mut bytes = Vec::new();
            let ended = server.read_to_end(&mut bytes).await.unwrap_err();
            assert_eq!(ended.kind(), io::ErrorKind::TimedOut);
            assert_eq!(bytes, beginning.as_bytes());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_has_begun_may_take_its_time() {
        let (mut client, server) = duplex(64);
        let mut server = Prompt::new(server, PATIENCE);
        client.write_all(&[b' '; FIRST_BYTES]).await.unwrap();
        server.read_exact(&mut [0; FIRST_BYTES]).await.unwrap();
        let later = async {
            sleep(2 * PATIENCE).await;
            client.write_all(b"!").await.unwrap();
        };
        let (read, ()) = tokio::join!(server.read_u8(), later);
        assert_eq!(read.unwrap(), b'!');
    }
}
