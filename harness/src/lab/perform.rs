//! Carries out what a peer does with a request: sends a response, or something that is none.

use super::{PeerAnswer, listener::IDLE};
use crate::{
    timeline::{Timeline, What},
    wire::{Response, Wire},
};
use std::{io, time::Duration};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};
use tokio_rustls::server::TlsStream;

/// A connection to a peer of the harness.
pub(super) type Connection = Wire<TlsStream<TcpStream>>;

/// The pause between the bytes of a peer that trickles.
const TRICKLE: Duration = Duration::from_millis(50);
/// The pause between the portions of a peer that never ends, so that it does not flood the target.
const PORTION: Duration = Duration::from_millis(10);

/// Does what was decided, in the name of a peer, and notes it. An error ends the connection.
pub(super) async fn perform(
    wire: &mut Connection,
    name: &str,
    timeline: &Timeline,
    decided: PeerAnswer,
) -> io::Result<()> {
    let note = |words: &str| {
        timeline.note(name, "target", words);
    };
    match decided {
        PeerAnswer::Respond(response) => {
            timeline.add(name, "target", What::Response(response.clone()));
            respond(wire, &response).await
        }
        PeerAnswer::Hold | PeerAnswer::Close => {
            note("closes the connection without an answer");
            wire.stream().shutdown().await?;
            Err(io::ErrorKind::ConnectionAborted.into())
        }
        PeerAnswer::Reset => {
            note("resets the connection");
            wire.stream().get_ref().0.set_zero_linger()?;
            Err(io::ErrorKind::ConnectionReset.into())
        }
        PeerAnswer::Silence => {
            note("says nothing");
            // Whatever comes next on this connection is not read: the peer is silent until the other
            // side gives up.
            let _ = tokio::time::timeout(IDLE, wire.read_request()).await;
            Err(io::ErrorKind::TimedOut.into())
        }
        PeerAnswer::Bytes(bytes) => {
            note(&String::from_utf8_lossy(&bytes).replace("\r\n", " "));
            send(wire, &bytes).await
        }
        PeerAnswer::Raw(bytes) => {
            note(&format!("sends {} bytes by hand, and closes", bytes.len()));
            wire.stream().write_all(&bytes).await?;
            wire.stream().shutdown().await?;
            Err(io::ErrorKind::InvalidData.into())
        }
        PeerAnswer::Trickle(bytes) => {
            note("answers one byte at a time");
            for byte in bytes {
                send(wire, &[byte]).await?;
                tokio::time::sleep(TRICKLE).await;
            }
            Ok(())
        }
        PeerAnswer::Endless(first, more) => {
            note("answers without end");
            send(wire, &first).await?;
            let until = tokio::time::Instant::now() + IDLE;
            while tokio::time::Instant::now() < until {
                send(wire, &more).await?;
                tokio::time::sleep(PORTION).await;
            }
            Ok(())
        }
    }
}

/// Sends a response.
pub(super) async fn respond(wire: &mut Connection, response: &Response) -> io::Result<()> {
    send(wire, &response.to_bytes()).await
}

async fn send(wire: &mut Connection, bytes: &[u8]) -> io::Result<()> {
    let stream = wire.stream();
    stream.write_all(bytes).await?;
    stream.flush().await
}
