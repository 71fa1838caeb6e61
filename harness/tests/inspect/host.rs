//! The host of a client: real HTTPS on the loopback interface, one answer for each path.

use btx_harness::lab::authority;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What is sent for a path: nothing at all, or these octets.
pub(crate) type Answers = BTreeMap<&'static str, Option<Vec<u8>>>;

/// A host that answers until the test ends.
pub(crate) struct Host {
    /// Its origin.
    pub(crate) origin: String,
    /// The certificate of its authority, as PEM.
    pub(crate) ca: String,
    /// The heads of the requests that came.
    pub(crate) requests: Arc<Mutex<Vec<String>>>,
    listener: TcpListener,
    tls: Arc<ServerConfig>,
}

impl Host {
    /// A host with a certificate for this name or address.
    pub(crate) fn certified_for(name: &str) -> Self {
        let lab = authority::create().unwrap();
        let leaf = authority::sign(&lab, &[name.to_owned()]).unwrap();
        let chain = CertificateDer::pem_slice_iter(leaf.certificate.as_bytes());
        let key = PrivateKeyDer::from_pem_slice(leaf.key.as_bytes()).unwrap();
        let tls = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(chain.collect::<Result<_, _>>().unwrap(), key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            origin: format!("https://{}", listener.local_addr().unwrap()),
            ca: lab.certificate,
            requests: Arc::default(),
            listener,
            tls: Arc::new(tls),
        }
    }

    /// Begins to answer.
    pub(crate) fn answer(&self, answers: Answers) {
        let listener = self.listener.try_clone().unwrap();
        let (tls, requests) = (Arc::clone(&self.tls), Arc::clone(&self.requests));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let connection = ServerConnection::new(Arc::clone(&tls)).unwrap();
                serve(
                    StreamOwned::new(connection, stream.unwrap()),
                    &answers,
                    &requests,
                );
            }
        });
    }
}

/// One request and its answer; a client that does not like the certificate sends none.
fn serve(
    mut stream: StreamOwned<ServerConnection, TcpStream>,
    answers: &Answers,
    requests: &Mutex<Vec<String>>,
) {
    let (mut head, mut octet) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut octet) {
            Ok(1) => head.push(octet[0]),
            _ => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1).unwrap().to_owned();
    requests.lock().unwrap().push(head);
    if let Some(Some(answer)) = answers.get(path.as_str()) {
        let _ = stream.write_all(answer);
        stream.conn.send_close_notify();
        let _ = stream.flush();
    }
}

/// An answer of JSON, with these fields more.
pub(crate) fn json(status: u16, more: &str, body: &str) -> Option<Vec<u8>> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{more}\r\n"
    );
    Some((head + body).into_bytes())
}
