//! A stream that hands its bytes out in pieces, as networks do.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that arrive in pieces. What is written to it is thrown away.
pub struct Pieces<'a> {
    bytes: &'a [u8],
    sizes: u8,
}

impl<'a> Pieces<'a> {
    /// These bytes, in pieces whose sizes follow from `sizes`; 0 stands for all at once.
    #[must_use]
    pub fn new(bytes: &'a [u8], sizes: u8) -> Self {
        Self { bytes, sizes }
    }

    fn next_size(&mut self) -> usize {
        if self.sizes == 0 {
            return usize::MAX;
        }
        // Any sequence does that goes through small and large numbers and never ends.
        self.sizes = self.sizes.wrapping_mul(5).wrapping_add(1).max(1);
        let size = usize::from(self.sizes % 32) + 1;
        // Long messages in small pieces would take all the time.
        if self.bytes.len() > 8192 {
            size * 512
        } else {
            size
        }
    }
}

impl AsyncRead for Pieces<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let size = self
            .next_size()
            .min(buffer.remaining())
            .min(self.bytes.len());
        let (piece, rest) = self.bytes.split_at(size);
        buffer.put_slice(piece);
        self.bytes = rest;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pieces<'_> {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
