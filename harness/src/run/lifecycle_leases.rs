//! What scenarios about keys and sessions lease beside the issuers: accounts, and the issuers that the harness plays.

use super::{
    issuer_leases::{IssuerLease, IssuerLeases, Wish},
    leases::{Leasable, Leases, PeerLease},
};
use crate::target::{
    PeerKind,
    lifecycle::{Account, Lifecycle, SessionPeer, SessionSigner},
};
use btx_spec::jose::Algorithm;
use std::collections::BTreeMap;

/// The algorithms that a resource takes from an issuer, as one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Algorithms([Option<Algorithm>; 4]);

impl Algorithms {
    const ALL: [Algorithm; 4] = [
        Algorithm::ES256,
        Algorithm::EdDSA,
        Algorithm::PS256,
        Algorithm::RS256,
    ];

    fn of(algorithms: &[Algorithm]) -> Self {
        Self(Self::ALL.map(|one| algorithms.contains(&one).then_some(one)))
    }

    fn has(self, algorithm: Algorithm) -> bool {
        self.0.contains(&Some(algorithm))
    }
}

impl Leasable for Account {
    type Kind = ();

    fn kind(&self) {}

    fn name(&self) -> &str {
        &self.name
    }

    fn words((): ()) -> (String, Option<&'static str>) {
        ("account(s)".to_owned(), None)
    }
}

impl Leasable for SessionSigner {
    type Kind = Algorithms;

    fn kind(&self) -> Algorithms {
        Algorithms::of(&self.algorithms)
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn words(_: Algorithms) -> (String, Option<&'static str>) {
        ("session_signer(s) of these algorithms".to_owned(), None)
    }
}

impl Leasable for SessionPeer {
    type Kind = PeerKind;

    fn kind(&self) -> PeerKind {
        self.kind
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn words(kind: PeerKind) -> (String, Option<&'static str>) {
        (format!("session_peer(s) of the kind {}", kind.name()), None)
    }
}

/// Everything about keys and sessions that is leased.
pub(super) struct LifecycleLeases {
    issuers: IssuerLeases,
    accounts: Leases<Account>,
    signers: Leases<SessionSigner>,
    peers: Leases<SessionPeer>,
}

impl LifecycleLeases {
    pub(super) fn new(lifecycle: &Lifecycle, left_out: &BTreeMap<String, String>) -> Self {
        Self {
            issuers: IssuerLeases::new(&lifecycle.issuers),
            accounts: Leases::new(&lifecycle.accounts, &BTreeMap::new()),
            signers: Leases::new(&lifecycle.signers, left_out),
            peers: Leases::new(&lifecycle.peers, left_out),
        }
    }
}

impl super::Context {
    /// Leases an issuer of the target, waiting until it is free.
    ///
    /// # Errors
    /// When the target file has none that fits, in words.
    pub async fn lease_session_issuer(&self, wish: Wish) -> Result<IssuerLease, String> {
        self.lifecycle_leases().issuers.lease(wish).await
    }

    /// Leases an account, which nobody else has meanwhile.
    ///
    /// # Errors
    /// When the target file has none, in words.
    pub async fn lease_account(&self) -> Result<PeerLease<Account>, String> {
        one(self.lifecycle_leases().accounts.lease((), 1).await)
    }

    /// Leases an issuer that the harness plays, and from which the resource takes an algorithm.
    ///
    /// # Errors
    /// When the target file has none, in words.
    pub async fn lease_signer(
        &self,
        algorithm: Algorithm,
    ) -> Result<PeerLease<SessionSigner>, String> {
        let signers = &self.lifecycle_leases().signers;
        let kind = signers.kind_where(|kind| kind.has(algorithm));
        let kind = kind.unwrap_or_else(|| Algorithms::of(&[algorithm]));
        one(signers.lease(kind, 1).await)
    }

    /// Leases an issuer that the harness plays for the caller.
    ///
    /// # Errors
    /// When the target file has none of that kind, in words.
    pub async fn lease_session_peer(
        &self,
        kind: PeerKind,
    ) -> Result<PeerLease<SessionPeer>, String> {
        one(self.lifecycle_leases().peers.lease(kind, 1).await)
    }
}

fn one<T: Clone>(leases: Result<Vec<PeerLease<T>>, String>) -> Result<PeerLease<T>, String> {
    leases?.pop().ok_or_else(|| "nothing was free".to_owned())
}
