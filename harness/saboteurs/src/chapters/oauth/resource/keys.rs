//! Saboteurs of the keys of issuers.

use super::{
    mend::{self, signed_again, with_key},
    opened::Opened,
    requests::{answered, object, show, token},
};
use crate::{
    Saboteur,
    inbound::{Layer, pass},
    ledger::lock,
    message::{Asked, Told},
    outbound::Courier,
    sabotage::ResourceSabotage,
};
use axum::middleware::Next;
use btx_reference::outbound::{Outbound, OutboundOutcome, OutboundRequest};
use btx_spec::jose::SigningKey;
use futures::future::BoxFuture;
use serde_json::{Map, Value, json};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_resource(
            "fetches-keys-for-every-token",
            "OA-RES-032",
            "Fetches the key set of an issuer for every token.",
            || {
                ResourceSabotage::new()
                    .config(|config| config.limits.keys_lifetime = Duration::ZERO)
                    .alterations()
            },
        ),
        Saboteur::of_the_resource(
            "fetches-keys-once-and-for-all",
            "OA-RES-033",
            "Never fetches a key set again.",
            || {
                ResourceSabotage::new()
                    .courier(Once::default())
                    .alterations()
            },
        ),
        Saboteur::of_the_resource(
            "believes-everybody-without-keys",
            "OA-RES-034",
            "Takes a token while the keys of its issuer are out of reach.",
            || {
                let Some(key) = mend::key() else {
                    return btx_harness::embedded::Alterations::default();
                };
                let missing: Missing = Arc::default();
                ResourceSabotage::new()
                    .courier(Replacing {
                        public: key.public().to_jwk(),
                        missing: missing.clone(),
                    })
                    .layer(Believing { key, missing })
                    .alterations()
            },
        ),
    ]
}

/// Remembers the first key set of each issuer.
#[derive(Default)]
struct Once(Mutex<HashMap<String, OutboundOutcome>>);

impl Courier for Once {
    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let url = request.url.clone();
            if let Some(first) = lock(&self.0).get(&url) {
                return first.clone();
            }
            let outcome = inner.get(request).await;
            if keys_of(&outcome).is_some() {
                lock(&self.0).insert(url, outcome.clone());
            }
            outcome
        })
    }
}

/// The keys of a key set that has any.
fn keys_of(outcome: &OutboundOutcome) -> Option<Vec<Value>> {
    let keys = object(outcome)?.get("keys")?.as_array()?.clone();
    (!keys.is_empty()).then_some(keys)
}

/// Where no keys are to be had.
type Missing = Arc<Mutex<HashSet<String>>>;

/// Puts the key of the saboteur in the place of keys that are out of reach, and beside all others.
struct Replacing {
    public: Value,
    missing: Missing,
}

impl Courier for Replacing {
    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let url = request.url.clone();
            let outcome = inner.get(request).await;
            if keys_of(&outcome).is_some() {
                lock(&self.missing).remove(&url);
                return with_key(outcome, &self.public);
            }
            lock(&self.missing).insert(url);
            answered(Map::from_iter([("keys".to_owned(), json!([self.public]))]))
        })
    }
}

/// Shows a token again, signed by the saboteur, if the keys of its issuer turned out to be out of reach.
struct Believing {
    key: Arc<SigningKey>,
    missing: Missing,
}

impl Believing {
    fn signed_again(&self, asked: &Asked) -> Option<String> {
        let opened = token(asked).and_then(Opened::of)?;
        let missing = lock(&self.missing);
        let mut missing = missing.iter();
        missing.find(|url| url.starts_with(opened.claim("iss")))?;
        signed_again(&self.key, &opened)
    }
}

impl Layer for Believing {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let (key, missing) = (self.key.clone(), self.missing.clone());
        let again = Self { key, missing };
        Box::pin(async move {
            let told = pass(asked.clone(), next.clone()).await;
            if !told.is(401) {
                return told;
            }
            match again.signed_again(&asked) {
                Some(signed) => {
                    let mut asked = asked;
                    show(&mut asked, &signed);
                    pass(asked, next).await
                }
                None => told,
            }
        })
    }
}
