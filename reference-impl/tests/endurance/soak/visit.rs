//! Connections to the listener on which too little comes, or too much.

use std::io::{ErrorKind, Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures::future::join_all;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tokio::sync::oneshot;

/// Connections of each kind.
const OF_EACH: usize = 4;
/// Longer than the listener leaves a connection to itself.
const PATIENCE: Duration = Duration::from_secs(25);

/// What a visitor says, and then nothing more.
#[derive(Debug, Clone, Copy)]
enum Says {
    /// Nothing, not even a handshake.
    Nothing,
    /// Half of a handshake.
    HalfAHandshake,
    /// These bytes, by TLS.
    This(&'static str),
    /// These bytes again and again, by TLS, after the others.
    WithoutEnd(&'static str, &'static str),
}

const KINDS: [Says; 8] = [
    Says::Nothing,
    Says::HalfAHandshake,
    Says::This(""),
    Says::This("PRI * HTTP/2.0\r\n"),
    Says::This("POST /btx/token-call HTTP/1.1\r\nhost: farm.test\r\n"),
    Says::This(
        "POST /btx/token-call HTTP/1.1\r\nhost: farm.test\r\ncontent-type: application/json\r\n\
         content-length: 300\r\n\r\n{\"version\":",
    ),
    Says::WithoutEnd(
        "POST /btx/token-call HTTP/1.1\r\nhost: farm.test\r\n",
        "x-filler: and so on and so forth, and so on and so forth\r\n",
    ),
    Says::WithoutEnd(
        "POST /btx/token-call HTTP/1.1\r\nhost: farm.test\r\ncontent-type: application/json\r\n\
         transfer-encoding: chunked\r\n\r\n",
        "10\r\nand so on and on\r\n",
    ),
];

/// Pays visits of all kinds; gives those that the listener has not ended, though nothing came of them.
pub(crate) async fn all_are_shown_out(at: (SocketAddr, &'static str, &str)) -> Vec<String> {
    let (address, host, authority) = at;
    let tls = tls(authority);
    let visits = KINDS.iter().flat_map(|says| {
        let tls = &tls;
        (0..OF_EACH).map(move |_| {
            let tls = Arc::clone(tls);
            let (tell, told) = oneshot::channel();
            // A thread that ends with the visit: its stack counts as memory.
            thread::spawn(move || tell.send(visit(address, host, tls, *says)));
            told
        })
    });
    let visits: Vec<_> = visits.collect();
    let ended = join_all(visits).await;
    let kept = ended
        .into_iter()
        .zip(KINDS.iter().flat_map(|says| [says; OF_EACH]));
    let kept = kept.filter(|(ended, _)| !ended.as_ref().unwrap());
    kept.map(|(_, says)| format!("{says:?}")).collect()
}

/// Whether the listener ended the connection.
fn visit(address: SocketAddr, host: &'static str, tls: Arc<ClientConfig>, says: Says) -> bool {
    let connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    connection.set_write_timeout(Some(PATIENCE)).unwrap();
    let name = ServerName::try_from(host).unwrap();
    let mut client = ClientConnection::new(tls, name).unwrap();
    match says {
        Says::Nothing => is_ended(connection),
        Says::HalfAHandshake => {
            let mut hello = Vec::new();
            client.write_tls(&mut hello).unwrap();
            (&connection).write_all(&hello[..hello.len() / 2]).unwrap();
            is_ended(connection)
        }
        Says::This(text) => {
            let mut stream = StreamOwned::new(client, connection);
            // Also when there is nothing to say, the handshake comes to its end.
            while stream.conn.is_handshaking() {
                stream.conn.complete_io(&mut stream.sock).unwrap();
            }
            stream.write_all(text.as_bytes()).unwrap();
            stream.flush().unwrap();
            is_ended(stream)
        }
        Says::WithoutEnd(first, again) => {
            let mut stream = StreamOwned::new(client, connection);
            let mut said = stream.write_all(first.as_bytes());
            let (again, mut times) = (again.repeat(100), 0);
            // A few MiB are without end for a listener that reads some KiB, or 1 MiB to throw away.
            while said.is_ok() && times < 2_000 {
                said = stream.write_all(again.as_bytes());
                times += 1;
            }
            said.is_err() || is_ended(stream)
        }
    }
}

/// Reads whatever comes, until the end of the connection or of all patience.
fn is_ended(mut stream: impl Read) -> bool {
    let mut bytes = [0; 1024];
    loop {
        match stream.read(&mut bytes) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => {
                return !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
            }
        }
    }
}

fn tls(authority: &str) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from_pem_slice(authority.as_bytes()).unwrap();
    roots.add(root).unwrap();
    let config = ClientConfig::builder().with_root_certificates(roots);
    Arc::new(config.with_no_client_auth())
}
