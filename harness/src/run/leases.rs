//! Peers that are leased to one scenario at a time, so that all scenarios can run at once.

use crate::target::{Peer, PeerKind};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The peers of a target, free or leased. The one that has been free the longest goes first, so that
/// what comes late for one scenario does not meet the next.
pub(super) struct Leases {
    kinds: HashMap<PeerKind, Pool>,
}

struct Pool {
    size: usize,
    places: Arc<Semaphore>,
    free: Arc<Mutex<VecDeque<Peer>>>,
}

/// A peer that is leased; it is free again when this is dropped.
pub struct PeerLease {
    peer: Peer,
    free: Arc<Mutex<VecDeque<Peer>>>,
    _place: OwnedSemaphorePermit,
}

impl PeerLease {
    /// The peer.
    #[must_use]
    pub fn peer(&self) -> &Peer {
        &self.peer
    }
}

impl Drop for PeerLease {
    fn drop(&mut self) {
        self.free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_back(self.peer.clone());
    }
}

impl Leases {
    pub(super) fn new(peers: &[Peer]) -> Self {
        let mut by_kind: HashMap<PeerKind, Vec<Peer>> = HashMap::new();
        for peer in peers {
            by_kind.entry(peer.kind).or_default().push(peer.clone());
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
        Self { kinds }
    }

    /// Waits for that many peers of a kind. All at once, so that two scenarios that need two peers
    /// each cannot wait for one another.
    pub(super) async fn lease(
        &self,
        kind: PeerKind,
        count: usize,
    ) -> Result<Vec<PeerLease>, String> {
        let pool = self.kinds.get(&kind);
        let size = pool.map_or(0, |p| p.size);
        let (Some(pool), true) = (pool, size >= count) else {
            return Err(format!(
                "it needs {count} peer(s) of the kind {}, and the target file has {size}",
                kind.name()
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
            identifier: format!("https://{name}.example"),
            receives: format!("https://{name}.example/token-issue")
                .parse()
                .unwrap(),
            as_issuer: None,
        }
    }

    #[tokio::test]
    async fn a_peer_is_leased_once_until_it_is_free_again() {
        let leases = Leases::new(&[peer("b1"), peer("b2")]);
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
        let leases = Leases::new(&[peer("b1")]);
        let error = leases.lease(PeerKind::SelfSigned, 1).await.err().unwrap();
        assert!(
            error.contains("self-signed") && error.contains("has 0"),
            "{error}"
        );
    }
}
