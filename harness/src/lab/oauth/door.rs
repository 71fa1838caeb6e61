//! One listening socket of servers: which of them a request is for, and at which of its places.

use super::{
    super::{
        PeerAnswer, Visit,
        authority::{self, AuthorityError},
        door::{finally, go_on, host, not_found},
        doorway::Doorway,
        listener::IDLE,
        perform::{Connection, perform, respond},
    },
    Place, ServerAnswer, ServerBox, ServerLease, sound,
};
use crate::{
    target::{PeerKind, Target, oauth::ServerPeer},
    timeline::{EventId, What},
    wire::Request,
};
use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Instant, SystemTime},
};
use tokio::{io::AsyncReadExt as _, net::TcpStream};
use tokio_rustls::TlsAcceptor;
use url::Url;

/// The servers behind one listening socket.
pub(in crate::lab) struct ServerDoor {
    places: HashMap<String, (Arc<ServerBox>, Place)>,
    /// Below which host and path everything is a server's.
    below: Vec<(String, Arc<ServerBox>)>,
    /// The one server of a door that is not shared.
    sole: Option<Arc<ServerBox>>,
    tls: TlsAcceptor,
    /// The same with a sound certificate, where that of the door is not and a scenario wants it to be.
    sound: Option<TlsAcceptor>,
}

impl ServerDoor {
    /// The door of these servers, which all show one kind of certificate.
    pub(in crate::lab) fn new(
        target: &Target,
        peers: &[&ServerPeer],
    ) -> Result<Self, AuthorityError> {
        let hosts = peers.iter().filter_map(|p| p.issuer.host_str());
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
    pub(in crate::lab) fn servers(&self) -> impl Iterator<Item = Arc<ServerBox>> {
        self.below.iter().map(|(_, server)| server.clone())
    }

    fn admit(&mut self, peer: &ServerPeer) {
        let server = Arc::new(ServerBox::new(peer.clone()));
        let places = [
            (peer.token(), Place::Token),
            (peer.jwks(), Place::Jwks),
            (peer.introspection(), Place::Introspection),
            (sound::metadata_url(&peer.issuer), Place::Metadata),
            (peer.api(), Place::Api),
        ];
        for (url, place) in places {
            let key = key_of(url.host_str().unwrap_or_default(), url.path());
            self.places.insert(key, (server.clone(), place));
        }
        let issuer = key_of(
            peer.issuer.host_str().unwrap_or_default(),
            peer.issuer.path(),
        );
        self.below.push((issuer, server));
    }

    /// The server that a request is for, and the place.
    fn find(&self, request: &Request) -> Option<(Arc<ServerBox>, Place)> {
        let path = path_of(&request.target);
        let key = key_of(host(request), &path);
        if let Some(found) = self.places.get(&key) {
            return Some(found.clone());
        }
        let below_api = self.places.iter().find(|(place, (_, what))| {
            *what == Place::Api && is_below(&key, place) && key.len() > place.len()
        });
        if let Some((_, found)) = below_api {
            return Some(found.clone());
        }
        let below = self.below.iter().find(|(issuer, _)| is_below(&key, issuer));
        let server = below.map(|(_, server)| server).or(self.sole.as_ref());
        server.map(|server| (server.clone(), Place::Other))
    }

    fn sole_lease(&self) -> Option<(&ServerBox, Arc<ServerLease>)> {
        let server = self.sole.as_ref()?;
        Some((server, server.current()))
    }
}

impl Doorway for ServerDoor {
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
            lease.timeline.note("target", &server.peer.name, words);
        }
    }

    fn note_plain(&self, request: Request) {
        if let Some((server, place)) = self.find(&request) {
            let lease = server.lease_of(place, &request);
            let words = "sends a request without TLS";
            lease.timeline.note("target", &server.peer.name, words);
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
            ServerAnswer::Altered(alter) => alter(soundly(&server, &lease, place, &asked)?),
            ServerAnswer::Sound | ServerAnswer::Held => {
                PeerAnswer::Respond(soundly(&server, &lease, place, &asked)?)
            }
        };
        let decided = finally(decided, closing);
        perform(wire, &server.peer.name, &lease.timeline, decided).await?;
        go_on(wire, closing).await
    }
}

/// What a sound server answers; a token that it gives is one of the scenario from then on.
fn soundly(
    server: &ServerBox,
    lease: &ServerLease,
    place: Place,
    request: &Request,
) -> io::Result<crate::wire::Response> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|e| io::Error::other(e.to_string()))?;
    let asked = sound::Asked {
        peer: &server.peer,
        request,
        now: SystemTime::now(),
        random: &random,
    };
    Ok(match place {
        Place::Token => match sound::token(&asked) {
            Ok(token) => {
                lease.desk.give(&token);
                sound::token_answer(&token)
            }
            Err(refusal) => refusal,
        },
        Place::Jwks => sound::jwks(&server.peer),
        Place::Introspection => sound::introspection(&asked, |token| lease.desk.known(token)),
        Place::Metadata => sound::metadata(&server.peer),
        Place::Api => sound::api(&asked, |token| lease.desk.has(token)),
        Place::Other => not_found(),
    })
}

fn note(server: &ServerBox, lease: &ServerLease, request: &Request) -> EventId {
    let what = What::Request(request.target.clone(), request.clone());
    lease.timeline.add("target", &server.peer.name, what)
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
