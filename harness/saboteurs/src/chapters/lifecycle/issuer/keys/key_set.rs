//! Saboteurs of the published key set.

use super::known::{Issuer, Known};
use crate::{
    Saboteur,
    inbound::Out,
    message::{Asked, Told},
};
use axum::http::header;
use btx_harness::embedded::Alterations;
use btx_reference::lifecycle::ring::Ring;
use serde_json::{Value, json};
use std::sync::Arc;

/// Alters the keys of a set.
type Alter = fn(&mut Vec<Value>, &Issuer, &Ring);

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_what_is_missing();
    all.extend(of_what_is_too_much());
    all
}

fn of_what_is_missing() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "publishes-keys-after-their-first-use",
            "LC-ISS-030",
            "Does not publish a key as long as it is the current one.",
            || {
                publishing(|keys, _, ring| {
                    keys.retain(|key| !is_called(key, ring.current.id()));
                })
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "does-not-publish-the-next-key",
            "LC-ISS-031",
            "Does not publish a key before it signs.",
            || publishing(|keys, _, ring| keys.retain(|key| !is_called(key, ring.next.id()))),
        ),
        Saboteur::of_the_lifecycle_issuer(
            "does-not-publish-the-previous-key",
            "LC-ISS-032",
            "Publishes no key that signs no more.",
            || publishing(|keys, _, _| keys.retain(|key| key.get("retired_at").is_none())),
        )
        .also(
            "LC-ISS-033",
            &["has the second of the rotation"],
            "a key that is not there has no members",
        ),
        Saboteur::of_the_lifecycle_issuer(
            "does-not-say-when-a-key-was-retired",
            "LC-ISS-033",
            "Publishes the previous key as any other.",
            || {
                publishing(|keys, _, _| {
                    for key in keys.iter_mut().filter_map(Value::as_object_mut) {
                        key.remove("retired_at");
                    }
                })
            },
        ),
    ]
}

fn of_what_is_too_much() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lifecycle_issuer(
            "publishes-keys-for-ever",
            "LC-ISS-034",
            "Publishes all keys that it had.",
            || {
                publishing(|keys, issuer, _| {
                    for past in issuer.past() {
                        if !keys.iter().any(|key| is_called(key, past.id())) {
                            keys.extend(past.to_published_jwk());
                        }
                    }
                })
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "publishes-private-keys",
            "LC-ISS-035",
            "Publishes a key with its private half.",
            || {
                publishing(|keys, _, ring| {
                    let current = keys.iter_mut().find(|key| is_called(key, ring.next.id()));
                    if let Some(key) = current.and_then(Value::as_object_mut) {
                        key.insert("d".to_owned(), json!("bm90IHRoZSByZWFsIG9uZSBvZiBjb3Vyc2U"));
                    }
                })
            },
        ),
        Saboteur::of_the_lifecycle_issuer(
            "lets-key-sets-be-kept-for-a-day",
            "LC-ISS-036",
            "Says that its key set is fresh for a day.",
            || telling(|told, _| told.set(header::CACHE_CONTROL, "max-age=86400")),
        ),
    ]
}

/// An issuer that publishes other keys.
fn publishing(alter: Alter) -> Alterations {
    telling(move |told, known| {
        let set = serde_json::from_slice::<Value>(&told.body).ok();
        let keys = set.and_then(|set| set.get("keys")?.as_array().cloned());
        let issuer = keys.as_ref().and_then(|keys| {
            let mut names = keys.iter().filter_map(|key| key.get("kid")?.as_str());
            names.find_map(|name| known.with_key(name))
        });
        let ring = issuer.as_ref().and_then(|issuer| issuer.ring());
        if let (Some(mut keys), Some(issuer), Some(ring)) = (keys, issuer, ring) {
            alter(&mut keys, &issuer, &ring);
            told.edit(|members| {
                members.insert("keys".to_owned(), Value::Array(keys));
            });
        }
    })
}

/// An issuer that alters the answer with its key set.
fn telling(alter: impl Fn(&mut Told, &Known) + Send + Sync + 'static) -> Alterations {
    let known = Known::default();
    let there = known.clone();
    let telling = move |asked: &Asked, told: &mut Told| {
        if asked.head.uri.path().ends_with("/keys") && told.is(200) {
            alter(told, &there);
        }
    };
    known.sabotage().layer(Out(Arc::new(telling))).alterations()
}

fn is_called(key: &Value, name: &str) -> bool {
    key.get("kid").and_then(Value::as_str) == Some(name)
}
