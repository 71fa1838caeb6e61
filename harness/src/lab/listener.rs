//! The sockets on which the harness's peers receive token issues.

use super::{
    IssueAnswer,
    authority::{self, AuthorityError},
    inbox::{Delivery, Lease, Mailbox, PeerBox},
};
use crate::{
    target::{Peer, PeerKind, Target},
    timeline::What,
    wire::{Fields, Request, Response, Wire},
};
use std::{
    collections::{BTreeMap, HashMap},
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// How long a connection may take for its handshake or stay idle.
const IDLE: Duration = Duration::from_secs(60);
/// The pause between the bytes of a peer that trickles.
const TRICKLE: Duration = Duration::from_millis(50);
/// The pause between the portions of a peer that never ends, so that it does not flood the target.
const PORTION: Duration = Duration::from_millis(10);

/// Why the harness cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// An address cannot be bound.
    #[error(
        "the harness cannot listen on {address}: {error}\n  set [harness] listen and the peers' URLs to a free address of this machine"
    )]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// A certificate cannot be made.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
}

/// The peers of a run, listening. They stop when this is dropped.
pub struct Lab {
    boxes: HashMap<String, Arc<PeerBox>>,
    elsewhere: (String, Arc<Door>),
    _tasks: JoinSet<()>,
}

/// One listening socket: the peers behind it, by the path of their receive URL.
struct Door {
    peers: HashMap<String, (String, Arc<PeerBox>)>,
    /// The one peer of a door whose handshakes fail by design.
    sole: Option<(String, Arc<PeerBox>)>,
    /// The requests that were for none of the peers.
    astray: Mutex<Vec<Request>>,
    tls: TlsAcceptor,
}

impl Lab {
    /// Binds the sockets of all peers of the target, but for those that are bound already, and starts
    /// to listen.
    ///
    /// # Errors
    /// When an address cannot be bound or a certificate cannot be made.
    pub async fn open(
        target: &Target,
        bound: Vec<std::net::TcpListener>,
    ) -> Result<Self, ListenError> {
        authority::check(&target.harness.authority)?;
        let mut bound = adopt(bound);
        let mut ports: BTreeMap<SocketAddr, Vec<&Peer>> = BTreeMap::new();
        for peer in &target.peers {
            let address = crate::target::listen_address(target.harness.listen, &peer.receives);
            ports.entry(address).or_default().push(peer);
        }
        let mut boxes = HashMap::new();
        let mut tasks = JoinSet::new();
        for (address, peers) in ports {
            let listener = match bound.remove(&address) {
                Some(listener) => listener,
                None => bind(address).await?,
            };
            let door = door(target, &peers)?;
            boxes.extend(door.peers.values().cloned());
            tasks.spawn(accept(listener, Arc::new(door)));
        }
        let elsewhere = open_elsewhere(target, &mut tasks).await?;
        Ok(Self {
            boxes,
            elsewhere,
            _tasks: tasks,
        })
    }

    /// The box of a peer.
    #[must_use]
    pub fn peer(&self, name: &str) -> Option<Arc<PeerBox>> {
        self.boxes.get(name).cloned()
    }

    /// The base URL of a server of the lab that is nobody's receive URL: where redirects lead.
    #[must_use]
    pub fn elsewhere(&self) -> &str {
        &self.elsewhere.0
    }

    /// Whether a request with that path has reached the server where redirects lead.
    #[must_use]
    pub fn was_reached_elsewhere(&self, path: &str) -> bool {
        let astray = self.elsewhere.1.astray.lock();
        let astray = astray.unwrap_or_else(PoisonError::into_inner);
        astray.iter().any(|request| request.target == path)
    }
}

async fn open_elsewhere(
    target: &Target,
    tasks: &mut JoinSet<()>,
) -> Result<(String, Arc<Door>), ListenError> {
    let listener = bind(SocketAddr::new(target.harness.listen.ip(), 0)).await?;
    let address = listener.local_addr().map_err(|error| ListenError::Bind {
        address: target.harness.listen,
        error,
    })?;
    let names = [address.ip().to_string()];
    let tls = authority::peer_config(&target.harness.authority, PeerKind::Good, &names)?;
    let door = Arc::new(Door {
        peers: HashMap::new(),
        sole: None,
        astray: Mutex::default(),
        tls: TlsAcceptor::from(tls),
    });
    tasks.spawn(accept(listener, door.clone()));
    Ok((format!("https://{address}"), door))
}

/// Sockets that the runtime takes over, by their addresses; one that it cannot take is bound anew.
fn adopt(bound: Vec<std::net::TcpListener>) -> HashMap<SocketAddr, TcpListener> {
    bound
        .into_iter()
        .filter_map(|socket| {
            socket.set_nonblocking(true).ok()?;
            let address = socket.local_addr().ok()?;
            Some((address, TcpListener::from_std(socket).ok()?))
        })
        .collect()
}

async fn bind(address: SocketAddr) -> Result<TcpListener, ListenError> {
    TcpListener::bind(address)
        .await
        .map_err(|error| ListenError::Bind { address, error })
}

fn door(target: &Target, peers: &[&Peer]) -> Result<Door, AuthorityError> {
    let mut names: Vec<String> = peers
        .iter()
        .filter_map(|p| p.receives.host_str())
        .map(|host| host.trim_matches(['[', ']']).to_owned())
        .collect();
    names.sort();
    names.dedup();
    let kind = peers.first().map_or(PeerKind::Good, |p| p.kind);
    let tls = authority::peer_config(&target.harness.authority, kind, &names)?;
    let by_path: HashMap<_, _> = peers
        .iter()
        .map(|p| {
            (
                place(&p.receives),
                (p.name.clone(), Arc::<PeerBox>::default()),
            )
        })
        .collect();
    let sole = match by_path.values().next() {
        Some(only) if !kind.has_sound_certificate() => Some(only.clone()),
        _ => None,
    };
    Ok(Door {
        peers: by_path,
        sole,
        astray: Mutex::default(),
        tls: TlsAcceptor::from(tls),
    })
}

/// What tells the peers behind one door apart: host and path.
fn place(receives: &url::Url) -> String {
    let query = receives
        .query()
        .map(|q| format!("?{q}"))
        .unwrap_or_default();
    let host = receives.host_str().unwrap_or_default();
    format!("{host}{}{query}", receives.path())
}

async fn accept(listener: TcpListener, door: Arc<Door>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve(stream, door.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, door: Arc<Door>) {
    // Without it, Nagle's algorithm adds 40 ms to answers.
    let _ = stream.set_nodelay(true);
    let handshake = tokio::time::timeout(IDLE, door.tls.accept(stream)).await;
    let stream = match handshake {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return note_failed_handshake(&door, &error),
        Err(_) => return,
    };
    let mut wire = Wire::new(stream);
    while let Ok(Ok(request)) = tokio::time::timeout(IDLE, wire.read_request()).await {
        if answer(&mut wire, &door, request).await.is_err() {
            return;
        }
    }
}

fn note_failed_handshake(door: &Door, error: &io::Error) {
    let lease = door
        .sole
        .as_ref()
        .and_then(|(name, peer)| Some((name, peer.current_lease()?)));
    if let Some((name, lease)) = lease {
        lease
            .timeline
            .note("target", name, format!("TLS handshake ended: {error}"));
    }
}

/// Answers one request; an error ends the connection.
async fn answer(
    wire: &mut Wire<TlsStream<TcpStream>>,
    door: &Door,
    request: Request,
) -> io::Result<()> {
    let host = request.fields.get("host").unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.chars().all(|c| c.is_ascii_digit()) {
            name
        } else {
            host
        }
    });
    let place = format!("{host}{}", request.target);
    let Some((name, peer)) = door.peers.get(&place).or(door.sole.as_ref()) else {
        note_astray(door, &place, request);
        return respond(wire, &not_found()).await;
    };
    match peer.find(&request.body) {
        Some(mailbox) => answer_exchange(wire, name, &mailbox, request).await,
        None => {
            if let Some(lease) = peer.current_lease() {
                take_stray(name, peer, &lease, request);
            }
            respond(wire, &not_found()).await
        }
    }
}

/// A request below the receive URL of a peer is that peer's; any other is nobody's.
fn note_astray(door: &Door, place: &str, request: Request) {
    let below = door.peers.iter().find(|(known, _)| {
        place
            .strip_prefix(known.as_str())
            .is_some_and(|rest| rest.starts_with('/'))
    });
    let lease = below.and_then(|(_, (name, peer))| Some((name, peer, peer.current_lease()?)));
    match lease {
        Some((name, peer, lease)) => take_stray(name, peer, &lease, request),
        None => door
            .astray
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(request),
    }
}

fn take_stray(name: &str, peer: &PeerBox, lease: &Lease, request: Request) {
    let what = What::Request(request.target.clone(), request.clone());
    let event = lease.timeline.add("target", name, what);
    peer.stray(lease, Delivery { request, event });
}

async fn answer_exchange(
    wire: &mut Wire<TlsStream<TcpStream>>,
    name: &str,
    mailbox: &Mailbox,
    request: Request,
) -> io::Result<()> {
    let what = What::Request(request.target.clone(), request.clone());
    let event = mailbox.timeline.add("target", name, what);
    let decided = match mailbox.deliver(Delivery { request, event }) {
        IssueAnswer::Hold => match mailbox.released().await {
            Some(response) => IssueAnswer::Respond(response),
            None => IssueAnswer::Close,
        },
        decided => decided,
    };
    let note = |words: &str| {
        mailbox.timeline.note(name, "target", words);
    };
    match decided {
        IssueAnswer::Respond(response) => {
            mailbox
                .timeline
                .add(name, "target", What::Response(response.clone()));
            respond(wire, &response).await
        }
        IssueAnswer::Hold | IssueAnswer::Close => {
            note("closes the connection without an answer");
            wire.stream().shutdown().await?;
            Err(io::ErrorKind::ConnectionAborted.into())
        }
        IssueAnswer::Reset => {
            note("resets the connection");
            wire.stream().get_ref().0.set_zero_linger()?;
            Err(io::ErrorKind::ConnectionReset.into())
        }
        IssueAnswer::Silence => {
            note("says nothing");
            // Whatever comes next on this connection is not read: the peer is silent until the other
            // side gives up.
            let _ = tokio::time::timeout(IDLE, wire.read_request()).await;
            Err(io::ErrorKind::TimedOut.into())
        }
        IssueAnswer::Raw(bytes) => {
            note(&format!(
                "sends {} bytes that are no answer, and closes",
                bytes.len()
            ));
            wire.stream().write_all(&bytes).await?;
            wire.stream().shutdown().await?;
            Err(io::ErrorKind::InvalidData.into())
        }
        IssueAnswer::Trickle(bytes) => {
            note("answers one byte at a time");
            for byte in bytes {
                send(wire, &[byte]).await?;
                tokio::time::sleep(TRICKLE).await;
            }
            Ok(())
        }
        IssueAnswer::Endless(first, more) => {
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

fn not_found() -> Response {
    Response::new(404, Fields::from([("cache-control", "no-store")]), b"")
}

async fn respond(wire: &mut Wire<TlsStream<TcpStream>>, response: &Response) -> io::Result<()> {
    send(wire, &response.to_bytes()).await
}

async fn send(wire: &mut Wire<TlsStream<TcpStream>>, bytes: &[u8]) -> io::Result<()> {
    let stream = wire.stream();
    stream.write_all(bytes).await?;
    stream.flush().await
}
