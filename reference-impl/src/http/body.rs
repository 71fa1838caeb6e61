//! Reads the body of a message, and never more of it than a message may have.

use std::time::Duration;

use axum::body::{Body, BodyDataStream, HttpBody as _};
use btx_spec::ProblemType;
use futures::StreamExt as _;
use zeroize::Zeroizing;

use super::refusal::Refusal;

/// The largest body that is read, in bytes (HT-ANY-014). Every message of the protocol is far
/// smaller.
pub const LARGEST: usize = 64 * 1024;

/// Room for every message that is usual, in bytes.
const USUAL: usize = 8 * 1024;

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much of a body that is too large is taken off the connection, and thrown away, so that the
/// sender gets to read the answer instead of a reset.
const DRAINED: usize = 1024 * 1024;

/// The whole body.
///
/// # Errors
/// The [`Refusal`] for a body of more than [`LARGEST`] bytes, or one that does not arrive whole
/// and in time.
pub async fn read(body: Body) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let whole = read_up_to(body, LARGEST).await;
    whole.map_err(|unread| match unread {
        Unread::TooLarge => Refusal::new(
            ProblemType::MessageTooLarge,
            "The message is larger than 64 KiB.",
        ),
        Unread::Incomplete => Refusal::new(
            ProblemType::MalformedMessage,
            "The message did not arrive whole and in time.",
        ),
    })
}

/// Why there is no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// It has more bytes than it may have.
    TooLarge,
    /// It did not arrive whole and in time.
    Incomplete,
}

/// The whole body, if it has no more than `largest` bytes.
pub(crate) async fn read_up_to(body: Body, largest: usize) -> Result<Zeroizing<Vec<u8>>, Unread> {
    // A buffer that grows would leave copies of a secret behind.
    let room = match body.size_hint().exact() {
        Some(announced) => usize::try_from(announced).unwrap_or(largest).min(largest),
        None => USUAL.min(largest),
    };
    let mut chunks = body.into_data_stream();
    match tokio::time::timeout(PATIENCE, collect(&mut chunks, room, largest)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Unread::Incomplete),
    }
}

async fn collect(
    chunks: &mut BodyDataStream,
    room: usize,
    largest: usize,
) -> Result<Zeroizing<Vec<u8>>, Unread> {
    let mut whole = Zeroizing::new(Vec::with_capacity(room));
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Unread::Incomplete)?;
        if whole.len() + chunk.len() > largest {
            drain(chunks).await;
            return Err(Unread::TooLarge);
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole)
}

async fn drain(chunks: &mut BodyDataStream) {
    let mut drained = 0;
    while let Some(Ok(chunk)) = chunks.next().await {
        drained += chunk.len();
        if drained > DRAINED {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Bytes;
    use std::convert::Infallible;

    #[tokio::test]
    async fn the_largest_body_is_read_and_one_byte_more_is_refused() {
        let fits = read(Body::from(vec![b' '; LARGEST])).await.unwrap();
        assert_eq!(fits.len(), LARGEST);
        let refusal = read(Body::from(vec![b' '; LARGEST + 1])).await.unwrap_err();
        assert_eq!(refusal.problem, ProblemType::MessageTooLarge);
    }

    #[tokio::test]
    async fn an_endless_body_is_cut_off() {
        let endless =
            futures::stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(&[b' '; 8192])));
        let refusal = read(Body::from_stream(endless)).await.unwrap_err();
        assert_eq!(refusal.problem, ProblemType::MessageTooLarge);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_comes_is_given_up() {
        let silent = futures::stream::pending::<Result<Bytes, Infallible>>();
        let refusal = read(Body::from_stream(silent)).await.unwrap_err();
        assert_eq!(refusal.problem, ProblemType::MalformedMessage);
    }
}
