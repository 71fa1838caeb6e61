//! Peers that are leased to one scenario at a time, so that all scenarios can run at once.

use crate::target::{
    Peer, PeerKind,
    jwt::{Flow, JwtPeer},
    oauth::{Access, ServerPeer},
};
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Something that is leased: by which of its kind it can be replaced, and how it is called.
pub(super) trait Leasable: Clone {
    /// What tells its kind from others.
    type Kind: Copy + Eq + std::hash::Hash;

    /// Its kind.
    fn kind(&self) -> Self::Kind;

    /// Its name.
    fn name(&self) -> &str;

    /// What a kind is called, and how there come to be some of it.
    fn words(kind: Self::Kind) -> (String, Option<&'static str>);
}

impl Leasable for Peer {
    type Kind = PeerKind;

    fn kind(&self) -> PeerKind {
        self.kind
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn words(kind: PeerKind) -> (String, Option<&'static str>) {
        let words = format!("peer(s) of the kind {}", kind.name());
        (words, kind.hint())
    }
}

impl Leasable for ServerPeer {
    type Kind = (PeerKind, Access);

    fn kind(&self) -> Self::Kind {
        (self.kind, self.access())
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn words((kind, access): Self::Kind) -> (String, Option<&'static str>) {
        let access = match access {
            Access::Secret => "whose client has a secret",
            Access::Assertion => "whose client signs assertions",
            Access::Discovery => "with `discovery = true`",
        };
        let words = format!("server_peer(s) of the kind {} {access}", kind.name());
        (words, None)
    }
}

impl Leasable for JwtPeer {
    type Kind = (PeerKind, Flow);

    fn kind(&self) -> Self::Kind {
        (self.kind, self.flow)
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn words((kind, flow): Self::Kind) -> (String, Option<&'static str>) {
        let (kind, flow) = (kind.name(), flow.name());
        (
            format!("jwt_peer(s) of the kind {kind} with `flow = \"{flow}\"`"),
            None,
        )
    }
}

/// The peers of a target, free or leased. The one that has been free the longest goes first, so that
/// what comes late for one scenario does not meet the next.
pub(super) struct Leases<T: Leasable> {
    kinds: HashMap<T::Kind, Pool<T>>,
    /// Why there are not more peers of a kind.
    missing: HashMap<T::Kind, String>,
}

struct Pool<T> {
    size: usize,
    places: Arc<Semaphore>,
    free: Arc<Mutex<VecDeque<T>>>,
}

/// A peer that is leased; it is free again when this is dropped.
pub struct PeerLease<T: Clone = Peer> {
    peer: T,
    free: Arc<Mutex<VecDeque<T>>>,
    _place: OwnedSemaphorePermit,
}

impl<T: Clone> PeerLease<T> {
    /// The peer.
    #[must_use]
    pub fn peer(&self) -> &T {
        &self.peer
    }
}

impl<T: Clone> Drop for PeerLease<T> {
    fn drop(&mut self) {
        self.free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_back(self.peer.clone());
    }
}

impl<T: Leasable> Leases<T> {
    /// All peers, but for those that the lab has had to leave out, each with the reason.
    pub(super) fn new(peers: &[T], left_out: &BTreeMap<String, String>) -> Self {
        let mut by_kind: HashMap<T::Kind, Vec<T>> = HashMap::new();
        let mut missing = HashMap::new();
        for peer in peers {
            match left_out.get(peer.name()) {
                Some(why) => drop(missing.insert(peer.kind(), why.clone())),
                None => by_kind.entry(peer.kind()).or_default().push(peer.clone()),
            }
        }
        let kinds = by_kind
            .into_iter()
            .map(|(kind, peers)| {
                let pool = Pool {
                    size: peers.len(),
                    places: Arc::new(Semaphore::new(peers.len())),
                    free: Arc::new(Mutex::new(peers.into())),
                };
                (kind, pool)
            })
            .collect();
        Self { kinds, missing }
    }

    /// Whether there are any of a kind.
    pub(super) fn has(&self, kind: T::Kind) -> bool {
        self.kinds.contains_key(&kind)
    }

    /// A kind of which there are some and that fits.
    pub(super) fn kind_where(&self, fits: impl Fn(T::Kind) -> bool) -> Option<T::Kind> {
        self.kinds.keys().copied().find(|kind| fits(*kind))
    }

    /// Waits for that many peers of a kind. All at once, so that two scenarios that need two peers
    /// each cannot wait for one another.
    pub(super) async fn lease(
        &self,
        kind: T::Kind,
        count: usize,
    ) -> Result<Vec<PeerLease<T>>, String> {
        let pool = self.kinds.get(&kind);
        let size = pool.map_or(0, |p| p.size);
        let (Some(pool), true) = (pool, size >= count) else {
            let why = self.missing.get(&kind).map(String::as_str);
            let (words, hint) = T::words(kind);
            let why = why.or(hint);
            let why = why.map(|w| format!(": {w}")).unwrap_or_default();
            return Err(format!(
                "it needs {count} {words}, and there are {size}{why}"
            ));
        };
        let wanted = u32::try_from(count).unwrap_or(u32::MAX);
        let mut places = pool
            .places
            .clone()
            .acquire_many_owned(wanted)
            .await
            .map_err(|_| "the run is over".to_owned())?;
        let mut leases = Vec::new();
        while let Some(place) = places.split(1) {
            let peer = pool
                .free
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop_front();
            leases.extend(peer.map(|peer| PeerLease {
                peer,
                free: pool.free.clone(),
                _place: place,
            }));
        }
        Ok(leases)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(name: &str) -> Peer {
        Peer {
            name: name.to_owned(),
            kind: PeerKind::Good,
            registered: true,
            identifier: format!("https://{name}.example"),
            receives: format!("https://{name}.example/token-issue")
                .parse()
                .unwrap(),
            as_issuer: None,
        }
    }

    #[tokio::test]
    async fn a_peer_is_leased_once_until_it_is_free_again() {
        let leases = Leases::new(&[peer("b1"), peer("b2")], &BTreeMap::new());
        let mut two = leases.lease(PeerKind::Good, 2).await.unwrap();
        assert_ne!(two[0].peer().name, two[1].peer().name);
        let waiting = leases.lease(PeerKind::Good, 1);
        tokio::pin!(waiting);
        assert!(futures::poll!(&mut waiting).is_pending());
        let freed = two.pop().unwrap().peer().name.clone();
        assert_eq!(waiting.await.unwrap()[0].peer().name, freed);
    }

    #[tokio::test]
    async fn a_missing_kind_is_said_in_words() {
        let leases = Leases::new(&[peer("b1")], &BTreeMap::new());
        let error = leases.lease(PeerKind::SelfSigned, 1).await.err().unwrap();
        assert!(
            error.contains("self-signed") && error.contains("there are 0"),
            "{error}"
        );
    }
}
