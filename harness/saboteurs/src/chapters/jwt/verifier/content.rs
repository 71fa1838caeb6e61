//! Saboteurs of what a document and a key set say.

use super::{Verifies, answers::edit, both, mending};
use crate::{
    Saboteur,
    message::{Members, members},
};
use btx_reference::outbound::Answer;
use btx_spec::jose::PublicKey;
use bytes::Bytes;
use serde_json::{Value, json};
use std::collections::HashSet;

pub(super) fn saboteurs<R: Verifies>() -> Vec<Saboteur> {
    vec![
        R::saboteur(
            both!("does-not-look-at-the-client-id-of-a-document"),
            "JW-ANY-011",
            "Takes a document of whatever client id.",
            || {
                mending::<R>(|url, answer| {
                    let url = json!(url);
                    let keyed = |m: &Members| m.contains_key("jwks_uri") || m.contains_key("jwks");
                    edit(answer, |members| {
                        if keyed(members) {
                            members.insert("client_id".to_owned(), url);
                        }
                    });
                })
            },
        ),
        R::saboteur(
            both!("takes-one-of-two-places-of-keys"),
            "JW-ANY-012",
            "Takes the keys of a document that has them in two ways.",
            || {
                mending::<R>(|_, answer| {
                    edit(answer, |members| {
                        if members.contains_key("jwks_uri") {
                            members.remove("jwks");
                        }
                    });
                })
            },
        )
        .only(&["has them as well"]),
        R::saboteur(
            both!("looks-for-keys-beside-the-document"),
            "JW-ANY-012",
            "Fetches the keys beside a document that says nothing of them.",
            || {
                mending::<R>(|url, answer| {
                    let place = url.replace("/client.json", "/jwks.json");
                    edit(answer, |members| {
                        let says = ["jwks", "jwks_uri"]
                            .iter()
                            .any(|n| members.contains_key(*n));
                        if members.contains_key("client_id") && !says {
                            members.insert("jwks_uri".to_owned(), json!(place));
                        }
                    });
                })
            },
        )
        .only(&["nothing of its keys"]),
        R::saboteur(
            both!("passes-over-private-keys"),
            "JW-ANY-014",
            "Uses the public half of what is published, and passes over secrets.",
            || {
                mending::<R>(|_, answer| {
                    in_the_set(answer, |keys| {
                        keys.retain(|key| key.get("kty") != Some(&json!("oct")));
                        for key in keys.iter_mut().filter_map(Value::as_object_mut) {
                            key.remove("d");
                        }
                    });
                })
            },
        ),
        R::saboteur(
            both!("takes-the-first-key-of-a-name"),
            "JW-ANY-015",
            "Takes the first of two keys of one name.",
            || {
                mending::<R>(|_, answer| {
                    in_the_set(answer, |keys| {
                        let mut seen = HashSet::new();
                        keys.retain(|key| seen.insert(key.get("kid").map(Value::to_string)));
                    });
                })
            },
        ),
        R::saboteur(
            both!("passes-over-keys-that-are-none"),
            "JW-ANY-016",
            "Passes over keys that it cannot use, and uses those beside them.",
            || {
                mending::<R>(|_, answer| {
                    in_the_set(answer, |keys| {
                        keys.retain(|key| {
                            let other =
                                key.get("d").is_some() || key.get("kty") == Some(&json!("oct"));
                            other || PublicKey::parse_jwk(&key.to_string()).is_ok()
                        });
                    });
                })
            },
        ),
        R::saboteur(
            both!("passes-over-shared-secrets"),
            "JW-ANY-017",
            "Passes over secrets in a document.",
            || {
                mending::<R>(|_, answer| {
                    edit(answer, |members| {
                        members.remove("client_secret");
                        members.remove("token_endpoint_auth_method");
                    });
                })
            },
        ),
        R::saboteur(
            both!("takes-the-last-of-two-members"),
            "JW-ANY-018",
            "Takes the last of several members of one name.",
            || {
                mending::<R>(|_, answer| {
                    if let Some(members) = members(&answer.body) {
                        answer.body = Bytes::from(Value::Object(members).to_string());
                    }
                })
            },
        ),
    ]
}

/// Alters the keys that came, in a set of their own or in a document.
fn in_the_set(answer: &mut Answer, alter: impl FnOnce(&mut Vec<Value>)) {
    edit(answer, |members| {
        let set = match members.contains_key("jwks") {
            true => members.get_mut("jwks").and_then(Value::as_object_mut),
            false => Some(members),
        };
        if let Some(Value::Array(keys)) = set.and_then(|set| set.get_mut("keys")) {
            alter(keys);
        }
    });
}
