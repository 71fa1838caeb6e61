//! The keys of clients: what is held of each, and one errand at a time for what is not.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use btx_spec::HttpsUrl;
use btx_spec::jose::KeySet;
use btx_spec::jwt::{ClientId, Keys};
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use tokio::time::{Instant, timeout_at};
use tracing::{debug, warn};

use super::cache::{Cached, Decision, Errand, Held, Place};
use super::config::Limits;
use super::fetch::{Fetched, Fetcher, Missed};
use super::held::RecentlyUsed;

/// The clients that a verifier knows.
pub(super) struct Clients {
    limits: Limits,
    fetcher: Fetcher,
    table: Mutex<Table>,
}

struct Table {
    held: RecentlyUsed<ClientId, Cached>,
    under_way: HashMap<ClientId, Shared<BoxFuture<'static, Outcome>>>,
}

/// What an errand brings.
#[derive(Debug, Clone)]
struct Outcome {
    /// The keys that have come, or those that do in their place.
    keys: Option<Arc<KeySet>>,
    /// Why something has not come.
    missed: Option<Missed>,
}

/// What whoever needs keys has to do.
enum Way {
    Use(Arc<KeySet>),
    Wait {
        errand: Shared<BoxFuture<'static, Outcome>>,
        /// Whether it began before this one asked.
        joined: bool,
    },
    Crowded,
}

impl Clients {
    pub(super) fn new(limits: Limits, fetcher: Fetcher) -> Self {
        Self {
            limits,
            fetcher,
            table: Mutex::new(Table {
                held: RecentlyUsed::new(limits.most_clients),
                under_way: HashMap::new(),
            }),
        }
    }

    /// The keys of this client, for a JWT that names this one: they may lack it.
    pub(super) async fn keys(
        self: &Arc<Self>,
        client: &ClientId,
        key_id: &str,
    ) -> Result<Arc<KeySet>, Missed> {
        let deadline = Instant::now() + self.limits.deadline;
        let outcome = match self.way(client, key_id) {
            Way::Use(keys) => return Ok(keys),
            Way::Crowded => return Err(crowded()),
            Way::Wait { errand, joined } => {
                let outcome = errand.await;
                let lacks = |keys: &Arc<KeySet>| !keys.has(key_id);
                // An errand that had begun before may have seen the keys before this one was among them.
                let again = joined && outcome.keys.as_ref().is_some_and(lacks);
                match again.then(|| self.way(client, key_id)) {
                    Some(Way::Use(keys)) => return Ok(keys),
                    // JW-ANY-024: an errand ends by its own deadline, which is not that of a second one.
                    Some(Way::Wait { errand, .. }) => {
                        timeout_at(deadline, errand).await.unwrap_or(outcome)
                    }
                    Some(Way::Crowded) | None => outcome,
                }
            }
        };
        match (outcome.keys, outcome.missed) {
            (Some(keys), None) => Ok(keys),
            // JW-ANY-032: what is held does for a JWT whose key is among it.
            (Some(keys), Some(_)) if keys.has(key_id) => Ok(keys),
            (_, Some(missed)) => Err(missed),
            (None, None) => Err(Missed::Absent("nothing has come".to_owned())),
        }
    }

    /// JW-ANY-027: an errand that is under way does for whoever needs one.
    fn way(self: &Arc<Self>, client: &ClientId, key_id: &str) -> Way {
        let now = Instant::now();
        let mut table = self.table();
        let decision = match table.held.get(client) {
            Some(cached) => cached.decide(key_id, now, &self.limits),
            None => Cached::default().decide(key_id, now, &self.limits),
        };
        let wanted = match decision {
            Decision::Use(keys) => return Way::Use(keys),
            Decision::Fetch(wanted) => wanted,
        };
        if let Some(errand) = table.under_way.get(client)
            && errand.peek().is_none()
        {
            return Way::Wait {
                errand: errand.clone(),
                joined: true,
            };
        }
        if table.under_way.len() >= self.limits.most_awaited {
            return Way::Crowded;
        }
        let mut cached = table.held.get(client).cloned().unwrap_or_default();
        if wanted.hurried {
            cached.hurry(now);
        }
        // In a task of its own: whoever waits may stop waiting.
        let deadline = now + self.limits.deadline;
        let run = Arc::clone(self).run(client.clone(), cached, wanted, deadline);
        let task = tokio::spawn(run);
        let errand = async move {
            task.await.unwrap_or_else(|_| Outcome {
                keys: None,
                missed: Some(Missed::Absent("the errand has failed".to_owned())),
            })
        };
        let errand = errand.boxed().shared();
        table.under_way.insert(client.clone(), errand.clone());
        Way::Wait {
            errand,
            joined: false,
        }
    }

    /// Fetches what is wanted, and puts what has come into the table. Nobody else changes what is held of
    /// this client meanwhile.
    async fn run(
        self: Arc<Self>,
        client: ClientId,
        mut cached: Cached,
        wanted: Errand,
        deadline: Instant,
    ) -> Outcome {
        let outcome = self.fetch(&client, &mut cached, wanted, deadline).await;
        if let Some(missed) = &outcome.missed {
            warn!(%client, ?missed, "document or keys of a client are missing");
        }
        let mut table = self.table();
        table.under_way.remove(&client);
        // JW-ANY-028: of a client whose document never came nothing is held.
        if !cached.is_empty() {
            table.held.put(client, cached);
        }
        outcome
    }

    /// JW-ANY-024: one deadline for everything.
    async fn fetch(
        &self,
        client: &ClientId,
        cached: &mut Cached,
        wanted: Errand,
        deadline: Instant,
    ) -> Outcome {
        let (mut missed, mut place, mut keys) = (None, None, None);
        if wanted.document {
            match self.fetch_document(client, cached, deadline).await {
                Ok((of_keys, inline)) => (place, keys) = (Some(of_keys), inline),
                Err(why) => missed = Some(why),
            }
        }
        let place = place.or_else(|| cached.usable_place(Instant::now(), &self.limits));
        if let Some(Place::At(at)) = place
            && (wanted.keys || cached.lacks_keys())
        {
            match self.fetch_keys(&at, cached, deadline).await {
                Ok(fetched) => keys = Some(fetched),
                Err(why) => missed = Some(why),
            }
        }
        let now = Instant::now();
        cached.ended(missed.is_some().then_some(now));
        Outcome {
            // What has come does for those who have waited for it, however short its life.
            keys: keys.or_else(|| cached.usable(now, &self.limits)),
            missed,
        }
    }

    async fn fetch_document(
        &self,
        client: &ClientId,
        cached: &mut Cached,
        deadline: Instant,
    ) -> Result<(Place, Option<Arc<KeySet>>), Missed> {
        let Fetched {
            what,
            stated,
            asked,
        } = self.fetcher.document(client, deadline).await?;
        debug!(%client, "document fetched");
        match what.into_keys() {
            Keys::Inline(keys) => {
                let keys = Arc::new(keys);
                let held = Held::new(Arc::clone(&keys), stated, asked, &self.limits);
                cached.whole_document_came(held);
                Ok((Place::Inline, Some(keys)))
            }
            Keys::At(at) => {
                let held = Held::new(at.clone(), stated, asked, &self.limits);
                cached.document_came(held);
                Ok((Place::At(at), None))
            }
        }
    }

    async fn fetch_keys(
        &self,
        at: &HttpsUrl,
        cached: &mut Cached,
        deadline: Instant,
    ) -> Result<Arc<KeySet>, Missed> {
        let Fetched {
            what: keys,
            stated,
            asked,
        } = self.fetcher.keys(at, deadline).await?;
        debug!(%at, keys = keys.keys().len(), "keys fetched");
        let held = Held::new(Arc::clone(&keys), stated, asked, &self.limits);
        cached.keys_came(held);
        Ok(keys)
    }

    /// Nothing panics while it holds this lock, so that a poisoned one is still whole.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn crowded() -> Missed {
    Missed::Absent("too many clients are waited for".to_owned())
}
