//! The hosts of clients' documents: their doors, and to whose desk a request belongs.
//!
//! The first segment of a path is a client's own, at whichever host. So nothing has to be leased, except where
//! connections without a request matter.

use super::{
    super::{
        PeerAnswer,
        authority::{self, AuthorityError},
        door::{finally, go_on, host, not_found},
        doorway::Doorway,
        listener::IDLE,
        perform::{Connection, perform, respond},
    },
    DocPlace, DocumentDesk, HostAnswer,
};
use crate::{
    target::{PeerKind, Target, jwt::Documents},
    timeline::What,
    wire::Request,
};
use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::AsyncReadExt as _,
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_rustls::TlsAcceptor;
use url::Url;

/// The last segment of the URL of a document.
pub(super) const DOCUMENT: &str = "/client.json";
/// The last segment of the URL of a key set.
pub(super) const KEYS: &str = "/jwks.json";

/// A host of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Host {
    /// The one of most clients.
    Main,
    /// Another origin.
    Elsewhere,
    /// One with a faulty certificate.
    Faulty(PeerKind),
    /// One that never goes through with the TLS handshake.
    Stalled,
    /// One whose name the lab leads wherever a scenario wants; each client has a name of its own.
    Named,
}

/// The hosts of a lab, with the clients that are published there.
pub struct Hosts {
    desks: Mutex<HashMap<String, Arc<DocumentDesk>>>,
    /// Who has the ports at which connections are counted.
    alone: Mutex<HashMap<Host, Arc<DocumentDesk>>>,
    quiet: Arc<Semaphore>,
    canaries: Mutex<Vec<SocketAddr>>,
    touched: AtomicUsize,
}

impl Default for Hosts {
    fn default() -> Self {
        Self {
            desks: Mutex::default(),
            alone: Mutex::default(),
            quiet: Arc::new(Semaphore::new(1)),
            canaries: Mutex::default(),
            touched: AtomicUsize::new(0),
        }
    }
}

impl Hosts {
    /// Publishes a client below a segment of its own.
    pub fn publish(&self, host: Host, segment: &str, desk: &Arc<DocumentDesk>) {
        lock(&self.desks).insert(segment.to_owned(), desk.clone());
        lock(&self.alone).insert(host, desk.clone());
    }

    /// Waits until no other scenario looks at connections without a request: those to a canary, or to a host
    /// that never goes through with the handshake.
    ///
    /// # Errors
    /// When the run is over.
    pub async fn alone(&self) -> Result<OwnedSemaphorePermit, String> {
        let permit = self.quiet.clone().acquire_owned().await;
        permit.map_err(|_| "the run is over".to_owned())
    }

    /// The addresses at which it is watched that nobody comes for a document.
    #[must_use]
    pub fn canaries(&self) -> Vec<SocketAddr> {
        lock(&self.canaries).clone()
    }

    /// Says that it is watched there.
    pub(in crate::lab) fn watch(&self, address: SocketAddr) {
        lock(&self.canaries).push(address);
    }

    /// How many connections have come to those addresses so far.
    #[must_use]
    pub fn touched(&self) -> usize {
        self.touched.load(Ordering::Relaxed)
    }

    /// The desk below whose segment a path is.
    fn find(&self, path: &str) -> Option<Arc<DocumentDesk>> {
        let segment = path.trim_start_matches('/').split('/').next()?;
        lock(&self.desks).get(segment).cloned()
    }
}

/// Below this a client has its document and its keys once more, where no scenario alters them.
const MOVED: &str = "/moved/";

/// What stands behind the socket of a host.
pub(in crate::lab) struct HostDoor {
    hosts: Arc<Hosts>,
    host: Host,
    name: String,
    tls: Option<TlsAcceptor>,
}

impl HostDoor {
    /// The door of a host.
    ///
    /// # Errors
    /// When its certificate cannot be made.
    pub(in crate::lab) fn new(
        target: &Target,
        hosts: Arc<Hosts>,
        host: Host,
        url: &Url,
        others: &[IpAddr],
    ) -> Result<Self, AuthorityError> {
        let name = url.host_str().unwrap_or_default();
        let name = name.trim_matches(['[', ']']).to_owned();
        let mut names = vec![name.clone()];
        names.extend(others.iter().map(IpAddr::to_string));
        let kind = match host {
            Host::Faulty(kind) => Some(kind),
            Host::Stalled => None,
            Host::Named => {
                names.push(format!("*.{name}"));
                Some(PeerKind::Named)
            }
            Host::Main | Host::Elsewhere => Some(PeerKind::Good),
        };
        let showing = |kind| {
            let config = authority::peer_config(&target.harness.authority, kind, &names);
            config.map(TlsAcceptor::from)
        };
        Ok(Self {
            hosts,
            host,
            name,
            tls: kind.map(showing).transpose()?,
        })
    }

    /// The hosts of a target file, each with its URL.
    pub(in crate::lab) fn places(documents: &Documents) -> Vec<(Host, &Url)> {
        let mut places = vec![
            (Host::Main, &documents.main),
            (Host::Elsewhere, &documents.elsewhere),
            (Host::Stalled, &documents.stalled),
        ];
        let faulty = documents.faulty.iter();
        places.extend(faulty.map(|(kind, url)| (Host::Faulty(*kind), url)));
        places.extend(documents.named.iter().map(|url| (Host::Named, url)));
        places
    }

    fn place_of(&self, path: &str, desk: &DocumentDesk) -> DocPlace {
        if desk.host != self.host || path.contains(MOVED) {
            return DocPlace::Elsewhere;
        }
        match path.rfind('/').and_then(|at| path.get(at..)) {
            Some(DOCUMENT) => DocPlace::Document,
            Some(KEYS) => DocPlace::Keys,
            _ => DocPlace::Other,
        }
    }

    /// Takes a request in and says what was decided, with what a sound host would answer.
    async fn decide(&self, desk: &DocumentDesk, request: Request) -> PeerAnswer {
        let path = path_of(&request.target).to_owned();
        let place = self.place_of(&path, desk);
        let name = host(&request).to_owned();
        let what = What::Request(request.target.clone(), request.clone());
        let event = desk.timeline.add("target", &name, what);
        let method = request.method.clone();
        let waiting = desk.take(place, request, event);
        let soundly = || desk.soundly(place, &path, &method);
        match waiting.await.unwrap_or(HostAnswer::Sound) {
            HostAnswer::Fixed(answer) => answer,
            HostAnswer::Altered(alter) => alter(soundly()),
            HostAnswer::Sound | HostAnswer::Held => PeerAnswer::Respond(soundly()),
        }
    }

    fn sole(&self) -> Option<Arc<DocumentDesk>> {
        lock(&self.hosts.alone).get(&self.host).cloned()
    }
}

impl Doorway for HostDoor {
    fn tls(&self) -> Option<&TlsAcceptor> {
        self.tls.as_ref()
    }

    fn note_connection(&self) {
        if let Some(desk) = self.sole() {
            desk.connect();
        }
    }

    fn note_canary(&self, _: SocketAddr) {
        self.hosts.touched.fetch_add(1, Ordering::Relaxed);
    }

    fn note_handshake(&self, words: &str) {
        if let (Some(desk), Host::Faulty(_)) = (self.sole(), self.host) {
            desk.timeline.note("target", &self.name, words);
        }
    }

    fn note_plain(&self, request: Request) {
        if let Some(desk) = self.hosts.find(path_of(&request.target)) {
            let words = "sends a request without TLS";
            let event = desk.timeline.note("target", &self.name, words);
            drop(desk.take(DocPlace::Other, request, event));
        }
    }

    async fn hang(&self, stream: &mut TcpStream) {
        let mut buffer = [0; 1024];
        let given_up = async { while matches!(stream.read(&mut buffer).await, Ok(1..)) {} };
        let _ = tokio::time::timeout(IDLE, given_up).await;
    }

    async fn answer(&self, wire: &mut Connection, request: Request) -> io::Result<()> {
        let Some(desk) = self.hosts.find(path_of(&request.target)) else {
            return respond(wire, &not_found()).await;
        };
        let name = host(&request).to_owned();
        let decided = finally(self.decide(&desk, request).await, false);
        perform(wire, &name, &desk.timeline, decided).await?;
        go_on(wire, false).await
    }
}

/// The path of a request target.
fn path_of(target: &str) -> &str {
    target.split(['?', '#']).next().unwrap_or_default()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
