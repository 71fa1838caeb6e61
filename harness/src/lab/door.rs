//! One listening socket: which peer a request is for, and at which of its places.

use super::{
    PeerAnswer,
    authority::{self, AuthorityError},
    desk::Visit,
    doorway::Doorway,
    inbox::{Delivery, Lease, Mailbox, PeerBox},
    listener::IDLE,
    perform::{Connection, perform, respond},
};
use crate::{
    target::{Peer, PeerKind, Target},
    timeline::{EventId, What},
    wire::{Fields, Request, Response},
};
use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard},
    time::Instant,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::TlsAcceptor;
use url::Url;

/// The peers behind one listening socket.
pub(super) struct Door {
    places: RwLock<HashMap<String, Place>>,
    /// Below which host and path everything is a stranger's, whatever is asked for there.
    strangers: RwLock<Vec<(String, Place)>>,
    /// The one peer of a door that is not shared: whatever happens there is its own.
    sole: Option<Place>,
    /// The requests that were for none of the peers.
    astray: Mutex<Vec<Request>>,
    /// What goes through with handshakes; nothing does at a door that leaves them hanging.
    tls: Option<TlsAcceptor>,
    /// The same with a sound certificate, where that of the door is not and a scenario wants it to be.
    sound: Option<TlsAcceptor>,
    /// Whether a connection ends with its first answer, so that the next request needs a new one: the name
    /// of the peer is looked up again, and its certificate is looked at again.
    closing: bool,
}

/// A place of a peer, at which requests arrive.
#[derive(Clone)]
struct Place {
    name: String,
    peer: Arc<PeerBox>,
    entrance: Entrance,
}

/// What arrives at a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entrance {
    TokenIssues,
    TokenCalls,
    Statuses,
    Api,
}

impl Door {
    /// The door of these peers, which all show one kind of certificate.
    pub(super) fn new(target: &Target, peers: &[&Peer]) -> Result<Self, AuthorityError> {
        let hosts = peers.iter().filter_map(|p| p.receives.host_str());
        let mut names: Vec<String> = hosts
            .map(|h| h.trim_matches(['[', ']']).to_owned())
            .collect();
        names.sort();
        names.dedup();
        let kind = peers.first().map_or(PeerKind::Good, |p| p.kind);
        let showing = |kind| {
            let config = authority::peer_config(&target.harness.authority, kind, &names);
            config.map(TlsAcceptor::from)
        };
        let tls = match kind {
            PeerKind::StalledTls => None,
            kind => Some(showing(kind)?),
        };
        let sound = match kind.has_a_faulty_certificate() {
            true => Some(showing(PeerKind::Good)?),
            false => None,
        };
        let mut door = Self {
            places: RwLock::default(),
            strangers: RwLock::default(),
            sole: None,
            astray: Mutex::default(),
            tls,
            closing: kind == PeerKind::Named || sound.is_some(),
            sound,
        };
        for peer in peers {
            door.admit(peer);
        }
        if let [only] = peers
            && !kind.shares_its_port()
        {
            door.sole = door.place(&place_of(&only.receives));
        }
        Ok(door)
    }

    /// Makes place for a peer.
    pub(super) fn admit(&self, peer: &Peer) -> Arc<PeerBox> {
        let inbox = Arc::<PeerBox>::default();
        let at = |entrance| Place {
            name: peer.name.clone(),
            peer: inbox.clone(),
            entrance,
        };
        let mut places = self.places.write().unwrap_or_else(PoisonError::into_inner);
        places.insert(place_of(&peer.receives), at(Entrance::TokenIssues));
        if !peer.registered
            && let Ok(identifier) = Url::parse(&peer.identifier)
        {
            let mut strangers = self
                .strangers
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            strangers.push((place_of(&identifier), at(Entrance::TokenIssues)));
        }
        if let Some(issuer) = &peer.as_issuer {
            places.insert(place_of(&issuer.token_call), at(Entrance::TokenCalls));
            places.insert(place_of(&issuer.status()), at(Entrance::Statuses));
            places.insert(place_of(&issuer.api()), at(Entrance::Api));
        }
        inbox
    }

    /// A door behind which nobody is.
    pub(super) fn without_peers(tls: Arc<rustls::ServerConfig>) -> Self {
        Self {
            places: RwLock::default(),
            strangers: RwLock::default(),
            sole: None,
            astray: Mutex::default(),
            tls: Some(TlsAcceptor::from(tls)),
            sound: None,
            closing: false,
        }
    }

    /// The boxes of the peers, by their names.
    pub(super) fn boxes(&self) -> Vec<(String, Arc<PeerBox>)> {
        self.known()
            .values()
            .map(|p| (p.name.clone(), p.peer.clone()))
            .collect()
    }

    /// The requests with that target that were for none of the peers.
    pub(super) fn requests_for(&self, target: &str) -> Vec<Request> {
        let astray = self.astray.lock().unwrap_or_else(PoisonError::into_inner);
        astray
            .iter()
            .filter(|r| r.target == target)
            .cloned()
            .collect()
    }

    fn sole_lease(&self) -> Option<(&Place, Arc<Lease>)> {
        let place = self.sole.as_ref()?;
        Some((place, place.peer.current_lease()?))
    }

    fn known(&self) -> RwLockReadGuard<'_, HashMap<String, Place>> {
        self.places.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The place for a host with a request target: the exact one, or that of the status URLs below it.
    fn place(&self, key: &str) -> Option<Place> {
        let places = self.known();
        let status = || {
            let place = places.get(key.rsplit_once('/')?.0)?;
            (place.entrance == Entrance::Statuses).then_some(place)
        };
        let place = places.get(key).or_else(status).or(self.sole.as_ref());
        place.cloned()
    }

    /// A request below a place of a peer, or where a stranger is, is that one's; any other is nobody's.
    fn note_astray(&self, key: &str, request: Request) {
        let within = |(known, place): (&String, &Place)| {
            let rest = key.strip_prefix(known.as_str())?;
            (rest.is_empty() || rest.starts_with('/')).then(|| place.clone())
        };
        let strangers = self
            .strangers
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let below = self.known().iter().find_map(within);
        let below = below.or_else(|| strangers.iter().map(|(k, p)| (k, p)).find_map(within));
        drop(strangers);
        match below.and_then(|place| Some((place.clone(), place.peer.current_lease()?))) {
            Some((place, lease)) => place.take_stray(&lease, request),
            None => {
                let mut astray = self.astray.lock().unwrap_or_else(PoisonError::into_inner);
                astray.push(request);
            }
        }
    }
}

impl Doorway for Door {
    /// What goes through with the next handshake, unless it is left hanging.
    fn tls(&self) -> Option<&TlsAcceptor> {
        let wants_sound = || self.sole_lease().is_some_and(|(_, lease)| lease.is_sound());
        match &self.sound {
            Some(sound) if wants_sound() => Some(sound),
            _ => self.tls.as_ref(),
        }
    }

    /// A handshake that failed, or hangs, at a door that is one peer's belongs to its scenario.
    fn note_handshake(&self, words: &str) {
        if let Some((place, lease)) = self.sole_lease() {
            lease.timeline.note("target", &place.name, words);
        }
    }

    /// Leaves a handshake hanging until the other side gives up, or the harness does.
    async fn hang(&self, stream: &mut TcpStream) {
        let begun = Instant::now();
        let lease = self.sole_lease().map(|(place, lease)| {
            let words = "the TLS handshake is left hanging";
            let event = lease.timeline.note("target", &place.name, words);
            let number = lease.hang(event);
            (lease, number)
        });
        let mut buffer = [0; 1024];
        let given_up = async { while matches!(stream.read(&mut buffer).await, Ok(1..)) {} };
        let given_up = tokio::time::timeout(IDLE, given_up).await;
        if let (Some((lease, number)), Ok(())) = (lease, given_up) {
            lease.give_up(number, begun.elapsed());
        }
    }

    /// A connection at a door that is one peer's belongs to its scenario.
    fn note_connection(&self) {
        if let Some((_, lease)) = self.sole_lease() {
            lease.connect();
        }
    }

    /// A request that came without TLS is not answered, and still belongs to whom it was for.
    fn note_plain(&self, request: Request) {
        let key = format!("{}{}", host(&request), request.target);
        match self.place(&key) {
            Some(place) => place.note_plain(request),
            None => self.note_astray(&key, request),
        }
    }

    /// A connection to a canary belongs to the scenario that has the peer, whatever comes of it.
    fn note_canary(&self, address: SocketAddr) {
        if let Some((place, lease)) = self.sole_lease() {
            let words = format!("connects to {address}, which is not public");
            let event = lease.timeline.note("target", &place.name, words);
            lease.touch(event);
        }
    }

    /// Answers one request; an error ends the connection.
    async fn answer(&self, wire: &mut Connection, request: Request) -> io::Result<()> {
        let key = format!("{}{}", host(&request), request.target);
        let Some(place) = self.place(&key) else {
            self.note_astray(&key, request);
            return respond(wire, &not_found()).await;
        };
        match place.entrance {
            Entrance::TokenIssues => place.take_issue(wire, request, self.closing).await,
            _ => place.at_the_desk(wire, request, self.closing).await,
        }
    }
}

impl Place {
    /// A token issue: its exchange decides what it is answered.
    async fn take_issue(
        &self,
        wire: &mut Connection,
        request: Request,
        closing: bool,
    ) -> io::Result<()> {
        match self.peer.find(&request.body) {
            Some(mailbox) => self.deliver(wire, &mailbox, request, closing).await,
            None => {
                // A token issue for no exchange of the scenario's is accepted: an issuer that has taken a
                // call which it should have refused is to go on to its end, and be seen.
                if let Some(lease) = self.peer.current_lease() {
                    self.take_stray(&lease, request);
                }
                respond(wire, &Response::new(204, Fields::default(), b"")).await
            }
        }
    }

    async fn deliver(
        &self,
        wire: &mut Connection,
        mailbox: &Mailbox,
        request: Request,
        closing: bool,
    ) -> io::Result<()> {
        let what = What::Request(request.target.clone(), request.clone());
        let event = mailbox.timeline.add("target", &self.name, what);
        let decided = match mailbox.deliver(Delivery { request, event }) {
            PeerAnswer::Hold => match mailbox.released().await {
                Some(response) => PeerAnswer::Respond(response),
                None => PeerAnswer::Close,
            },
            decided => decided,
        };
        let decided = finally(decided, closing);
        perform(wire, &self.name, &mailbox.timeline, decided).await?;
        go_on(wire, closing).await
    }

    /// What comes to an issuer: token calls, requests for the status, calls of its API.
    async fn at_the_desk(
        &self,
        wire: &mut Connection,
        request: Request,
        closing: bool,
    ) -> io::Result<()> {
        let lease = match self.entrance {
            Entrance::Statuses => {
                let segment = request.target.rsplit('/').next().unwrap_or_default();
                self.peer.lease_of_status(segment)
            }
            _ => self.peer.current_lease(),
        };
        let Some(lease) = lease else {
            return respond(wire, &not_found()).await;
        };
        let event = self.note(&lease, &request);
        let visit = Visit {
            request,
            event,
            at: Instant::now(),
        };
        let decided = match self.entrance {
            Entrance::TokenCalls => {
                let waiting = lease.desk.take_call(visit);
                waiting.await.unwrap_or(PeerAnswer::Close)
            }
            Entrance::Statuses => lease.desk.take_poll(visit),
            Entrance::Api | Entrance::TokenIssues => lease.desk.take_use(visit),
        };
        let decided = finally(decided, closing);
        perform(wire, &self.name, &lease.timeline, decided).await?;
        go_on(wire, closing).await
    }

    fn note_plain(&self, request: Request) {
        let segment = request.target.rsplit('/').next().unwrap_or_default();
        let Some(lease) = self.peer.lease_of_status(segment) else {
            return;
        };
        lease
            .timeline
            .note("target", &self.name, "sends a request without TLS");
        match self.entrance {
            Entrance::Statuses => {
                let event = self.note(&lease, &request);
                let at = Instant::now();
                lease.desk.take_poll(Visit { request, event, at });
            }
            _ => self.take_stray(&lease, request),
        }
    }

    fn take_stray(&self, lease: &Lease, request: Request) {
        let event = self.note(lease, &request);
        self.peer.stray(lease, Delivery { request, event });
    }

    fn note(&self, lease: &Lease, request: &Request) -> EventId {
        let what = What::Request(request.target.clone(), request.clone());
        lease.timeline.add("target", &self.name, what)
    }
}

/// A response says if it is the last one on its connection.
pub(super) fn finally(mut decided: PeerAnswer, closing: bool) -> PeerAnswer {
    if let (PeerAnswer::Respond(response), true) = (&mut decided, closing) {
        response.fields.set("connection", "close".to_owned());
    }
    decided
}

/// Whether a connection takes more requests.
pub(super) async fn go_on(wire: &mut Connection, closing: bool) -> io::Result<()> {
    if closing {
        wire.stream().shutdown().await?;
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    Ok(())
}

/// What tells the places behind one door apart: host and request target.
fn place_of(url: &Url) -> String {
    let query = url.query().map(|q| format!("?{q}")).unwrap_or_default();
    format!(
        "{}{}{query}",
        url.host_str().unwrap_or_default(),
        url.path()
    )
}

/// The host that a request names, without its port.
pub(super) fn host(request: &Request) -> &str {
    let host = request.fields.get("host").unwrap_or_default();
    match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) => name,
        _ => host,
    }
}

pub(super) fn not_found() -> Response {
    Response::new(404, Fields::from([("cache-control", "no-store")]), b"")
}
