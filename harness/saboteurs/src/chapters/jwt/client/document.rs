//! Saboteurs of what the client publishes, and of how it changes its key.

use super::sign::{Of, jwt, own_key, publish, published, signing};
use crate::{
    Saboteur,
    ledger::lock,
    message::{Members, Told, edit, members},
    sabotage::JwtClientSabotage,
};
use axum::http::header;
use btx_harness::embedded::Alterations;
use btx_spec::jose::SignedToken;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_the_document();
    all.extend(of_the_keys());
    all.extend(of_secrets());
    all.extend(of_changing());
    all
}

fn of_the_document() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_client(
            "has-a-query-in-its-client-id",
            "JW-CLI-030",
            "Calls itself by its client id with a query.",
            || {
                signing(Of::Resource, |jwt| {
                    let id = jwt.claims.get("iss").and_then(Value::as_str);
                    let id = json!(format!("{}?v=2", id.unwrap_or_default()));
                    jwt.say("iss", id.clone());
                    jwt.say("sub", id);
                })
            },
        )
        .also(
            "JW-CLI-004",
            &["It names its client"],
            "the target file has its client id as it should be",
        ),
        Saboteur::of_the_jwt_client(
            "calls-its-document-plain-text",
            "JW-CLI-031",
            "Serves its document as plain text.",
            || {
                publishing(|told| {
                    if is_document(told) {
                        told.set(header::CONTENT_TYPE, "text/plain");
                    }
                })
            },
        ),
        Saboteur::of_the_jwt_client(
            "writes-a-long-document",
            "JW-CLI-031",
            "Puts a text of six thousand letters into its document.",
            || {
                document(|members| {
                    members.insert("client_name".to_owned(), json!("a".repeat(6000)));
                })
            },
        ),
        Saboteur::of_the_jwt_client(
            "has-another-name-in-its-document",
            "JW-CLI-032",
            "Writes its client id with a slash more into its document.",
            || {
                document(|members| {
                    let id = members.get("client_id").and_then(Value::as_str);
                    let id = json!(format!("{}/", id.unwrap_or_default()));
                    members.insert("client_id".to_owned(), id);
                })
            },
        ),
        Saboteur::of_the_jwt_client(
            "keeps-its-keys-in-two-places",
            "JW-CLI-033",
            "Puts keys into its document, beside the address of the others.",
            || {
                let own = own_key().map(|key| key.public().to_jwk());
                document(move |members| {
                    members.insert("jwks".to_owned(), json!({ "keys": [own] }));
                })
            },
        ),
        Saboteur::of_the_jwt_client(
            "keeps-its-keys-at-another-origin",
            "JW-CLI-034",
            "Leaves its keys to another port of its host.",
            || {
                document(|members| {
                    let place = members.get("jwks_uri").and_then(Value::as_str);
                    let place = place.and_then(|place| url::Url::parse(place).ok());
                    if let Some(mut place) = place
                        && place.set_port(Some(1)).is_ok()
                    {
                        members.insert("jwks_uri".to_owned(), json!(place.as_str()));
                    }
                })
            },
        ),
    ]
}

fn of_the_keys() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_client(
            "gives-a-key-no-name",
            "JW-CLI-036",
            "Publishes a key without a kid beside the others.",
            || {
                let mut own = own_key()
                    .map(|key| key.public().to_jwk())
                    .unwrap_or_default();
                if let Some(members) = own.as_object_mut() {
                    members.remove("kid");
                }
                set(move |members| publish(members, &own))
            },
        ),
        Saboteur::of_the_jwt_client(
            "publishes-every-key-that-it-ever-had",
            "JW-CLI-037",
            "Publishes sixteen keys of earlier times beside those of now.",
            || {
                let own = own_key()
                    .map(|key| key.public().to_jwk())
                    .unwrap_or_default();
                set(move |members| {
                    for number in 1..=16 {
                        let mut old = own.clone();
                        if let Some(old) = old.as_object_mut() {
                            old.insert("kid".to_owned(), json!(format!("old-{number}")));
                        }
                        publish(members, &old);
                    }
                })
            },
        ),
        Saboteur::of_the_jwt_client(
            "does-not-say-how-long-its-keys-hold",
            "JW-CLI-038",
            "Leaves Cache-Control out where it serves its keys.",
            || {
                publishing(|told| {
                    if !is_document(told) {
                        told.remove(&header::CACHE_CONTROL);
                    }
                })
            },
        ),
    ]
}

fn of_secrets() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_client(
            "publishes-a-private-key",
            "JW-CLI-035",
            "Publishes the private half of its first key too.",
            || {
                set(|members| {
                    let keys = published(members).and_then(|keys| keys.first_mut());
                    if let Some(key) = keys.and_then(Value::as_object_mut) {
                        let half = "c3RvbGVuLXN0b2xlbi1zdG9sZW4tc3RvbGVuLXN0b2w";
                        key.insert("d".to_owned(), json!(half));
                    }
                })
            },
        ),
        Saboteur::of_the_jwt_client(
            "publishes-a-secret",
            "JW-CLI-035",
            "Has a client_secret in its document.",
            || {
                document(|members| {
                    members.insert("client_secret".to_owned(), json!("everybody-knows"));
                })
            },
        ),
    ]
}

fn of_changing() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_jwt_client(
            "signs-before-it-publishes",
            "JW-CLI-003",
            "Publishes a new key when the first JWT that is signed with it has been answered.",
            signs_before_it_publishes,
        )
        .only(&["is told to change its key"])
        .one_by_one(),
        Saboteur::of_the_jwt_client(
            "takes-the-old-key-out-at-once",
            "JW-CLI-041",
            "Takes a key out as soon as it signs with the next.",
            takes_the_old_key_out,
        )
        .one_by_one(),
    ]
}

/// The names of keys: those that it has published or signed with, and those that are out of use.
#[derive(Default)]
struct Names {
    known: Vec<String>,
    retired: Vec<String>,
}

fn signs_before_it_publishes() -> Alterations {
    let names = Arc::new(Mutex::new(Names::default()));
    let (answered, serving) = (names.clone(), names);
    JwtClientSabotage::new()
        .getting(move |inner, request| {
            let answered = answered.clone();
            Box::pin(async move {
                let signed_with = jwt(&request).and_then(|text| key_of(&text));
                let outcome = inner.get(request).await;
                if let Some(name) = signed_with {
                    lock(&answered).known.push(name);
                }
                outcome
            })
        })
        .told(move |_, told| {
            edit(&mut told.body, |members| {
                let mut names = lock(&serving);
                if let Some(keys) = published(members) {
                    if names.known.is_empty() {
                        names.known = keys.iter().filter_map(name_of).collect();
                    }
                    keys.retain(|key| name_of(key).is_some_and(|name| names.known.contains(&name)));
                }
            });
        })
        .alterations()
}

fn takes_the_old_key_out() -> Alterations {
    let names = Arc::new(Mutex::new(Names::default()));
    let (signing, serving) = (names.clone(), names);
    JwtClientSabotage::new()
        .calling(move |request| {
            if let Some(name) = jwt(request).and_then(|text| key_of(&text)) {
                let mut names = lock(&signing);
                if names.known.last() != Some(&name) {
                    let before = std::mem::replace(&mut names.known, vec![name]);
                    names.retired.extend(before);
                }
            }
        })
        .told(move |_, told| {
            edit(&mut told.body, |members| {
                let retired = lock(&serving).retired.clone();
                if let Some(keys) = published(members) {
                    keys.retain(|key| !name_of(key).is_some_and(|name| retired.contains(&name)));
                }
            });
        })
        .alterations()
}

/// The name of the key that a JWT is signed with.
fn key_of(text: &str) -> Option<String> {
    let token = SignedToken::parse(text).ok()?;
    token.key_id().map(str::to_owned)
}

/// The name of a key that is published.
fn name_of(key: &Value) -> Option<String> {
    Some(key.get("kid")?.as_str()?.to_owned())
}

/// A client that alters what it publishes before it leaves.
fn publishing(alter: impl Fn(&mut Told) + Send + Sync + 'static) -> Alterations {
    JwtClientSabotage::new()
        .told(move |_, told| alter(told))
        .alterations()
}

/// The same for the members of its document.
fn document(alter: impl Fn(&mut Members) + Send + Sync + 'static) -> Alterations {
    publishing(move |told| {
        if is_document(told) {
            told.edit(&alter);
        }
    })
}

/// The same for the members of its key set.
fn set(alter: impl Fn(&mut Members) + Send + Sync + 'static) -> Alterations {
    publishing(move |told| {
        if !is_document(told) {
            told.edit(&alter);
        }
    })
}

/// Whether it is the document, and not the key set.
fn is_document(told: &Told) -> bool {
    members(&told.body).is_some_and(|members| members.contains_key("client_id"))
}
