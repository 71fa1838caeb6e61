//! Saboteurs of how long document and keys are held.

use super::{
    Verifies,
    answers::{edit, keys},
    both,
};
use crate::{Saboteur, ledger::lock, message::members, outbound::Courier, sabotage::RoleSabotage};
use btx_harness::embedded::Alterations;
use btx_reference::{
    jwt::verifier::Limits,
    outbound::{Outbound, OutboundOutcome, OutboundRequest},
};
use futures::future::BoxFuture;
use serde_json::Value;
use std::{
    collections::{HashMap, HashSet},
    sync::Mutex,
    time::Duration,
};

pub(super) fn saboteurs<R: Verifies>() -> Vec<Saboteur> {
    vec![
        R::saboteur(
            both!("fetches-documents-for-every-jwt"),
            "JW-ANY-026",
            "Fetches document and keys for every JWT.",
            || limits::<R>(|limits| limits.longest_freshness = Duration::ZERO),
        )
        .also(
            "JW-ANY-031",
            &["Names that nobody knows"],
            "what is fetched for every JWT is fetched for these too",
        ),
        R::saboteur(
            both!("remembers-faults-of-documents"),
            "JW-ANY-028",
            "Keeps what has come, be it an error.",
            || {
                RoleSabotage::<R>::new()
                    .courier(Keeping::default())
                    .alterations()
            },
        ),
        R::saboteur(
            both!("never-forgets-a-key"),
            "JW-ANY-029",
            "Keeps every key that a set has ever had.",
            || {
                RoleSabotage::<R>::new()
                    .courier(Collecting::default())
                    .alterations()
            },
        ),
        R::saboteur(
            both!("does-not-look-for-new-keys"),
            "JW-ANY-030",
            "Fetches nothing anew while it is fresh.",
            || {
                RoleSabotage::<R>::new()
                    .courier(Cache::default())
                    .alterations()
            },
        ),
        R::saboteur(
            both!("looks-for-every-unknown-key"),
            "JW-ANY-031",
            "Fetches the keys anew for every name that it does not know.",
            || limits::<R>(|limits| limits.keys_interval = Duration::ZERO),
        ),
        R::saboteur(
            both!("drops-keys-that-are-no-longer-fresh"),
            "JW-ANY-032",
            "Has no keys any more when they cannot be fetched anew.",
            || limits::<R>(|limits| limits.longest_stale = Duration::ZERO),
        ),
        R::saboteur(
            both!("goes-on-with-old-keys"),
            "JW-ANY-033",
            "Goes on with what it holds for a day.",
            || limits::<R>(|limits| limits.longest_stale = Duration::from_secs(24 * 3600)),
        ),
    ]
}

/// A resource with other limits.
fn limits<R: Verifies>(alter: fn(&mut Limits)) -> Alterations {
    RoleSabotage::<R>::new()
        .config(move |config| R::verifier(config, |v| alter(&mut v.limits)))
        .alterations()
}

/// Keeps the first fault of each URL that has never been sound.
#[derive(Default)]
struct Keeping(
    Mutex<HashMap<String, OutboundOutcome>>,
    Mutex<HashSet<String>>,
);

impl Courier for Keeping {
    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let url = request.url.clone();
            if let Some(fault) = lock(&self.0).get(&url) {
                return fault.clone();
            }
            let outcome = inner.get(request).await;
            if let OutboundOutcome::Answered(answer) = &outcome {
                let sound = answer.status == 200 && members(&answer.body).is_some();
                match sound {
                    true => drop(lock(&self.1).insert(url)),
                    false if !lock(&self.1).contains(&url) => {
                        lock(&self.0).insert(url, outcome.clone());
                    }
                    false => {}
                }
            }
            outcome
        })
    }
}

/// Puts the keys that a set has had beside those that it has.
#[derive(Default)]
struct Collecting(Mutex<HashMap<String, Vec<Value>>>);

impl Courier for Collecting {
    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let url = request.url.clone();
            let mut outcome = inner.get(request).await;
            if let OutboundOutcome::Answered(answer) = &mut outcome
                && let Some(now) = keys(answer)
            {
                let mut known = lock(&self.0);
                let all = known.entry(url).or_default();
                let name = |key: &Value| key.get("kid").cloned();
                let gone = all
                    .iter()
                    .filter(|old| !now.iter().any(|key| name(key) == name(old)));
                let gone: Vec<Value> = gone.cloned().collect();
                *all = now.into_iter().chain(gone.clone()).collect();
                edit(answer, |members| {
                    if let Some(Value::Array(keys)) = members.get_mut("keys") {
                        keys.extend(gone);
                    }
                });
            }
            outcome
        })
    }
}

/// Keeps what may be kept, as a cache in front of everything does.
#[derive(Default)]
struct Cache(Mutex<HashMap<String, OutboundOutcome>>);

impl Courier for Cache {
    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let url = request.url.clone();
            if let Some(kept) = lock(&self.0).get(&url) {
                return kept.clone();
            }
            let outcome = inner.get(request).await;
            if let OutboundOutcome::Answered(answer) = &outcome {
                let long = answer.cache_control.as_deref() == Some("max-age=300");
                if long && answer.status == 200 && members(&answer.body).is_some() {
                    lock(&self.0).insert(url, outcome.clone());
                }
            }
            outcome
        })
    }
}
