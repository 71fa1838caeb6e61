//! The servers of a lab, and to which scenario what comes to them belongs.

use super::{super::reception::Reception, Played};
use crate::{timeline::Timeline, wire::Request};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

/// The servers of a lab, by their names.
pub struct Servers<T: Played>(HashMap<String, Arc<ServerBox<T>>>);

impl<T: Played> Default for Servers<T> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<T: Played> Servers<T> {
    /// A server.
    #[must_use]
    pub fn server(&self, name: &str) -> Option<Arc<ServerBox<T>>> {
        self.0.get(name).cloned()
    }

    /// Takes another in.
    pub(in crate::lab) fn add(&mut self, server: Arc<ServerBox<T>>) {
        self.0.insert(server.peer.name().to_owned(), server);
    }
}

/// A server that the harness plays.
pub struct ServerBox<T: Played> {
    /// What the target file says of it.
    pub peer: T,
    /// Of those before the last one only what comes with one of their tokens.
    leases: Mutex<Vec<Arc<ServerLease<T::Place>>>>,
}

/// A server as one scenario has it.
pub struct ServerLease<P> {
    /// The timeline of the scenario.
    pub timeline: Timeline,
    /// What came, and what it is answered.
    pub desk: Reception<P>,
    connections: AtomicUsize,
    sound: AtomicBool,
}

impl<P: Copy + Eq + std::hash::Hash> ServerLease<P> {
    fn new(timeline: Timeline) -> Arc<Self> {
        Arc::new(Self {
            timeline,
            desk: Reception::default(),
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

impl<T: Played> ServerBox<T> {
    /// A server that no scenario has had yet.
    #[must_use]
    pub fn new(peer: T) -> Self {
        Self {
            peer,
            leases: Mutex::new(vec![ServerLease::new(Timeline::default())]),
        }
    }

    /// Begins a lease: what comes from now on belongs to this scenario, unless it has a token of another.
    pub fn lease(&self, timeline: Timeline) -> Arc<ServerLease<T::Place>> {
        let lease = ServerLease::new(timeline);
        self.lock().push(lease.clone());
        lease
    }

    /// Joins in without a lease of its own: only what comes with one of its tokens belongs to this scenario.
    pub fn share(&self, timeline: Timeline) -> Arc<ServerLease<T::Place>> {
        let lease = ServerLease::new(timeline);
        let mut leases = self.lock();
        let before_last = leases.len().saturating_sub(1);
        leases.insert(before_last, lease.clone());
        drop(leases);
        lease
    }

    /// The lease that began last.
    pub(super) fn current(&self) -> Arc<ServerLease<T::Place>> {
        let leases = self.lock();
        // There is one from the beginning.
        let last = leases.last().cloned();
        drop(leases);
        last.unwrap_or_else(|| ServerLease::new(Timeline::default()))
    }

    /// The lease that a request belongs to: by the token in it, or else the one that began last.
    pub(in crate::lab) fn lease_of(
        &self,
        place: T::Place,
        request: &Request,
    ) -> Arc<ServerLease<T::Place>> {
        let of_token = T::token_in(place, request).and_then(|token| {
            let leases = self.lock();
            leases.iter().rev().find(|l| l.desk.has(&token)).cloned()
        });
        of_token.unwrap_or_else(|| self.current())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<ServerLease<T::Place>>>> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
