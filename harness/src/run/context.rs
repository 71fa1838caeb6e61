//! What all scenarios of a run share.

use super::{
    leases::{Leases, PeerLease},
    lifecycle_leases::LifecycleLeases,
};
use crate::{
    caller::Caller,
    control::Control,
    lab::listener::Lab,
    steps::registry::Steps,
    target::{
        Peer, PeerKind, Target,
        jwt::{Flow, JwtPeer},
        oauth::{Access, ServerPeer},
    },
};
use btx_spec::hooks::{Order, Report};
use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How often a lost target is looked for before it is called gone.
const PROBES: usize = 3;
/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(300);

/// How much longer than the declared deadline the harness waits before it calls an answer missing.
const PATIENCE: Duration = Duration::from_secs(5);

/// What all scenarios of a run share.
pub struct Context {
    /// The implementation under test.
    pub target: Target,
    /// Calls it.
    pub caller: Caller,
    /// Receives its calls.
    pub lab: Lab,
    /// What the steps of scenarios do.
    pub steps: Steps,
    /// How long an answer to a token call is waited for.
    pub patience: Duration,
    control: Option<Result<Control, String>>,
    leases: Leases<Peer>,
    server_leases: Leases<ServerPeer>,
    jwt_leases: Leases<JwtPeer>,
    lifecycle_leases: LifecycleLeases,
    issued: Mutex<HashSet<String>>,
    suspected: AtomicBool,
    gone: AtomicBool,
}

impl Context {
    /// A context for a run against that target.
    #[must_use]
    pub fn new(target: Target, caller: Caller, lab: Lab, steps: Steps) -> Arc<Self> {
        let patience = target.limits.exchange_deadline + PATIENCE;
        Self::with_patience(target, caller, lab, steps, patience)
    }

    /// The same, with another time that answers to token calls are waited for.
    #[must_use]
    pub fn with_patience(
        target: Target,
        caller: Caller,
        lab: Lab,
        steps: Steps,
        patience: Duration,
    ) -> Arc<Self> {
        if let Some(client) = &target.jwt.client {
            lab.client_keys().of(caller.clone(), client.id.clone());
        }
        Arc::new(Self {
            patience,
            control: target.control.as_ref().map(Control::open),
            leases: Leases::new(&target.peers, lab.left_out()),
            server_leases: Leases::new(&target.oauth.peers, lab.left_out()),
            jwt_leases: Leases::new(&target.jwt.peers, lab.left_out()),
            lifecycle_leases: LifecycleLeases::new(&target.lifecycle, lab.left_out()),
            target,
            caller,
            lab,
            steps,
            issued: Mutex::default(),
            suspected: AtomicBool::new(false),
            gone: AtomicBool::new(false),
        })
    }

    /// How long a hook that sets the target off is waited for: it may answer when the exchange has ended.
    #[must_use]
    pub fn patience_with_starts(&self) -> Duration {
        self.patience
            .max(self.target.limits.call_deadline + PATIENCE)
    }

    /// Leases that many peers of a kind, waiting until they are free.
    ///
    /// # Errors
    /// When the target file has fewer of them, in words.
    pub async fn lease(&self, kind: PeerKind, count: usize) -> Result<Vec<PeerLease>, String> {
        self.leases.lease(kind, count).await
    }

    /// Leases that many of the authorization servers that the harness plays, waiting until they are free.
    /// Where the client of the target has a secret with none of them, those with assertions do.
    ///
    /// # Errors
    /// When the target file has fewer of them, in words.
    pub async fn lease_servers(
        &self,
        kind: PeerKind,
        access: Access,
        count: usize,
    ) -> Result<Vec<PeerLease<ServerPeer>>, String> {
        let has = |access| self.server_leases.has((kind, access));
        let access = match access {
            Access::Secret if !has(Access::Secret) && has(Access::Assertion) => Access::Assertion,
            access => access,
        };
        self.server_leases.lease((kind, access), count).await
    }

    /// Leases one of the resources that the harness plays for service JWTs, waiting until it is free.
    ///
    /// # Errors
    /// When the target file has none of that sort, in words.
    pub async fn lease_jwt_peers(
        &self,
        kind: PeerKind,
        flow: Flow,
        count: usize,
    ) -> Result<Vec<PeerLease<JwtPeer>>, String> {
        self.jwt_leases.lease((kind, flow), count).await
    }

    /// What is leased of keys and sessions.
    pub(super) fn lifecycle_leases(&self) -> &LifecycleLeases {
        &self.lifecycle_leases
    }

    /// Why the target cannot be controlled although its file says how, if it cannot.
    #[must_use]
    pub fn broken_control(&self) -> Option<&str> {
        match &self.control {
            Some(Err(words)) => Some(words),
            _ => None,
        }
    }

    /// Asks the control of the target for one thing.
    ///
    /// # Errors
    /// When there is no control, or it has not done it; in words.
    pub async fn order(&self, order: Order, patience: Duration) -> Result<Report, String> {
        match &self.control {
            Some(Ok(control)) => control.ask(&self.caller, order, patience).await,
            Some(Err(words)) => Err(words.clone()),
            None => Err("the target file has no [control]".to_owned()),
        }
    }

    /// Remembers a token that the harness has sent to the target as an issuer.
    pub fn note_issued(&self, token: &str) {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.insert(token.to_owned());
    }

    /// Whether the harness has sent that token to the target in this run.
    #[must_use]
    pub fn has_issued(&self, token: &str) -> bool {
        let issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.contains(token)
    }

    /// Says that the target could not be reached just now.
    pub fn suspect(&self) {
        self.suspected.store(true, Ordering::Relaxed);
    }

    /// Whether the target is gone. Looks for it if it could not be reached lately.
    pub async fn is_gone(&self) -> bool {
        if self.suspected.swap(false, Ordering::Relaxed) && !self.is_there().await {
            self.gone.store(true, Ordering::Relaxed);
        }
        self.gone.load(Ordering::Relaxed)
    }

    async fn is_there(&self) -> bool {
        // A client alone has no place at which it could be looked for.
        let Some(url) = self.target.places().next() else {
            return true;
        };
        for _ in 0..PROBES {
            if self.caller.reach(url).await.is_ok() {
                return true;
            }
            tokio::time::sleep(PAUSE).await;
        }
        false
    }
}
