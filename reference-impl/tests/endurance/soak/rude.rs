//! Servers that misbehave when they are called, as initiators with a token issue and as issuers with a
//! token call.

use std::sync::Arc;
use std::time::Duration;

use axum_server::accept::Accept as _;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use btx_reference::initiator::IssuerEntry;
use btx_reference::issuer::Partner;
use btx_reference::outbound::{OutboundOutcome, OutboundRequest};
use btx_spec::{HttpsUrl, Identifier, Pending, StatusUrl, Timestamp};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};

use crate::lab::{Lab, NEW_YEAR, Place};

/// Longer than the reference waits for anybody.
const PATIENCE: Duration = Duration::from_secs(20);
/// Between two bytes of somebody slow.
const SLOWLY: Duration = Duration::from_millis(20);

/// What a server does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It never answers.
    Silent,
    /// It answers byte by byte, and never comes to an end.
    Drips,
    /// It closes the connection within the head of its answer.
    Closes,
    /// It resets the connection, with the request unread.
    Resets,
    /// The head of its answer never ends.
    EndlessHead,
    /// The body of its answer never ends.
    EndlessBody,
    /// It answers with this status. 204 without a token is wrong for an issuer, and right for an initiator.
    Answers(u16),
    /// It answers 202, also when it is asked for the outcome.
    Postpones,
    /// Its certificate is for another name.
    Stranger,
    /// It takes connections and makes no handshake.
    Mute,
}

/// All manners, each with the name of the host that has it.
const HOSTS: [(&str, Manner); 18] = [
    ("silent.test", Manner::Silent),
    ("drips.test", Manner::Drips),
    ("closes.test", Manner::Closes),
    ("resets.test", Manner::Resets),
    ("endless-head.test", Manner::EndlessHead),
    ("endless-body.test", Manner::EndlessBody),
    ("willing.test", Manner::Answers(204)),
    ("postpones.test", Manner::Postpones),
    ("stranger.test", Manner::Stranger),
    ("mute.test", Manner::Mute),
    ("s200.test", Manner::Answers(200)),
    ("s301.test", Manner::Answers(301)),
    ("s400.test", Manner::Answers(400)),
    ("s404.test", Manner::Answers(404)),
    ("s429.test", Manner::Answers(429)),
    ("s500.test", Manner::Answers(500)),
    ("s503.test", Manner::Answers(503)),
    ("s999.test", Manner::Answers(999)),
];

/// One of the servers, by its name.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) manner: Manner,
    pub(crate) identifier: Identifier,
    host: &'static str,
    url: HttpsUrl,
}

pub(crate) struct Rude {
    pub(crate) servers: Vec<Server>,
    listeners: [std::net::TcpListener; 2],
}

impl Rude {
    /// All hosts are at one address, but for those that have no TLS.
    pub(crate) fn new(lab: &mut Lab) -> Self {
        let (polite, mute) = (Place::new("silent.test"), Place::new("mute.test"));
        let servers = HOSTS.map(|(host, manner)| {
            let address = match manner {
                Manner::Mute => mute.address,
                _ => polite.address,
            };
            let authority = format!("{host}:{}", address.port());
            let origin = format!("https://{authority}");
            lab.resolve.insert(authority, address);
            Server {
                manner,
                identifier: Identifier::parse(&origin).unwrap(),
                host,
                url: HttpsUrl::parse(&format!("{origin}/btx")).unwrap(),
            }
        });
        Self {
            servers: servers.into(),
            listeners: [polite.listener, mute.listener],
        }
    }

    /// As initiators.
    pub(crate) fn partners(&self) -> impl Iterator<Item = Partner> {
        let servers = self.servers.iter();
        servers.map(|server| Partner::new(server.identifier.clone(), server.url.clone()).unwrap())
    }

    /// As issuers, whose token issues are awaited at this URL.
    pub(crate) fn issuers(&self, receives: &HttpsUrl) -> Vec<IssuerEntry> {
        let servers = self.servers.iter();
        let entries = servers.map(|server| IssuerEntry {
            name: server.host.to_owned(),
            identifier: server.identifier.clone(),
            token_call: server.url.clone(),
            receives: receives.clone(),
            asynchronous: None,
        });
        entries.collect()
    }

    /// Serves them all.
    pub(crate) async fn serve(&self, lab: &Lab) {
        let known = HOSTS
            .iter()
            .filter(|(_, manner)| *manner != Manner::Stranger);
        let names: Vec<&str> = known.map(|(host, _)| *host).collect();
        let mut tls = lab.ca.issue(&names).unwrap().as_ref().clone();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let acceptor = RustlsAcceptor::new(RustlsConfig::from_config(Arc::new(tls)));

        let [polite, mute] = self.listeners.each_ref().map(listener);
        let origin = self.servers[7].identifier.to_string();
        tokio::spawn(async move {
            while let Ok((connection, _)) = polite.accept().await {
                tokio::spawn(serve(connection, acceptor.clone(), origin.clone()));
            }
        });
        tokio::spawn(async move {
            while let Ok((mut connection, _)) = mute.accept().await {
                tokio::spawn(async move { until_closed(&mut connection).await });
            }
        });
    }
}

fn listener(listener: &std::net::TcpListener) -> TcpListener {
    let listener = listener.try_clone().unwrap();
    listener.set_nonblocking(true).unwrap();
    TcpListener::from_std(listener).unwrap()
}

async fn serve(connection: TcpStream, acceptor: RustlsAcceptor, postpones_at: String) {
    let Ok((mut stream, ())) = acceptor.accept(connection, ()).await else {
        return;
    };
    loop {
        let Some(request) = Request::read(&mut stream).await else {
            return;
        };
        let host = HOSTS.iter().find(|(host, _)| request.is_for(host));
        let manner = host.unwrap().1;
        if manner == Manner::Resets {
            return;
        }
        request.read_body(&mut stream).await;
        let kept_open = match manner {
            Manner::Answers(status) => write(&mut stream, &head(status, 0)).await,
            Manner::Postpones => write(&mut stream, &pending(&postpones_at)).await,
            _ => misbehave(&mut stream, manner).await,
        };
        if !kept_open {
            return;
        }
    }
}

/// Whether the connection is of use afterwards: it never is.
async fn misbehave(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), manner: Manner) -> bool {
    let endless = match manner {
        Manner::Closes => {
            let _ = write(stream, "HTTP/1.1 204 No Con").await;
            return false;
        }
        Manner::Drips | Manner::EndlessHead => {
            let _ = write(stream, "HTTP/1.1 204 No Content\r\n").await;
            "x-filler: and so on and so forth\r\n"
        }
        Manner::EndlessBody => {
            let _ = write(
                stream,
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            )
            .await;
            "10\r\nand so on and on\r\n"
        }
        _ => {
            until_closed(stream).await;
            return false;
        }
    };
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        for byte in endless.as_bytes().chunks(1) {
            if manner == Manner::Drips {
                let text = std::str::from_utf8(byte).unwrap();
                if !write(stream, text).await {
                    return false;
                }
                sleep(SLOWLY).await;
            }
        }
        if manner != Manner::Drips && !write(stream, endless).await {
            return false;
        }
    }
    false
}

/// What has to be known of a request.
struct Request {
    head: String,
    rest: usize,
}

impl Request {
    async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Self> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        };
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let field = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = field.map_or(0, |length| length.parse().unwrap());
        let rest = length.saturating_sub(bytes.len() - end);
        Some(Self { head, rest })
    }

    fn is_for(&self, host: &str) -> bool {
        self.head.contains(&format!("\r\nhost: {host}"))
    }

    async fn read_body(&self, stream: &mut (impl AsyncRead + Unpin)) {
        let mut rest = vec![0; self.rest];
        // Whoever breaks off within the body gets no answer that matters.
        let _ = stream.read_exact(&mut rest).await;
    }
}

fn head(status: u16, length: usize) -> String {
    let length = match status {
        204 => String::new(),
        _ => format!("content-length: {length}\r\n"),
    };
    format!(
        "HTTP/1.1 {status} So\r\nlocation: https://elsewhere.test/\r\nretry-after: 1\r\n{length}\r\n"
    )
}

fn pending(origin: &str) -> String {
    let pending = Pending {
        status_url: StatusUrl::parse(&format!("{origin}/status/0123456789abcdef0123456789abcdef"))
            .unwrap(),
        exchange_expires_at: Timestamp::from_unix(NEW_YEAR + 365 * 24 * 3600),
    };
    let body = String::from_utf8(pending.to_json()).unwrap();
    let length = body.len();
    format!(
        "HTTP/1.1 202 Accepted\r\ncontent-type: application/json\r\nretry-after: 1\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
}

/// Whether it could be written.
async fn write(stream: &mut (impl AsyncWrite + Unpin), text: &str) -> bool {
    stream.write_all(text.as_bytes()).await.is_ok() && stream.flush().await.is_ok()
}

async fn until_closed(stream: &mut (impl AsyncRead + Unpin)) {
    let mut bytes = [0; 1024];
    while stream.read(&mut bytes).await.is_ok_and(|count| count > 0) {}
}

/// A request that shows a token.
pub(crate) fn with_token(url: &str, token: &str) -> OutboundRequest {
    OutboundRequest::bare(url, Instant::now() + PATIENCE)
        .with("authorization", format!("Bearer {token}"))
}

/// The status of the answer, if one came.
pub(crate) fn status(outcome: OutboundOutcome) -> Option<u16> {
    match outcome {
        OutboundOutcome::Answered(answer) => Some(answer.status),
        OutboundOutcome::NoAnswer(_) | OutboundOutcome::Unreachable(_) => None,
    }
}
