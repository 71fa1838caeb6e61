//! One listening socket of servers: which of them a request is for, and at which of its places.

use super::{
    super::reception::ServerAnswer,
    super::{
        PeerAnswer, Visit,
        authority::{self, AuthorityError},
        door::{finally, go_on, host, not_found},
        doorway::Doorway,
        listener::IDLE,
        perform::{Connection, perform, respond},
    },
    Played, ServerBox, ServerLease,
};
use crate::{
    target::{PeerKind, Target},
    timeline::{EventId, What},
    wire::Request,
};
use std::{collections::HashMap, io, net::SocketAddr, sync::Arc, time::Instant};
use tokio::{io::AsyncReadExt as _, net::TcpStream};
use tokio_rustls::TlsAcceptor;
use url::Url;

/// A server as one scenario has it.
type Lease<T> = Arc<ServerLease<<T as Played>::Place>>;

/// The servers behind one listening socket.
pub(in crate::lab) struct ServerDoor<T: Played> {
    places: HashMap<String, (Arc<ServerBox<T>>, T::Place)>,
    /// Below which host and path everything is a server's.
    below: Vec<(String, Arc<ServerBox<T>>)>,
    /// The one server of a door that is not shared.
    sole: Option<Arc<ServerBox<T>>>,
    tls: TlsAcceptor,
    /// The same with a sound certificate, where that of the door is not and a scenario wants it to be.
    sound: Option<TlsAcceptor>,
}

impl<T: Played> ServerDoor<T> {
    /// The door of these servers, which all show one kind of certificate.
    pub(in crate::lab) fn new(target: &Target, peers: &[&T]) -> Result<Self, AuthorityError> {
        let hosts = peers.iter().filter_map(|p| p.base().host_str());
        let mut names: Vec<String> = hosts
            .map(|h| h.trim_matches(['[', ']']).to_owned())
            .collect();
        names.sort();
        names.dedup();
        let kind = peers.first().map_or(PeerKind::Good, |p| p.kind());
        let showing = |kind| {
            let config = authority::peer_config(&target.harness.authority, kind, &names);
            config.map(TlsAcceptor::from)
        };
        let mut door = Self {
            places: HashMap::new(),
            below: Vec::new(),
            sole: None,
            tls: showing(kind)?,
            sound: match kind.has_a_faulty_certificate() {
                true => Some(showing(PeerKind::Good)?),
                false => None,
            },
        };
        for peer in peers {
            door.admit(peer);
        }
        if let [(_, only)] = door.below.as_slice() {
            door.sole = Some(only.clone());
        }
        Ok(door)
    }

    /// The servers behind it.
    pub(in crate::lab) fn servers(&self) -> impl Iterator<Item = Arc<ServerBox<T>>> {
        self.below.iter().map(|(_, server)| server.clone())
    }

    fn admit(&mut self, peer: &T) {
        let server = Arc::new(ServerBox::new(peer.clone()));
        for (url, place) in peer.places() {
            let key = key_of(url.host_str().unwrap_or_default(), url.path());
            self.places.insert(key, (server.clone(), place));
        }
        let issuer = key_of(
            peer.base().host_str().unwrap_or_default(),
            peer.base().path(),
        );
        self.below.push((issuer, server));
    }

    /// The server that a request is for, and the place.
    fn find(&self, request: &Request) -> Option<(Arc<ServerBox<T>>, T::Place)> {
        let path = path_of(&request.target);
        let key = key_of(host(request), &path);
        if let Some(found) = self.places.get(&key) {
            return Some(found.clone());
        }
        let below_api = self.places.iter().find(|(place, (_, what))| {
            *what == T::API && is_below(&key, place) && key.len() > place.len()
        });
        if let Some((_, found)) = below_api {
            return Some(found.clone());
        }
        let below = self.below.iter().find(|(issuer, _)| is_below(&key, issuer));
        let server = below.map(|(_, server)| server).or(self.sole.as_ref());
        server.map(|server| (server.clone(), T::OTHER))
    }

    fn sole_lease(&self) -> Option<(&ServerBox<T>, Lease<T>)> {
        let server = self.sole.as_ref()?;
        Some((server, server.current()))
    }
}

impl<T: Played> Doorway for ServerDoor<T> {
    fn tls(&self) -> Option<&TlsAcceptor> {
        let wants_sound = || self.sole_lease().is_some_and(|(_, lease)| lease.is_sound());
        match &self.sound {
            Some(sound) if wants_sound() => Some(sound),
            _ => Some(&self.tls),
        }
    }

    fn note_connection(&self) {
        if let Some((_, lease)) = self.sole_lease() {
            lease.connect();
        }
    }

    fn note_canary(&self, _: SocketAddr) {}

    fn note_handshake(&self, words: &str) {
        if let Some((server, lease)) = self.sole_lease() {
            lease.timeline.note("target", server.peer.name(), words);
        }
    }

    fn note_plain(&self, request: Request) {
        if let Some((server, place)) = self.find(&request) {
            let lease = server.lease_of(place, &request);
            let words = "sends a request without TLS";
            lease.timeline.note("target", server.peer.name(), words);
            let event = note(&server, &lease, &request);
            let at = Instant::now();
            drop(lease.desk.take(place, Visit { request, event, at }));
        }
    }

    /// No door of servers leaves a handshake hanging; this one would wait until the other side gives up.
    async fn hang(&self, stream: &mut TcpStream) {
        let _ = tokio::time::timeout(IDLE, stream.read(&mut [0])).await;
    }

    async fn answer(&self, wire: &mut Connection, request: Request) -> io::Result<()> {
        let Some((server, place)) = self.find(&request) else {
            return respond(wire, &not_found()).await;
        };
        // The certificate is looked at again for each request where it can be another.
        let closing = self.sound.is_some();
        let lease = server.lease_of(place, &request);
        let event = note(&server, &lease, &request);
        let asked = request.clone();
        let at = Instant::now();
        let waiting = lease.desk.take(place, Visit { request, event, at });
        let decided = match waiting.await.unwrap_or(ServerAnswer::Sound) {
            ServerAnswer::Fixed(answer) => answer,
            ServerAnswer::Altered(alter) => {
                alter(server.peer.soundly(&lease.desk, place, &asked).await?)
            }
            ServerAnswer::Sound | ServerAnswer::Held => {
                PeerAnswer::Respond(server.peer.soundly(&lease.desk, place, &asked).await?)
            }
        };
        let decided = finally(decided, closing);
        perform(wire, server.peer.name(), &lease.timeline, decided).await?;
        go_on(wire, closing).await
    }
}

fn note<T: Played>(
    server: &ServerBox<T>,
    lease: &ServerLease<T::Place>,
    request: &Request,
) -> EventId {
    let what = What::Request(request.target.clone(), request.clone());
    lease.timeline.add("target", server.peer.name(), what)
}

/// What tells places apart: host and path, without a slash at the end.
fn key_of(host: &str, path: &str) -> String {
    format!("{host}{}", path.trim_end_matches('/'))
}

/// The path of a request target, in whichever form it has.
fn path_of(target: &str) -> String {
    if let Ok(url) = Url::parse(target) {
        return url.path().to_owned();
    }
    target
        .split(['?', '#'])
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn is_below(key: &str, place: &str) -> bool {
    let rest = key.strip_prefix(place);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
