//! The keys of the issuers: fetched when the cache says so, once however many wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use btx_spec::jose::KeySet;
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use tokio::time::Instant;
use tracing::{info, warn};

use super::config::{Limits, TrustedIssuer};
use super::key_cache::{Decision, KeyCache};
use crate::outbound::{Outbound, OutboundOutcome, OutboundRequest};

/// Nobody can say which keys the issuer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OutOfReach;

/// The keys of all issuers, by their identifiers.
pub(super) struct Keys {
    issuers: HashMap<String, Arc<IssuerKeys>>,
}

impl Keys {
    pub(super) fn new(
        issuers: &[TrustedIssuer],
        limits: Limits,
        outbound: &Arc<dyn Outbound>,
    ) -> Self {
        let keys = |trusted: &TrustedIssuer| {
            Arc::new(IssuerKeys {
                trusted: trusted.clone(),
                limits,
                outbound: Arc::clone(outbound),
                state: Mutex::default(),
            })
        };
        let issuers = issuers
            .iter()
            .map(|trusted| (trusted.issuer.clone(), keys(trusted)));
        Self {
            issuers: issuers.collect(),
        }
    }

    /// The keys of this issuer, for a token that names this one.
    pub(super) async fn of(
        &self,
        issuer: &str,
        key_id: Option<&str>,
    ) -> Result<Arc<KeySet>, OutOfReach> {
        match self.issuers.get(issuer) {
            Some(keys) => keys.get(key_id).await,
            None => Err(OutOfReach),
        }
    }
}

struct IssuerKeys {
    trusted: TrustedIssuer,
    limits: Limits,
    outbound: Arc<dyn Outbound>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    cache: KeyCache,
    under_way: Option<Shared<BoxFuture<'static, Fetched>>>,
}

type Fetched = Result<Arc<KeySet>, OutOfReach>;

impl IssuerKeys {
    async fn get(self: &Arc<Self>, key_id: Option<&str>) -> Fetched {
        let (fetch, older) = {
            let mut state = self.state();
            match state.cache.decide(key_id, Instant::now(), &self.limits) {
                Decision::Use(keys) => return Ok(keys),
                Decision::Fetch(older) => (self.join_fetch(&mut state), older),
            }
        };
        match (fetch.await, older) {
            (Ok(keys), _) => Ok(keys),
            // OA-RES-034: older keys do for a token that they can verify, and for no other.
            (Err(OutOfReach), Some(older)) if key_id.is_none_or(|id| older.has(id)) => Ok(older),
            (Err(OutOfReach), _) => Err(OutOfReach),
        }
    }

    /// The fetch that is under way, or a new one in a task of its own: whoever waits may stop waiting.
    fn join_fetch(self: &Arc<Self>, state: &mut State) -> Shared<BoxFuture<'static, Fetched>> {
        if let Some(under_way) = &state.under_way {
            return under_way.clone();
        }
        let task = tokio::spawn(Arc::clone(self).fetch());
        let fetch = async move { task.await.unwrap_or(Err(OutOfReach)) };
        let fetch = fetch.boxed().shared();
        state.under_way = Some(fetch.clone());
        fetch
    }

    async fn fetch(self: Arc<Self>) -> Fetched {
        let fetched = self.fetch_once().await;
        let issuer = self.trusted.issuer.as_str();
        let mut state = self.state();
        state.under_way = None;
        match fetched {
            Ok(keys) => {
                info!(issuer, keys = keys.keys().len(), "key set fetched");
                state.cache.fetched(Arc::clone(&keys), Instant::now());
                Ok(keys)
            }
            Err(why) => {
                warn!(issuer, why, "no key set");
                state.cache.failed(Instant::now());
                Err(OutOfReach)
            }
        }
    }

    async fn fetch_once(&self) -> Result<Arc<KeySet>, String> {
        let deadline = Instant::now() + self.limits.keys_deadline;
        let request = OutboundRequest::bare(self.trusted.jwks.as_str(), deadline)
            .with("accept", "application/jwk-set+json, application/json");
        match self.outbound.get(request).await {
            OutboundOutcome::Answered(answer) if answer.status == 200 => {
                let keys = KeySet::parse(&answer.body).map_err(|fault| fault.to_string())?;
                Ok(Arc::new(keys))
            }
            OutboundOutcome::Answered(answer) => Err(format!("the answer is {}", answer.status)),
            OutboundOutcome::Unreachable(why) | OutboundOutcome::NoAnswer(why) => Err(why),
        }
    }

    /// Nothing panics while it holds this lock, so that a poisoned one is still whole.
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
