//! One listening socket: which peer a request is for, and at which of its places.

use super::{
    PeerAnswer,
    authority::{self, AuthorityError},
    desk::Visit,
    inbox::{Delivery, Lease, Mailbox, PeerBox},
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
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};
use tokio_rustls::TlsAcceptor;
use url::Url;

/// The peers behind one listening socket.
pub(super) struct Door {
    places: HashMap<String, Place>,
    /// The one peer of a door whose handshakes fail by design.
    sole: Option<Place>,
    /// The requests that were for none of the peers.
    astray: Mutex<Vec<Request>>,
    pub(super) tls: TlsAcceptor,
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
        let tls = authority::peer_config(&target.harness.authority, kind, &names)?;
        let mut places = HashMap::new();
        for peer in peers {
            let inbox = Arc::<PeerBox>::default();
            let at = |entrance| Place {
                name: peer.name.clone(),
                peer: inbox.clone(),
                entrance,
            };
            places.insert(place_of(&peer.receives), at(Entrance::TokenIssues));
            if let Some(issuer) = &peer.as_issuer {
                places.insert(place_of(&issuer.token_call), at(Entrance::TokenCalls));
                places.insert(place_of(&issuer.status()), at(Entrance::Statuses));
                places.insert(place_of(&issuer.api()), at(Entrance::Api));
            }
        }
        let sole = match peers {
            [only] if !kind.has_sound_certificate() => {
                places.get(&place_of(&only.receives)).cloned()
            }
            _ => None,
        };
        Ok(Self {
            places,
            sole,
            astray: Mutex::default(),
            tls: TlsAcceptor::from(tls),
        })
    }

    /// A door behind which nobody is.
    pub(super) fn without_peers(tls: Arc<rustls::ServerConfig>) -> Self {
        Self {
            places: HashMap::new(),
            sole: None,
            astray: Mutex::default(),
            tls: TlsAcceptor::from(tls),
        }
    }

    /// The boxes of the peers, by their names.
    pub(super) fn boxes(&self) -> impl Iterator<Item = (String, Arc<PeerBox>)> {
        self.places
            .values()
            .map(|p| (p.name.clone(), p.peer.clone()))
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

    /// A handshake that a peer with a faulty certificate has seen fail belongs to its scenario.
    pub(super) fn note_failed_handshake(&self, error: &io::Error) {
        let place = self.sole.as_ref();
        if let Some((place, lease)) = place.and_then(|p| Some((p, p.peer.current_lease()?))) {
            let words = format!("TLS handshake ended: {error}");
            lease.timeline.note("target", &place.name, words);
        }
    }

    /// Answers one request; an error ends the connection.
    pub(super) async fn answer(&self, wire: &mut Connection, request: Request) -> io::Result<()> {
        let key = format!("{}{}", host(&request), request.target);
        let Some(place) = self.place(&key) else {
            self.note_astray(&key, request);
            return respond(wire, &not_found()).await;
        };
        match place.entrance {
            Entrance::TokenIssues => place.take_issue(wire, request).await,
            _ => place.at_the_desk(wire, request).await,
        }
    }

    /// The place for a host with a request target: the exact one, or that of the status URLs below it.
    fn place(&self, key: &str) -> Option<&Place> {
        let status = || {
            let place = self.places.get(key.rsplit_once('/')?.0)?;
            (place.entrance == Entrance::Statuses).then_some(place)
        };
        self.places.get(key).or_else(status).or(self.sole.as_ref())
    }

    /// A request below a place of a peer is that peer's; any other is nobody's.
    fn note_astray(&self, key: &str, request: Request) {
        let below = self.places.iter().find(|(known, _)| {
            key.strip_prefix(known.as_str())
                .is_some_and(|rest| rest.starts_with('/'))
        });
        match below.and_then(|(_, place)| Some((place, place.peer.current_lease()?))) {
            Some((place, lease)) => place.take_stray(&lease, request),
            None => {
                let mut astray = self.astray.lock().unwrap_or_else(PoisonError::into_inner);
                astray.push(request);
            }
        }
    }
}

impl Place {
    /// A token issue: its exchange decides what it is answered.
    async fn take_issue(&self, wire: &mut Connection, request: Request) -> io::Result<()> {
        match self.peer.find(&request.body) {
            Some(mailbox) => self.deliver(wire, &mailbox, request).await,
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
        perform(wire, &self.name, &mailbox.timeline, decided).await
    }

    /// What comes to an issuer: token calls, requests for the status, calls of its API.
    async fn at_the_desk(&self, wire: &mut Connection, request: Request) -> io::Result<()> {
        let Some(lease) = self.peer.current_lease() else {
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
        perform(wire, &self.name, &lease.timeline, decided).await
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
fn host(request: &Request) -> &str {
    let host = request.fields.get("host").unwrap_or_default();
    match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) => name,
        _ => host,
    }
}

fn not_found() -> Response {
    Response::new(404, Fields::from([("cache-control", "no-store")]), b"")
}
