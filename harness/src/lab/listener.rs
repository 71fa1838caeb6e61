//! The sockets of the lab: those of the peers, the canaries that nobody may come to, and the name server.

use super::{
    authority::{self, AuthorityError},
    door::Door,
    doorway::Doorway,
    inbox::PeerBox,
    jwt::{ClientKeys, Host, HostDoor, Hosts, JwtPeers, PlayedPeer},
    lifecycle::{PlayedIssuer, PlayedSigner, SessionPeers, Signers},
    names::Names,
    oauth,
    played::{Played, ServerBox, ServerDoor},
};
use crate::{
    target::{Peer, PeerKind, Target},
    wire::{Fields, Request, Wire},
};
use std::{
    collections::{BTreeMap, HashMap},
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream, UdpSocket},
    task::JoinSet,
};

/// How long a connection may take for its handshake or stay idle.
pub(super) const IDLE: Duration = Duration::from_secs(60);

/// Why the harness cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// An address cannot be bound.
    #[error(
        "the harness cannot listen on {address}: {error}\n  is another `btx check` running? Otherwise set [harness] listen and the peers' URLs to a free address of this machine"
    )]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// The name server cannot be bound.
    #[error(
        "the name server of the lab cannot listen on {address}: {error}\n  set [harness] dns to a free address of this machine, and tell the target"
    )]
    Dns {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// A certificate cannot be made.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
}

/// What has happened at the sockets of the peers so far.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Connections that were accepted.
    pub connections: usize,
    /// Handshakes that did not come to their end.
    pub failed_handshakes: usize,
    /// How the last one ended.
    pub last_failure: String,
}

/// What has happened at the sockets, as it is counted.
type Traffic = Mutex<Seen>;

/// Sockets of a lab that were bound before it opens.
#[derive(Debug, Default)]
pub struct Sockets {
    /// Those of the peers and the canaries.
    pub tcp: Vec<std::net::TcpListener>,
    /// That of the name server.
    pub dns: Option<std::net::UdpSocket>,
}

/// The peers of a run, listening. They stop when this is dropped.
pub struct Lab {
    boxes: HashMap<String, Arc<PeerBox>>,
    doors: HashMap<String, Arc<Door>>,
    elsewhere: (String, Arc<Door>),
    oauth: oauth::Servers,
    jwt_peers: JwtPeers,
    signers: Signers,
    session_peers: SessionPeers,
    client_keys: Arc<ClientKeys>,
    hosts: Arc<Hosts>,
    names: Names,
    canaries: Vec<IpAddr>,
    unwatched: BTreeMap<IpAddr, String>,
    left_out: BTreeMap<String, String>,
    traffic: Arc<Traffic>,
    tasks: JoinSet<()>,
}

impl Lab {
    /// Binds the sockets of all peers of the target, but for those that are bound already, and starts
    /// to listen.
    ///
    /// # Errors
    /// When an address cannot be bound or a certificate cannot be made. An address of special use that
    /// this system does not have is no error: the lab is smaller then, and says so.
    pub async fn open(target: &Target, bound: Sockets) -> Result<Self, ListenError> {
        authority::check(&target.harness.authority)?;
        let traffic = Arc::<Traffic>::default();
        let mut tcp = adopt(bound.tcp);
        let mut ports: BTreeMap<SocketAddr, Vec<&Peer>> = BTreeMap::new();
        for peer in &target.peers {
            ports
                .entry(target.harness.place_of(peer))
                .or_default()
                .push(peer);
        }
        let (listener, url, door) = open_elsewhere(target).await?;
        let mut lab = Self {
            boxes: HashMap::new(),
            doors: HashMap::new(),
            elsewhere: (url, door.clone()),
            oauth: oauth::Servers::default(),
            jwt_peers: JwtPeers::default(),
            signers: Signers::default(),
            session_peers: SessionPeers::default(),
            client_keys: Arc::default(),
            hosts: Arc::default(),
            names: Names::default(),
            canaries: target.harness.canaries.clone(),
            unwatched: BTreeMap::new(),
            left_out: BTreeMap::new(),
            traffic,
            tasks: JoinSet::new(),
        };
        lab.listen(listener, door, false);
        for (address, peers) in ports {
            lab.open_door(target, address, &peers, &mut tcp).await?;
        }
        let servers = target.oauth.peers.clone();
        for server in lab.open_servers(target, servers, &mut tcp).await? {
            lab.oauth.add(server);
        }
        let keys = lab.client_keys.clone();
        let peers = target.jwt.peers.iter().map(|peer| PlayedPeer {
            peer: peer.clone(),
            keys: keys.clone(),
        });
        for peer in lab.open_servers(target, peers.collect(), &mut tcp).await? {
            lab.jwt_peers.add(peer);
        }
        lab.open_hosts(target, &mut tcp).await?;
        lab.open_issuers(target, &mut tcp).await?;
        lab.open_names(target, bound.dns).await?;
        Ok(lab)
    }

    async fn open_door(
        &mut self,
        target: &Target,
        address: SocketAddr,
        peers: &[&Peer],
        bound: &mut HashMap<SocketAddr, TcpListener>,
    ) -> Result<(), ListenError> {
        let kind = peers.first().map_or(PeerKind::Good, |p| p.kind);
        let listener = match (take_or_bind(address, bound).await, kind) {
            (Ok(listener), _) => listener,
            (Err(error), PeerKind::SpecialUse) => {
                let names = peers.iter().map(|p| p.name.clone());
                let why = format!("this system cannot listen on {address}: {error}");
                self.left_out.extend(names.map(|name| (name, why.clone())));
                return Ok(());
            }
            (Err(error), _) => return Err(ListenError::Bind { address, error }),
        };
        let door = Arc::new(Door::new(target, peers)?);
        self.boxes.extend(door.boxes());
        let names = peers.iter().map(|p| p.name.clone());
        self.doors.extend(names.map(|name| (name, door.clone())));
        let watched = kind == PeerKind::SpecialUse;
        self.listen(listener, door.clone(), watched);
        if kind == PeerKind::Named {
            for canary in self.canaries.clone() {
                let address = SocketAddr::new(canary, address.port());
                match take_or_bind(address, bound).await {
                    Ok(listener) => self.listen(listener, door.clone(), true),
                    Err(error) => {
                        self.canaries.retain(|c| *c != canary);
                        self.unwatched.insert(canary, format!("{address}: {error}"));
                    }
                }
            }
        }
        Ok(())
    }

    /// Opens the doors of servers, one for each port, and gives the servers.
    async fn open_servers<T: Played>(
        &mut self,
        target: &Target,
        peers: Vec<T>,
        bound: &mut HashMap<SocketAddr, TcpListener>,
    ) -> Result<Vec<Arc<ServerBox<T>>>, ListenError> {
        let mut ports: BTreeMap<SocketAddr, Vec<&T>> = BTreeMap::new();
        for peer in &peers {
            let place = target.harness.place_at(peer.base());
            ports.entry(place).or_default().push(peer);
        }
        let mut servers = Vec::new();
        for (address, peers) in ports {
            let failed = |error| ListenError::Bind { address, error };
            let listener = take_or_bind(address, bound).await.map_err(failed)?;
            let door = Arc::new(ServerDoor::new(target, &peers)?);
            servers.extend(door.servers());
            self.listen(listener, door, false);
        }
        Ok(servers)
    }

    /// Opens the doors of the issuers for a resource, and of those for a caller.
    async fn open_issuers(
        &mut self,
        target: &Target,
        bound: &mut HashMap<SocketAddr, TcpListener>,
    ) -> Result<(), ListenError> {
        let signers = target.lifecycle.signers.iter().cloned();
        let signers = signers.map(PlayedSigner::new).collect();
        for signer in self.open_servers(target, signers, bound).await? {
            self.signers.add(signer);
        }
        let peers = target.lifecycle.peers.iter().cloned();
        let peers = peers.map(PlayedIssuer::new).collect();
        for peer in self.open_servers(target, peers, bound).await? {
            self.session_peers.add(peer);
        }
        Ok(())
    }

    /// Opens the doors of the hosts of documents, and watches the canaries at the ports of two of them.
    async fn open_hosts(
        &mut self,
        target: &Target,
        bound: &mut HashMap<SocketAddr, TcpListener>,
    ) -> Result<(), ListenError> {
        let Some(documents) = &target.jwt.documents else {
            return Ok(());
        };
        for (host, url) in HostDoor::places(documents) {
            let address = target.harness.place_at(url);
            let failed = |error| ListenError::Bind { address, error };
            let listener = take_or_bind(address, bound).await.map_err(failed)?;
            let door = HostDoor::new(target, self.hosts.clone(), host, url, &self.canaries)?;
            let door = Arc::new(door);
            self.listen(listener, door.clone(), false);
            if !matches!(host, Host::Main | Host::Named) {
                continue;
            }
            for canary in self.canaries.clone() {
                let address = SocketAddr::new(canary, address.port());
                // Where it cannot be watched a scenario that needs it says so.
                if let Ok(listener) = take_or_bind(address, bound).await {
                    self.hosts.watch(address);
                    self.listen(listener, door.clone(), true);
                }
            }
        }
        Ok(())
    }

    fn listen(&mut self, listener: TcpListener, door: Arc<impl Doorway>, watched: bool) {
        let accepting = accept(listener, door, self.traffic.clone(), watched);
        self.tasks.spawn(accepting);
    }

    /// Starts the name server, with all peers at the address of the harness.
    async fn open_names(
        &mut self,
        target: &Target,
        bound: Option<std::net::UdpSocket>,
    ) -> Result<(), ListenError> {
        for peer in &target.peers {
            if let Some(url::Host::Domain(name)) = peer.receives.host() {
                self.names
                    .lead(name, vec![vec![target.harness.listen.ip()]]);
            }
        }
        let Some(address) = target.harness.dns else {
            return Ok(());
        };
        let failed = |error| ListenError::Dns { address, error };
        let socket = match bound {
            Some(socket) => {
                socket.set_nonblocking(true).map_err(failed)?;
                UdpSocket::from_std(socket).map_err(failed)?
            }
            None => UdpSocket::bind(address).await.map_err(failed)?,
        };
        self.tasks.spawn(self.names.clone().serve(socket));
        Ok(())
    }

    /// The hosts of clients' documents.
    #[must_use]
    pub fn hosts(&self) -> &Arc<Hosts> {
        &self.hosts
    }

    /// The resources that take service JWTs.
    #[must_use]
    pub fn jwt_peers(&self) -> &JwtPeers {
        &self.jwt_peers
    }

    /// The issuers whose keys a resource fetches.
    #[must_use]
    pub fn signers(&self) -> &Signers {
        &self.signers
    }

    /// The issuers at which a caller logs in.
    #[must_use]
    pub fn session_peers(&self) -> &SessionPeers {
        &self.session_peers
    }

    /// The keys of the client under test.
    #[must_use]
    pub fn client_keys(&self) -> &ClientKeys {
        &self.client_keys
    }

    /// The authorization servers of the lab.
    #[must_use]
    pub fn oauth(&self) -> &oauth::Servers {
        &self.oauth
    }

    /// The names of the lab.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The addresses that the target must not connect to and at which the lab watches.
    #[must_use]
    pub fn canaries(&self) -> &[IpAddr] {
        &self.canaries
    }

    /// The canaries at which the lab cannot watch, each with the reason.
    #[must_use]
    pub fn unwatched(&self) -> &BTreeMap<IpAddr, String> {
        &self.unwatched
    }

    /// The peers that this system has no address for, each with the reason.
    #[must_use]
    pub fn left_out(&self) -> &BTreeMap<String, String> {
        &self.left_out
    }

    /// Lets another peer in behind the door of one that listens.
    #[must_use]
    pub fn admit(&self, host: &str, guest: &Peer) -> Option<Arc<PeerBox>> {
        self.doors.get(host).map(|door| door.admit(guest))
    }

    /// What has happened at the sockets of the peers so far.
    #[must_use]
    pub fn seen(&self) -> Seen {
        lock(&self.traffic).clone()
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

    /// The requests with that path that have reached the server where redirects lead.
    #[must_use]
    pub fn asked_elsewhere(&self, path: &str) -> Vec<Request> {
        self.elsewhere.1.requests_for(path)
    }

    /// Whether a request with that path has reached the server where redirects lead.
    #[must_use]
    pub fn was_reached_elsewhere(&self, path: &str) -> bool {
        !self.asked_elsewhere(path).is_empty()
    }
}

/// The server where redirects lead, and the socket on which it is going to listen.
async fn open_elsewhere(target: &Target) -> Result<(TcpListener, String, Arc<Door>), ListenError> {
    let wanted = SocketAddr::new(target.harness.listen.ip(), 0);
    let failed = |error| ListenError::Bind {
        address: wanted,
        error,
    };
    let listener = TcpListener::bind(wanted).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let names = [address.ip().to_string()];
    let tls = authority::peer_config(&target.harness.authority, PeerKind::Good, &names)?;
    let door = Arc::new(Door::without_peers(tls));
    Ok((listener, format!("https://{address}"), door))
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

async fn take_or_bind(
    address: SocketAddr,
    bound: &mut HashMap<SocketAddr, TcpListener>,
) -> io::Result<TcpListener> {
    match bound.remove(&address) {
        Some(listener) => Ok(listener),
        None => TcpListener::bind(address).await,
    }
}

async fn accept(
    listener: TcpListener,
    door: Arc<impl Doorway>,
    traffic: Arc<Traffic>,
    watched: bool,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve(stream, door.clone(), traffic.clone(), watched));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(
    mut stream: TcpStream,
    door: Arc<impl Doorway>,
    traffic: Arc<Traffic>,
    watched: bool,
) {
    lock(&traffic).connections += 1;
    if watched && let Ok(address) = stream.local_addr() {
        door.note_canary(address);
    }
    door.note_connection();
    // Without it, Nagle's algorithm adds 40 ms to answers.
    let _ = stream.set_nodelay(true);
    let Some(tls) = door.tls().cloned() else {
        return door.hang(&mut stream).await;
    };
    if let Some(request) = without_tls(&stream).await {
        return door.note_plain(request);
    }
    let handshake = tokio::time::timeout(IDLE, tls.accept(stream)).await;
    let stream = match handshake {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            let mut seen = lock(&traffic);
            seen.failed_handshakes += 1;
            seen.last_failure = error.to_string();
            return door.note_handshake(&format!("TLS handshake ended: {error}"));
        }
        Err(_) => return,
    };
    let mut wire = Wire::new(stream);
    while let Ok(Ok(request)) = tokio::time::timeout(IDLE, wire.read_request()).await {
        if door.answer(&mut wire, request).await.is_err() {
            return;
        }
    }
}

/// The head of a request that comes without TLS, if that is what comes.
async fn without_tls(stream: &TcpStream) -> Option<Request> {
    let mut first = [0; 2048];
    let size = tokio::time::timeout(IDLE, stream.peek(&mut first)).await;
    let head = first.get(..size.ok()?.ok()?)?;
    // TLS begins with the type of its first record, which is no letter.
    if !head.first()?.is_ascii_alphabetic() {
        return None;
    }
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let host = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("host").then(|| value.trim())
    });
    Some(Request {
        method: method.to_owned(),
        target: target.to_owned(),
        fields: Fields::from([("host", host.unwrap_or_default())]),
        body: Vec::new(),
    })
}

fn lock(traffic: &Traffic) -> MutexGuard<'_, Seen> {
    traffic.lock().unwrap_or_else(PoisonError::into_inner)
}
