//! The sockets on which the harness's peers receive token issues.

use super::{
    authority::{self, AuthorityError},
    door::Door,
    inbox::PeerBox,
};
use crate::{
    target::{Peer, PeerKind, Target},
    wire::{Request, Wire},
};
use std::{
    collections::{BTreeMap, HashMap},
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
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

/// The peers of a run, listening. They stop when this is dropped.
pub struct Lab {
    boxes: HashMap<String, Arc<PeerBox>>,
    elsewhere: (String, Arc<Door>),
    traffic: Arc<Traffic>,
    _tasks: JoinSet<()>,
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
        let traffic = Arc::<Traffic>::default();
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
            let door = Door::new(target, &peers)?;
            boxes.extend(door.boxes());
            tasks.spawn(accept(listener, Arc::new(door), traffic.clone()));
        }
        let elsewhere = open_elsewhere(target, &mut tasks).await?;
        Ok(Self {
            boxes,
            elsewhere,
            traffic,
            _tasks: tasks,
        })
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
    let door = Arc::new(Door::without_peers(tls));
    tasks.spawn(accept(listener, door.clone(), Arc::default()));
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

async fn accept(listener: TcpListener, door: Arc<Door>, traffic: Arc<Traffic>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve(stream, door.clone(), traffic.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, door: Arc<Door>, traffic: Arc<Traffic>) {
    lock(&traffic).connections += 1;
    // Without it, Nagle's algorithm adds 40 ms to answers.
    let _ = stream.set_nodelay(true);
    let handshake = tokio::time::timeout(IDLE, door.tls.accept(stream)).await;
    let stream = match handshake {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            let mut seen = lock(&traffic);
            seen.failed_handshakes += 1;
            seen.last_failure = error.to_string();
            return door.note_failed_handshake(&error);
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

fn lock(traffic: &Traffic) -> MutexGuard<'_, Seen> {
    traffic.lock().unwrap_or_else(PoisonError::into_inner)
}
