//! What a scenario about keys and sessions leases and plays.

use crate::{
    control::shown,
    lab::lifecycle::{SessionLease, Signer},
    run::{IssuerLease, PeerLease, Wish},
    steps::{LifecycleSeen, Stop},
    target::{
        PeerKind,
        lifecycle::{Account, SessionIssuer, SessionPeer, SessionSigner},
    },
    world::World,
};
use btx_spec::{
    hooks::{GivenKey, Order, Report},
    jose::Algorithm,
};
use serde_json::Value;
use std::{ops, sync::Arc};

/// What a scenario about keys and sessions has leased, plays, has seen and done.
#[derive(Default)]
pub struct LifecycleWorld {
    /// The issuer that it is about.
    pub issuer: Option<IssuerUnderTest>,
    /// The issuers that it plays for the resource, in the order of its steps.
    pub signers: Vec<Signer>,
    /// The issuers that it plays for the caller, in the order of its steps.
    pub peers: Vec<SessionParty>,
    seen: LifecycleSeen,
    accounts: Vec<PeerLease<Account>>,
    signer_leases: Vec<PeerLease<SessionSigner>>,
    peer_leases: Vec<PeerLease<SessionPeer>>,
}

impl ops::Deref for LifecycleWorld {
    type Target = LifecycleSeen;

    fn deref(&self) -> &LifecycleSeen {
        &self.seen
    }
}

impl ops::DerefMut for LifecycleWorld {
    fn deref_mut(&mut self) -> &mut LifecycleSeen {
        &mut self.seen
    }
}

/// The issuer that a scenario is about.
pub struct IssuerUnderTest {
    /// Where it is.
    pub at: SessionIssuer,
    _lease: IssuerLease,
}

/// An issuer that the scenario plays for the caller.
pub struct SessionParty {
    /// The peer of the target file.
    pub peer: SessionPeer,
    /// What has reached it, and what it answers.
    pub lease: Arc<SessionLease>,
}

impl World {
    /// Leases an issuer of the target that has what the tags of the scenario ask for: alone if its keys are to be
    /// rotated, and shared otherwise. A scenario has one, however often it asks.
    ///
    /// # Errors
    /// When the target file has none.
    pub async fn lease_issuer(&mut self) -> Result<(), Stop> {
        if self.lifecycle.issuer.is_some() {
            return Ok(());
        }
        let wish = Wish::of(&self.tags);
        let lease = self.context.lease_session_issuer(wish).await;
        let lease = lease.map_err(Stop::NotExercised)?;
        self.lifecycle.issuer = Some(IssuerUnderTest {
            at: lease.issuer.clone(),
            _lease: lease,
        });
        Ok(())
    }

    /// Leases an account, which nobody else has until the scenario is over.
    ///
    /// # Errors
    /// When the target file has none.
    pub async fn lease_account(&mut self) -> Result<Account, Stop> {
        let lease = self.context.lease_account().await;
        let lease = lease.map_err(Stop::NotExercised)?;
        let account = lease.peer().clone();
        self.lifecycle.accounts.push(lease);
        Ok(account)
    }

    /// Lets the issuer of the scenario rotate its keys, and gives the name of its current key. A key that is given,
    /// as a JWK with its private half or its secret, becomes the current one.
    ///
    /// # Errors
    /// When the target could not be asked, or has not done it.
    pub async fn rotate(&self, urgent: bool, key: Option<&Value>) -> Result<String, Stop> {
        let missing = || Stop::Harness("the scenario has leased no issuer".to_owned());
        let issuer = self.lifecycle.issuer.as_ref().ok_or_else(missing)?;
        let key = key.map(|key| GivenKey(key.as_object().cloned().unwrap_or_default()));
        let order = Order::Rotate {
            issuer: Some(issuer.at.identifier.clone()),
            urgent: urgent.then_some(true),
            key,
        };
        let patience = self.context.patience_with_starts();
        let sort = if urgent {
            "an emergency rotation"
        } else {
            "a rotation"
        };
        self.timeline
            .note("btx", "target", format!("asks for {sort}"));
        let answer = self.context.order(order, patience).await;
        let told = match answer {
            Ok(Report::Rotated { kid }) => Ok(kid),
            Ok(_) => Err("rotate: the answer is that of another verb".to_owned()),
            Err(words) => Err(words),
        };
        let words = match &told {
            Ok(kid) => format!("says that it signs with {}", shown(kid)),
            Err(words) => words.clone(),
        };
        self.timeline.note("target", "btx", words);
        told.map_err(Stop::Control)
    }

    /// Leases an issuer that the harness plays for the resource, and gives its place among those of the scenario.
    ///
    /// # Errors
    /// When the target file has none from which the resource takes that algorithm.
    pub async fn lease_signer(&mut self, algorithm: Algorithm) -> Result<usize, Stop> {
        let lease = self.context.lease_signer(algorithm).await;
        let lease = lease.map_err(Stop::NotExercised)?;
        let name = &lease.peer().name;
        let server = self.context.lab.signers().server(name);
        let server =
            server.ok_or_else(|| Stop::Harness(format!("the signer {name} has no desk")))?;
        let rest = server.peer.rest(self.context.target.limits.keys_interval);
        tokio::time::sleep(rest).await;
        let signer = Signer::lease(&server, self.timeline.clone());
        self.lifecycle.signers.push(signer);
        self.lifecycle.signer_leases.push(lease);
        Ok(self.lifecycle.signers.len() - 1)
    }

    /// Leases an issuer that the harness plays for the caller, and gives its place among those of the scenario.
    ///
    /// # Errors
    /// When the target file has none of that kind.
    pub async fn lease_session_peer(&mut self, kind: PeerKind) -> Result<usize, Stop> {
        let lease = self.context.lease_session_peer(kind).await;
        let lease = lease.map_err(Stop::NotExercised)?;
        let peer = lease.peer().clone();
        let server = self.context.lab.session_peers().server(&peer.name);
        let missing = || Stop::Harness(format!("the peer {} has no desk", peer.name));
        let server = server.ok_or_else(missing)?;
        self.lifecycle.peers.push(SessionParty {
            lease: SessionLease::begin(&server, self.timeline.clone()),
            peer,
        });
        self.lifecycle.peer_leases.push(lease);
        Ok(self.lifecycle.peers.len() - 1)
    }

    /// An issuer that the scenario plays for the caller, counted from 0.
    ///
    /// # Errors
    /// When no step has brought it in.
    pub fn session_peer(&self, index: usize) -> Result<&SessionParty, Stop> {
        let missing = || Stop::Harness("the scenario has not brought in that issuer".to_owned());
        self.lifecycle.peers.get(index).ok_or_else(missing)
    }
}

/// Ends what a scenario has left open: what is held at a desk goes on.
pub(crate) fn close(world: &World) {
    for signer in &world.lifecycle.signers {
        signer.desk.close();
    }
    for party in &world.lifecycle.peers {
        party.lease.desk.close();
    }
}
