//! Serves a router, over TLS or, for the admin listener, without.

mod prompt;

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper_util::rt::TokioTimer;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::task::JoinHandle;

use prompt::PromptAcceptor;

/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection may take to begin, the head of a request to arrive, and a connection to wait for
/// its next request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// The largest head over HTTP/2, in bytes.
const LARGEST_HEAD: u32 = 16 * 1024;
/// The most requests at the same time over one HTTP/2 connection.
const STREAMS: u32 = 128;
/// How long requests that are under way may take after the end was announced.
const GRACE: Duration = Duration::from_secs(15);

/// What a server needs for TLS 1.2 and 1.3, from a certificate chain and its key in PEM.
///
/// # Errors
/// [`TlsError`] when one of them cannot be read, or they do not belong together.
pub fn tls_config(chain: &[u8], key: &[u8]) -> Result<Arc<rustls::ServerConfig>, TlsError> {
    let chain = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| TlsError::Chain(error.to_string()))?;
    if chain.is_empty() {
        return Err(TlsError::Chain("there is none".to_owned()));
    }
    let key =
        PrivateKeyDer::from_pem_slice(key).map_err(|error| TlsError::Key(error.to_string()))?;
    let mut config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| TlsError::Pair(error.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Certificate or key do not do.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate chain cannot be read.
    #[error("the certificate chain is not PEM: {0}")]
    Chain(String),
    /// The key cannot be read.
    #[error("the private key is not PEM: {0}")]
    Key(String),
    /// The key is not that of the certificate.
    #[error("certificate and key do not go together: {0}")]
    Pair(String),
}

/// A server that runs.
pub struct Running {
    address: SocketAddr,
    task: JoinHandle<io::Result<()>>,
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Resolves when the server has ended: after `shutdown`, and when the requests that were
    /// under way are answered.
    ///
    /// # Errors
    /// What made it end before its time.
    pub async fn ended(self) -> io::Result<()> {
        self.task.await.map_err(io::Error::other)?
    }
}

/// Serves `router` by HTTPS (HTTP/2 and HTTP/1.1) until `shutdown` resolves. Handshakes and heads
/// that are too slow, and heads that are too large, end their connection.
///
/// # Errors
/// When the listener has no address or cannot be used by the runtime.
pub async fn https(
    router: Router,
    listener: TcpListener,
    tls: Arc<rustls::ServerConfig>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<Running> {
    let address = prepare(&listener)?;
    let handle = Handle::new();
    let acceptor = RustlsAcceptor::new(RustlsConfig::from_config(tls))
        .handshake_timeout(HANDSHAKE_TIMEOUT)
        // Without this, small answers wait for an acknowledgement that waits for them.
        .acceptor(NoDelayAcceptor);
    let mut server = axum_server::from_tcp(listener)?
        .acceptor(PromptAcceptor::new(acceptor, HEAD_TIMEOUT))
        .handle(handle.clone());
    let builder = server.http_builder();
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(HEAD_TIMEOUT)
        .max_header_list_size(LARGEST_HEAD)
        .max_concurrent_streams(STREAMS);
    tokio::spawn(announce(handle, shutdown));
    let task = tokio::spawn(server.serve(router.into_make_service()));
    Ok(Running { address, task })
}

/// Serves `router` by plain HTTP, for listeners that only this machine reaches.
///
/// # Errors
/// When the listener has no address or cannot be used by the runtime.
pub async fn http(
    router: Router,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<Running> {
    let address = prepare(&listener)?;
    let handle = Handle::new();
    let server = axum_server::from_tcp(listener)?.handle(handle.clone());
    tokio::spawn(announce(handle, shutdown));
    let task = tokio::spawn(server.serve(router.into_make_service()));
    Ok(Running { address, task })
}

fn prepare(listener: &TcpListener) -> io::Result<SocketAddr> {
    listener.set_nonblocking(true)?;
    listener.local_addr()
}

async fn announce(handle: Handle<SocketAddr>, shutdown: impl Future<Output = ()>) {
    shutdown.await;
    handle.graceful_shutdown(Some(GRACE));
}
