//! The servers of a lab, and to which scenario what comes to them belongs.

use super::{Desk, Place};
use crate::{target::oauth::ServerPeer, timeline::Timeline, wire::Request};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

/// The servers of a lab, by their names.
#[derive(Default)]
pub struct Servers(HashMap<String, Arc<ServerBox>>);

impl Servers {
    /// A server.
    #[must_use]
    pub fn server(&self, name: &str) -> Option<Arc<ServerBox>> {
        self.0.get(name).cloned()
    }

    /// Takes another in.
    pub(in crate::lab) fn add(&mut self, server: Arc<ServerBox>) {
        self.0.insert(server.peer.name.clone(), server);
    }
}

/// A server that the harness plays.
pub struct ServerBox {
    /// What the target file says of it.
    pub peer: ServerPeer,
    /// Of those before the last one only what comes with one of their tokens.
    leases: Mutex<Vec<Arc<ServerLease>>>,
}

/// A server as one scenario has it.
pub struct ServerLease {
    /// The timeline of the scenario.
    pub timeline: Timeline,
    /// What came, and what it is answered.
    pub desk: Desk,
    connections: AtomicUsize,
    sound: AtomicBool,
}

impl ServerLease {
    fn new(timeline: Timeline) -> Arc<Self> {
        Arc::new(Self {
            timeline,
            desk: Desk::default(),
            connections: AtomicUsize::new(0),
            sound: AtomicBool::new(false),
        })
    }

    /// How many connections there were, at a port that is the server's alone.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Lets a server whose certificate is faulty show a sound one, or the faulty one again, from the next
    /// handshake on. Once the lease is over, the faulty one is shown.
    pub fn show_sound_certificate(&self, sound: bool) {
        self.sound.store(sound, Ordering::Relaxed);
    }

    /// Whether a sound certificate is to be shown.
    pub(super) fn is_sound(&self) -> bool {
        self.sound.load(Ordering::Relaxed)
    }

    pub(super) fn connect(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }
}

impl ServerBox {
    /// A server that no scenario has had yet.
    #[must_use]
    pub fn new(peer: ServerPeer) -> Self {
        Self {
            peer,
            leases: Mutex::new(vec![ServerLease::new(Timeline::default())]),
        }
    }

    /// Begins a lease: what comes from now on belongs to this scenario, unless it has a token of another.
    pub fn lease(&self, timeline: Timeline) -> Arc<ServerLease> {
        let lease = ServerLease::new(timeline);
        self.lock().push(lease.clone());
        lease
    }

    /// Joins in without a lease of its own: only what comes with one of its tokens belongs to this scenario.
    pub fn share(&self, timeline: Timeline) -> Arc<ServerLease> {
        let lease = ServerLease::new(timeline);
        let mut leases = self.lock();
        let before_last = leases.len().saturating_sub(1);
        leases.insert(before_last, lease.clone());
        drop(leases);
        lease
    }

    /// The lease that began last.
    pub(super) fn current(&self) -> Arc<ServerLease> {
        let leases = self.lock();
        // There is one from the beginning.
        let last = leases.last().cloned();
        drop(leases);
        last.unwrap_or_else(|| ServerLease::new(Timeline::default()))
    }

    /// The lease that a request belongs to: by the token in it, or else the one that began last.
    pub(super) fn lease_of(&self, place: Place, request: &Request) -> Arc<ServerLease> {
        let token = match place {
            Place::Introspection => form_value(&request.body, "token"),
            Place::Api => bearer(request),
            _ => None,
        };
        let of_token = token.and_then(|token| {
            let leases = self.lock();
            leases.iter().rev().find(|l| l.desk.has(&token)).cloned()
        });
        of_token.unwrap_or_else(|| self.current())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<ServerLease>>> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A value of a form, read leniently: it decides only to whom the request is shown.
pub(super) fn form_value(body: &[u8], name: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(body);
    pairs
        .find(|(n, _)| n == name)
        .map(|(_, value)| value.into_owned())
}

/// The token in the field that is there for it, read leniently.
pub(super) fn bearer(request: &Request) -> Option<String> {
    let field = request.fields.get("authorization")?;
    let (scheme, token) = field.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        server_peers::{Counts, Layout, propose},
        wire::Fields,
    };
    use btx_spec::jose::KeySet;
    use serde_json::Map;
    use std::net::SocketAddr;

    fn server() -> ServerBox {
        let layout = Layout::consecutive(SocketAddr::from(([127, 0, 0, 1], 9463))).unwrap();
        let counts = Counts {
            secret: 1,
            assertion: 0,
            discovery: 0,
        };
        let nobody = Arc::new(KeySet::of(Vec::new()));
        let mut proposed = propose(counts, &layout, None, &nobody).unwrap();
        ServerBox::new(proposed.remove(0).peer)
    }

    fn question(token: &str) -> Request {
        Request {
            method: "POST".to_owned(),
            target: "/o1/introspect".to_owned(),
            fields: Fields::default(),
            body: format!("token={token}").into_bytes(),
        }
    }

    #[test]
    fn a_question_belongs_to_the_scenario_whose_token_it_is_about() {
        let server = server();
        let first = server.lease(Timeline::default());
        first.desk.know("of-the-first", Map::new());
        let second = server.lease(Timeline::default());
        let shared = server.share(Timeline::default());
        shared.desk.know("of-the-shared", Map::new());
        for (token, expected) in [
            ("of-the-first", &first),
            ("of-the-shared", &shared),
            ("of-nobody", &second),
        ] {
            let found = server.lease_of(Place::Introspection, &question(token));
            assert!(Arc::ptr_eq(&found, expected), "{token}");
        }
    }
}
