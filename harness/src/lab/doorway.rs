//! What stands behind a listening socket: it takes note of connections, and answers requests.

use super::perform::Connection;
use crate::wire::Request;
use std::{io, net::SocketAddr};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// What stands behind a listening socket.
pub(super) trait Doorway: Send + Sync + 'static {
    /// What goes through with the next handshake; nothing where it is left hanging.
    fn tls(&self) -> Option<&TlsAcceptor>;

    /// Notes a connection.
    fn note_connection(&self);

    /// Notes a connection to an address that nobody may come to.
    fn note_canary(&self, address: SocketAddr);

    /// Notes a handshake that failed.
    fn note_handshake(&self, words: &str);

    /// Notes a request that came without TLS, which is not answered.
    fn note_plain(&self, request: Request);

    /// Leaves a handshake hanging.
    fn hang(&self, stream: &mut TcpStream) -> impl Future<Output = ()> + Send;

    /// Answers a request; an error ends the connection.
    fn answer(
        &self,
        wire: &mut Connection,
        request: Request,
    ) -> impl Future<Output = io::Result<()>> + Send;
}
