//! Requests of the harness to the target: one connection each, no redirects, every byte known.

use crate::{
    target::Target,
    wire::{Fields, ReadError, Request, Response, Wire},
};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use std::{collections::BTreeMap, io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf},
    net::TcpStream,
    sync::oneshot,
};
use tokio_rustls::TlsConnector;
use url::Url;

/// How long a connection to the target may take.
const CONNECT: Duration = Duration::from_secs(5);

/// The size of a small piece of a body: several make a message.
const SMALL: usize = 64;
/// How many pieces a body has at most.
const PIECES: usize = 32;

/// A request that the harness is going to send.
#[derive(Debug)]
pub struct Outgoing {
    /// Where to.
    pub url: Url,
    /// The request.
    pub request: Request,
    /// How the body is sent.
    pub pace: Pace,
}

/// How a body is sent.
#[derive(Debug)]
pub enum Pace {
    /// As one piece.
    Whole,
    /// All but the last byte, and that one when told to.
    LastByteLater(oneshot::Receiver<()>),
    /// In small pieces, each a record of TLS of its own.
    Pieces,
    /// In chunks, without saying how long it is.
    Chunked,
    /// Half of the head, and then the connection is closed.
    HalfTheHead,
    /// The head and half of the body, and then the connection is closed.
    HalfTheBody,
    /// As one piece; the connection is closed with the first byte of the answer, which is lost so.
    UntilAnswered,
    /// As one piece; the connection is closed when told to, whether or not an answer has come.
    UntilTold(oneshot::Receiver<()>),
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A complete response came.
    Answered(Response),
    /// The request was sent, at least in part, and no complete response came.
    NoAnswer(ReadError),
    /// There was no connection to send it on.
    NotConnected(ConnectError),
    /// The time of the scenario was over.
    TimedOut,
}

/// Why there is no connection to the target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// Nobody listens there, or the name is not known.
    #[error("{0} cannot be reached: {1}")]
    Unreachable(String, String),
    /// Somebody listens, and does not speak TLS.
    #[error("{0} does not speak TLS: {1}")]
    NotTls(String, String),
    /// The certificate is not trusted.
    #[error("the certificate of {0} is not trusted: {1}")]
    Untrusted(String, String),
    /// The handshake failed otherwise.
    #[error("the TLS handshake with {0} failed: {1}")]
    Handshake(String, String),
}

/// Why the harness cannot call at all.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The certificates of the authority are not usable.
    #[error("no usable certificate in it: {0}")]
    Unusable(String),
}

/// Calls the target.
#[derive(Clone)]
pub struct Caller {
    tls: TlsConnector,
    connect: BTreeMap<String, String>,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl Caller {
    /// A caller that trusts what the target file says.
    ///
    /// # Errors
    /// When the certificates of the file are not usable.
    pub fn new(target: &Target) -> Result<Self, TrustError> {
        Self::trusting(&target.trust, target.connect.clone())
    }

    /// A caller that trusts these authorities, as PEM, or those of the system if there are none, and finds
    /// these places elsewhere.
    ///
    /// # Errors
    /// When the certificates are not usable.
    pub fn trusting(trust: &[u8], connect: BTreeMap<String, String>) -> Result<Self, TrustError> {
        let unusable = |e: &dyn std::fmt::Display| TrustError::Unusable(e.to_string());
        let mut roots = RootCertStore::empty();
        if trust.is_empty() {
            let system = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(system.certs);
        } else {
            for certificate in CertificateDer::pem_slice_iter(trust) {
                let certificate = certificate.map_err(|e| unusable(&e))?;
                roots.add(certificate).map_err(|e| unusable(&e))?;
            }
            if roots.is_empty() {
                return Err(unusable(&"it holds no PEM certificate"));
            }
        }
        let mut config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            tls: TlsConnector::from(Arc::new(config)),
            connect,
        })
    }

    /// Sends a request and reads the response, no longer than `patience`.
    pub async fn call(&self, outgoing: Outgoing, patience: Duration) -> Outcome {
        match tokio::time::timeout(patience, self.converse(outgoing)).await {
            Ok(outcome) => outcome,
            Err(_) => Outcome::TimedOut,
        }
    }

    async fn converse(&self, outgoing: Outgoing) -> Outcome {
        let stream = match self.connect(&outgoing.url).await {
            Ok(stream) => stream,
            Err(error) => return Outcome::NotConnected(error),
        };
        let (reading, writing) = tokio::io::split(stream);
        let method = outgoing.request.method.clone();
        let loses_the_answer = matches!(outgoing.pace, Pace::UntilAnswered);
        // Both at once: a server may answer, and close, before it has read everything.
        let writing = async {
            if write(writing, outgoing).await == Then::HangUp {
                return Err(ReadError::Io("btx closed the connection".to_owned()));
            }
            std::future::pending().await
        };
        let reading = async {
            if loses_the_answer {
                return lose(reading).await;
            }
            read(reading, &method).await
        };
        let answer = tokio::select! {
            answer = reading => answer,
            answer = writing => answer,
        };
        match answer {
            Ok(response) => Outcome::Answered(response),
            Err(error) => Outcome::NoAnswer(error),
        }
    }

    /// Connects to where a URL really is.
    ///
    /// # Errors
    /// When nobody listens there, or TLS fails.
    async fn connect(&self, url: &Url) -> Result<Box<dyn Stream>, ConnectError> {
        let tcp = self.reach(url).await?;
        if url.scheme() == "http" {
            return Ok(Box::new(tcp));
        }
        let place = self.place(url);
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let name = ServerName::try_from(host.to_owned())
            .map_err(|e| ConnectError::Unreachable(place.clone(), e.to_string()))?;
        match tokio::time::timeout(CONNECT, self.tls.connect(name, tcp)).await {
            Ok(Ok(stream)) => Ok(Box::new(stream)),
            Ok(Err(error)) => Err(classify(place, &error)),
            Err(_) => Err(ConnectError::Handshake(
                place,
                "no answer in 5 seconds".to_owned(),
            )),
        }
    }

    /// A TCP connection to where a URL really is.
    ///
    /// # Errors
    /// When nobody listens there.
    pub async fn reach(&self, url: &Url) -> Result<TcpStream, ConnectError> {
        let place = self.place(url);
        let unreachable =
            |e: &dyn std::fmt::Display| ConnectError::Unreachable(place.clone(), e.to_string());
        match tokio::time::timeout(CONNECT, TcpStream::connect(&place)).await {
            Ok(Ok(stream)) => {
                let _ = stream.set_nodelay(true);
                Ok(stream)
            }
            Ok(Err(error)) => Err(unreachable(&error)),
            Err(_) => Err(unreachable(&"no answer in 5 seconds")),
        }
    }

    fn place(&self, url: &Url) -> String {
        let port = url.port_or_known_default().unwrap_or(443);
        let named = format!("{}:{port}", url.host_str().unwrap_or_default());
        self.connect.get(&named).cloned().unwrap_or(named)
    }
}

fn classify(place: String, error: &io::Error) -> ConnectError {
    let words = error.to_string();
    match error
        .get_ref()
        .and_then(|e| e.downcast_ref::<rustls::Error>())
    {
        Some(rustls::Error::InvalidCertificate(_)) => ConnectError::Untrusted(place, words),
        Some(rustls::Error::InvalidMessage(_)) => ConnectError::NotTls(place, words),
        _ => ConnectError::Handshake(place, words),
    }
}

async fn read(stream: ReadHalf<Box<dyn Stream>>, method: &str) -> Result<Response, ReadError> {
    Wire::new(stream).read_response(method).await
}

/// Waits for the first byte of an answer, and throws it away with all that follows.
async fn lose(mut stream: ReadHalf<Box<dyn Stream>>) -> Result<Response, ReadError> {
    let _ = stream.read(&mut [0]).await;
    Err(ReadError::Io("btx lost the answer".to_owned()))
}

/// What follows when a request was written.
#[derive(PartialEq, Eq)]
enum Then {
    Wait,
    HangUp,
}

/// Writes as much as the other side takes: whether it took all is seen by its answer.
async fn write(mut stream: WriteHalf<Box<dyn Stream>>, outgoing: Outgoing) -> Then {
    let mut request = outgoing.request;
    let mut then = Then::Wait;
    let written: io::Result<()> = async {
        match outgoing.pace {
            Pace::Whole | Pace::UntilAnswered => {
                stream.write_all(&request.head()).await?;
                stream.write_all(&request.body).await?;
            }
            Pace::Pieces => {
                stream.write_all(&request.head()).await?;
                for piece in pieces(&request.body) {
                    stream.flush().await?;
                    stream.write_all(piece).await?;
                }
            }
            Pace::LastByteLater(told) => {
                stream.write_all(&request.head()).await?;
                let last = request.body.pop();
                stream.write_all(&request.body).await?;
                stream.flush().await?;
                if told.await.is_ok() {
                    stream.write_all(last.as_slice()).await?;
                }
            }
            Pace::HalfTheHead => {
                then = Then::HangUp;
                let head = request.head();
                stream.write_all(half(&head)).await?;
            }
            Pace::HalfTheBody => {
                then = Then::HangUp;
                stream.write_all(&request.head()).await?;
                stream.write_all(half(&request.body)).await?;
            }
            Pace::UntilTold(told) => {
                stream.write_all(&request.head()).await?;
                stream.write_all(&request.body).await?;
                stream.flush().await?;
                // Who drops the other end wants the answer after all.
                if told.await.is_ok() {
                    then = Then::HangUp;
                }
            }
            Pace::Chunked => {
                request.fields.remove("content-length");
                request.fields.set("transfer-encoding", "chunked");
                stream.write_all(&request.head()).await?;
                for piece in pieces(&request.body) {
                    stream
                        .write_all(format!("{:x}\r\n", piece.len()).as_bytes())
                        .await?;
                    stream.write_all(piece).await?;
                    stream.write_all(b"\r\n").await?;
                }
                stream.write_all(b"0\r\n\r\n").await?;
            }
        }
        stream.flush().await
    }
    .await;
    // A failure to write is no outcome by itself: what counts is what comes back.
    drop(written);
    then
}

/// A body in pieces, which are small unless there would be too many.
fn pieces(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    body.chunks(SMALL.max(body.len().div_ceil(PIECES)))
}

fn half(bytes: &[u8]) -> &[u8] {
    bytes.get(..bytes.len() / 2).unwrap_or_default()
}

/// A request of that method to a URL, with the fields that every request has.
#[must_use]
pub fn request_to(url: &Url, method: &str, fields: Fields, body: Vec<u8>) -> Request {
    let mut all = Fields::from([
        ("connection", "close"),
        ("user-agent", concat!("btx/", env!("CARGO_PKG_VERSION"))),
    ]);
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
        None => url.host_str().unwrap_or_default().to_owned(),
    };
    all.set("host", host);
    if fields.get("host").is_some() {
        all.remove("host");
    }
    for (name, value) in fields.iter() {
        all.push(name, value);
    }
    if !body.is_empty() || method == "POST" {
        all.set("content-length", body.len().to_string());
    }
    let query = url.query().map(|q| format!("?{q}")).unwrap_or_default();
    Request {
        method: method.to_owned(),
        target: format!("{}{query}", url.path()),
        fields: all,
        body,
    }
}
