//! The keys of the signers: fetched when the cache says so, once however many wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use btx_spec::HttpsUrl;
use btx_spec::lifecycle::PublishedSet;
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use tokio::time::{Instant, timeout_at};
use tracing::{debug, warn};

use super::cache::{Cache, Decision};
use super::config::{Limits, TrustedSigner};
use super::trusted::TrustedKeys;
use crate::jwt::verifier::Missed;
use crate::jwt::verifier::fetch::{Fetched, get_json};
use crate::outbound::Outbound;

/// The most octets of a key set that are read; it is that of [`PublishedSet::parse`], too.
const LARGEST: usize = PublishedSet::MAX_LENGTH;

/// The keys of all signers, by their identifiers.
pub(super) struct Keys {
    signers: HashMap<String, Arc<SignerKeys>>,
}

impl Keys {
    pub(super) fn new(
        signers: &[TrustedSigner],
        limits: Limits,
        outbound: &Arc<dyn Outbound>,
    ) -> Self {
        let mut table = HashMap::new();
        for signer in signers {
            let keys = || {
                Arc::new(SignerKeys {
                    at: signer.key_set.clone(),
                    limits,
                    outbound: Arc::clone(outbound),
                    state: Mutex::default(),
                })
            };
            let name = signer.identifier.as_str().to_owned();
            table.entry(name).or_insert_with(keys);
        }
        Self { signers: table }
    }

    /// The keys of this signer, for a bearer that names this one: they may lack it.
    pub(super) async fn of(
        &self,
        signer: &TrustedSigner,
        key_id: &str,
    ) -> Result<Arc<TrustedKeys>, Missed> {
        match self.signers.get(signer.identifier.as_str()) {
            Some(keys) => keys.get(key_id).await,
            None => Err(Missed::Wrong("nobody is trusted by that name".to_owned())),
        }
    }
}

struct SignerKeys {
    at: HttpsUrl,
    limits: Limits,
    outbound: Arc<dyn Outbound>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    cache: Cache,
    under_way: Option<Shared<BoxFuture<'static, Outcome>>>,
}

/// What a fetch brings.
#[derive(Debug, Clone)]
struct Outcome {
    /// The keys that have come, or those that do in their place.
    keys: Option<Arc<TrustedKeys>>,
    /// Why none have come.
    missed: Option<Missed>,
}

/// What whoever needs keys has to do.
enum Way {
    Use(Arc<TrustedKeys>),
    Wait {
        fetch: Shared<BoxFuture<'static, Outcome>>,
        /// Whether it began before this one asked.
        joined: bool,
    },
}

impl SignerKeys {
    async fn get(self: &Arc<Self>, key_id: &str) -> Result<Arc<TrustedKeys>, Missed> {
        let deadline = Instant::now() + self.limits.deadline;
        let outcome = match self.way(key_id) {
            Way::Use(keys) => return Ok(keys),
            Way::Wait { fetch, joined } => {
                let outcome = fetch.await;
                let lacks = |keys: &Arc<TrustedKeys>| !keys.has(key_id);
                // A fetch that had begun before may have seen the keys before this one was among them (LC-RES-013).
                let again = joined && outcome.keys.as_ref().is_some_and(lacks);
                match again.then(|| self.way(key_id)) {
                    Some(Way::Use(keys)) => return Ok(keys),
                    Some(Way::Wait { fetch, .. }) => {
                        timeout_at(deadline, fetch).await.unwrap_or(outcome)
                    }
                    None => outcome,
                }
            }
        };
        match (outcome.keys, outcome.missed) {
            (Some(keys), None) => Ok(keys),
            // LC-RES-016: what is held does for a bearer whose key is among it.
            (Some(keys), Some(_)) if keys.has(key_id) => Ok(keys),
            (_, Some(missed)) => Err(missed),
            (None, None) => Err(Missed::Absent("nothing has come".to_owned())),
        }
    }

    /// LC-RES-021: a fetch that is under way does for whoever needs one.
    fn way(self: &Arc<Self>, key_id: &str) -> Way {
        let now = Instant::now();
        let mut state = self.state();
        let hurried = match state.cache.decide(key_id, now, &self.limits) {
            Decision::Use(keys) => return Way::Use(keys),
            Decision::Fetch { hurried } => hurried,
        };
        if let Some(under_way) = &state.under_way {
            return Way::Wait {
                fetch: under_way.clone(),
                joined: true,
            };
        }
        if hurried {
            state.cache.hurry(now);
        }
        // In a task of its own: whoever waits may stop waiting.
        let task = tokio::spawn(Arc::clone(self).fetch());
        let fetch = async move {
            task.await.unwrap_or_else(|_| Outcome {
                keys: None,
                missed: Some(Missed::Absent("the fetch has failed".to_owned())),
            })
        };
        let fetch = fetch.boxed().shared();
        state.under_way = Some(fetch.clone());
        Way::Wait {
            fetch,
            joined: false,
        }
    }

    async fn fetch(self: Arc<Self>) -> Outcome {
        let deadline = Instant::now() + self.limits.deadline;
        let read = |body: &[u8]| {
            let set = PublishedSet::parse(body).map_err(|fault| Missed::Wrong(fault.to_string()));
            set.map(|set| Arc::new(TrustedKeys::of(set)))
        };
        let url = self.at.as_str();
        let fetched = get_json(&*self.outbound, url, LARGEST, deadline, read).await;
        let mut state = self.state();
        state.under_way = None;
        match fetched {
            Ok(Fetched {
                what: keys,
                stated,
                asked,
            }) => {
                debug!(url, "key set fetched");
                (state.cache).came(Arc::clone(&keys), stated, asked, &self.limits);
                // What has come does for those who have waited for it, however short its life.
                Outcome {
                    keys: Some(keys),
                    missed: None,
                }
            }
            Err(missed) => {
                warn!(url, ?missed, "no key set");
                let now = Instant::now();
                state.cache.failed(now);
                Outcome {
                    keys: state.cache.usable(now, &self.limits),
                    missed: Some(missed),
                }
            }
        }
    }

    /// Nothing panics while it holds this lock, so that a poisoned one is still whole.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
