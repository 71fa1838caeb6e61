//! Saboteurs of how the resource comes by keys, and for how long it keeps them.

use super::requests::bearer;
use crate::{
    Saboteur,
    chapters::oauth::resource::opened::Opened,
    inbound::{Layer, pass},
    ledger::lock,
    message::{Asked, Members, Told, edit, members},
    outbound::Courier,
    sabotage::LcResourceSabotage,
};
use axum::middleware::Next;
use btx_harness::embedded::Alterations;
use btx_reference::outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest};
use futures::future::{BoxFuture, join};
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::Instant;

/// The members of a private key.
const PRIVATE: [&str; 6] = ["d", "p", "q", "dp", "dq", "qi"];

/// So many keys fit into a set, with room for others.
const KEPT: usize = 8;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_retired_keys();
    all.extend(of_holding());
    all.extend(of_sets());
    all.extend(of_fetching());
    all
}

fn of_retired_keys() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lc_resource(
            "drops-retired-keys",
            "LC-RES-010",
            "Does not use a key that has been retired.",
            || mending(|keys| keys.retain(|key| key.get("retired_at").is_none())),
        ),
        Saboteur::of_the_lc_resource(
            "takes-retired-keys-on",
            "LC-RES-011",
            "Uses a key that has been retired like any other.",
            || each(|key| drop(key.remove("retired_at"))),
        ),
        Saboteur::of_the_lc_resource(
            "gives-retired-keys-a-minute-more",
            "LC-RES-011",
            "Allows clocks to differ at the moment of a rotation.",
            || {
                each(|key| {
                    if let Some(moment) = key.get("retired_at").and_then(Value::as_i64) {
                        key.insert("retired_at".to_owned(), json!(moment + 60));
                    }
                })
            },
        )
        .only(&["a second earlier"]),
    ]
}

fn of_holding() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lc_resource(
            "never-forgets-the-key-of-an-issuer",
            "LC-RES-012",
            "Keeps keys that a set has had.",
            || {
                let known: Mutex<HashMap<String, Vec<Value>>> = Mutex::default();
                mending_by_url(move |url, keys| {
                    let mut known = lock(&known);
                    let all = known.entry(url.to_owned()).or_default();
                    for old in all.iter() {
                        if keys.len() < KEPT && is_gone(old, keys) {
                            keys.push(old.clone());
                        }
                    }
                    all.clone_from(keys);
                })
            },
        ),
        Saboteur::of_the_lc_resource(
            "does-not-look-for-the-new-key-of-an-issuer",
            "LC-RES-013",
            "Fetches nothing anew while it is fresh.",
            || {
                LcResourceSabotage::new()
                    .courier(Cache::default())
                    .alterations()
            },
        ),
        Saboteur::of_the_lc_resource(
            "looks-for-every-unknown-key-of-an-issuer",
            "LC-RES-014",
            "Fetches the keys anew for every name that it does not know.",
            || limits(|config| config.limits.keys_interval = Duration::ZERO),
        ),
        Saboteur::of_the_lc_resource(
            "goes-on-with-the-old-keys-of-an-issuer",
            "LC-RES-016",
            "Goes on with what it holds for a day.",
            || limits(|config| config.limits.longest_stale = Duration::from_secs(24 * 3600)),
        ),
    ]
}

fn of_sets() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lc_resource(
            "uses-key-sets-with-private-keys",
            "LC-RES-017",
            "Takes the public half of a private key, and passes a secret one over.",
            || {
                mending(|keys| {
                    keys.retain(|key| key.get("kty") != Some(&json!("oct")));
                    for key in keys.iter_mut().filter_map(Value::as_object_mut) {
                        key.retain(|name, _| !PRIVATE.contains(&name.as_str()));
                    }
                })
            },
        )
        .only(&["the private half", "a private key", "a secret key"]),
        Saboteur::of_the_lc_resource(
            "uses-the-first-key-of-a-name",
            "LC-RES-017",
            "Uses the first of two keys of one name.",
            || {
                mending(|keys| {
                    let mut names = HashSet::new();
                    keys.retain(|key| name(key).is_none_or(|name| names.insert(name)));
                })
            },
        )
        .only(&["a second key of its name"]),
        Saboteur::of_the_lc_resource(
            "passes-keys-without-a-name-over",
            "LC-RES-017",
            "Uses a key set with a key that has no name.",
            || mending(|keys| keys.retain(|key| name(key).is_some())),
        )
        .only(&["a key without a name"]),
    ]
}

fn of_fetching() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lc_resource(
            "follows-redirects-of-key-sets",
            "LC-RES-018",
            "Goes where a redirect of a key set leads.",
            || {
                LcResourceSabotage::new()
                    .getting(|inner, request| Box::pin(follow(inner, request)))
                    .alterations()
            },
        )
        .only(&["A redirect of the key set"]),
        Saboteur::of_the_lc_resource(
            "fetches-keys-for-each-bearer",
            "LC-RES-021",
            "Fetches the key set for every bearer that comes while it is on its way.",
            || {
                let fetching = Fetching::default();
                let way = fetching.clone();
                LcResourceSabotage::new()
                    .parts(move |_, parts| {
                        *lock(&way.way) = Some(parts.outbound.clone());
                        parts
                    })
                    .courier(Noting(fetching.clone()))
                    .layer(Impatient(fetching))
                    .alterations()
            },
        ),
    ]
}

/// A resource with other limits.
fn limits(alter: fn(&mut btx_reference::lifecycle::resource::Config)) -> Alterations {
    LcResourceSabotage::new().config(alter).alterations()
}

fn name(key: &Value) -> Option<String> {
    Some(key.get("kid")?.as_str()?.to_owned())
}

/// Whether a sound key is not in the set any more. One that is not sound would have the whole set refused.
fn is_gone(old: &Value, set: &[Value]) -> bool {
    let secret = old.get("kty") == Some(&json!("oct"));
    let sound = !secret && PRIVATE.iter().all(|member| old.get(member).is_none());
    sound && name(old).is_some_and(|own| set.iter().all(|key| name(key).as_ref() != Some(&own)))
}

/// A resource that makes something else of the keys in a set.
fn mending(mend: fn(&mut Vec<Value>)) -> Alterations {
    mending_by_url(move |_, keys| mend(keys))
}

/// A resource that makes something else of each key in a set.
fn each(mend: fn(&mut Members)) -> Alterations {
    mending_by_url(move |_, keys| {
        keys.iter_mut()
            .filter_map(Value::as_object_mut)
            .for_each(mend)
    })
}

fn mending_by_url(mend: impl Fn(&str, &mut Vec<Value>) + Send + Sync + 'static) -> Alterations {
    LcResourceSabotage::new()
        .courier(Mending(mend))
        .alterations()
}

struct Mending<F>(F);

impl<F: Fn(&str, &mut Vec<Value>) + Send + Sync + 'static> Courier for Mending<F> {
    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let url = request.url.clone();
            let mut outcome = inner.get(request).await;
            if let OutboundOutcome::Answered(answer) = &mut outcome {
                edit(&mut answer.body, |set| {
                    if let Some(Value::Array(keys)) = set.get_mut("keys") {
                        (self.0)(&url, keys);
                    }
                });
            }
            outcome
        })
    }
}

async fn follow(inner: &dyn Outbound, mut request: OutboundRequest) -> OutboundOutcome {
    let outcome = inner.get(request.clone()).await;
    match &outcome {
        OutboundOutcome::Answered(Answer {
            status: 300..=399,
            location: Some(place),
            ..
        }) => {
            request.url.clone_from(place);
            inner.get(request).await
        }
        _ => outcome,
    }
}

/// Keeps what may be kept, as a cache in front of everything does, until a set has other keys altogether.
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
            let outcome = inner.get(request).await;
            let mut kept = lock(&self.0);
            let old = kept
                .get(&url)
                .filter(|old| !names(old).is_disjoint(&names(&outcome)));
            if let Some(old) = old {
                return old.clone();
            }
            if is_kept(&outcome) {
                kept.insert(url, outcome.clone());
            }
            outcome
        })
    }
}

fn is_kept(outcome: &OutboundOutcome) -> bool {
    match outcome {
        OutboundOutcome::Answered(answer) => {
            answer.status == 200 && answer.cache_control.as_deref() == Some("max-age=300")
        }
        _ => false,
    }
}

/// The names of the keys in a set.
fn names(outcome: &OutboundOutcome) -> HashSet<String> {
    let OutboundOutcome::Answered(answer) = outcome else {
        return HashSet::new();
    };
    let set = members(&answer.body).unwrap_or_default();
    let keys = set.get("keys").and_then(Value::as_array);
    keys.map_or_else(HashSet::new, |keys| keys.iter().filter_map(name).collect())
}

/// What has been fetched, and how, and which bearers wait for their answers.
#[derive(Clone, Default)]
struct Fetching {
    way: Arc<Mutex<Option<Arc<dyn Outbound>>>>,
    known: Arc<Mutex<HashMap<String, OutboundRequest>>>,
    waiting: Arc<Mutex<HashMap<String, usize>>>,
}

impl Fetching {
    /// The fetch of the keys of the issuer of a bearer, if another copy of it waits already.
    fn of(&self, text: &str) -> Option<OutboundRequest> {
        let mut waiting = lock(&self.waiting);
        let copies = waiting.entry(text.to_owned()).or_default();
        *copies += 1;
        if *copies == 1 {
            return None;
        }
        let below = format!("{}/", Opened::of(text)?.claim("iss"));
        let known = lock(&self.known);
        let mut request = known
            .values()
            .find(|one| one.url.starts_with(&below))?
            .clone();
        request.deadline = Instant::now() + Duration::from_secs(2);
        Some(request)
    }

    fn answered(&self, text: &str) {
        if let Some(copies) = lock(&self.waiting).get_mut(text) {
            *copies -= 1;
        }
    }
}

/// Notes what the reference fetches.
struct Noting(Fetching);

impl Courier for Noting {
    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        lock(&self.0.known).insert(request.url.clone(), request.clone());
        inner.get(request)
    }
}

/// Fetches once more for every copy of a bearer that comes while another waits.
struct Impatient(Fetching);

impl Layer for Impatient {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let fetching = self.0.clone();
        let text = bearer(&asked).map(str::to_owned).unwrap_or_default();
        let request = fetching.of(&text);
        let way = lock(&fetching.way).clone();
        Box::pin(async move {
            let told = match (way, request) {
                (Some(way), Some(request)) => join(pass(asked, next), way.get(request)).await.0,
                _ => pass(asked, next).await,
            };
            fetching.answered(&text);
            told
        })
    }
}
