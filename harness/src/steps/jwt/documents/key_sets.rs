//! What a key set holds, by the words that scenarios have for it.

use super::content::{fill, insert};
use crate::{
    lab::jwt::{DocPlace, HostAnswer},
    steps::{Stop, calls::unknown, jose::stranger, registry::steps},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use btx_spec::jose::Algorithm;
use serde_json::{Map, Value, json};

/// Alters a key set.
type Alter = fn(&mut Map<String, Value>);

steps! {
    "its key set has {count} octets" => |world, count| {
        let octets = super::super::verifier::number(&count)?;
        let desk = &world.published(0)?.desk;
        desk.set(DocPlace::Keys, vec![HostAnswer::members(move |set| fill(set, octets))]);
        Ok(())
    }
    "its key set has {count} keys" => |world, count| {
        let count = super::super::verifier::number(&count)?;
        let desk = &world.published(0)?.desk;
        desk.set(DocPlace::Keys, vec![HostAnswer::members(move |set| multiply(set, count))]);
        Ok(())
    }
    "its key set has {words}" => |world, words| {
        let desk = &world.published(0)?.desk;
        let answer = match decoy(&words) {
            Some((beginning, end)) => super::answers::altered(move |response| insert(response, beginning, end)),
            None if words == "a name twice in its key" => super::answers::altered(|response| {
                let text = String::from_utf8_lossy(&response.body);
                let text = text.replacen("\"kid\":", "\"kid\":\"another\",\"kid\":", 1);
                *response = super::answers::with_body(response, text.as_bytes());
            }),
            None => HostAnswer::members(alteration(&words)?),
        };
        desk.set(DocPlace::Keys, vec![answer]);
        Ok(())
    }
    "its document has its keys, and {words}" => |world, words| {
        let alter = alteration(&words)?;
        let desk = &world.published(0)?.desk;
        desk.inline(true);
        desk.alter_document(move |document| {
            if let Some(Value::Object(set)) = document.get_mut("jwks") {
                alter(set);
            }
        });
        Ok(())
    }
}

/// What makes a name stand twice in a key set.
fn decoy(words: &str) -> Option<(&'static str, &'static str)> {
    match words {
        "keys twice, the right ones last" => Some(("\"keys\":[]", "")),
        "keys twice, the right ones first" => Some(("", "\"keys\":[]")),
        _ => None,
    }
}

fn alteration(words: &str) -> Result<Alter, Stop> {
    Ok(match words {
        "the private half of its key" => |set| {
            if let Some(Value::Object(key)) = keys(set).and_then(|keys| keys.first_mut()) {
                key.insert("d".to_owned(), json!(octets(&[7; 32])));
            }
        },
        "a private key beside its own" => |set| {
            beside(set, |key| {
                key.insert("d".to_owned(), json!(octets(&[7; 32])));
            });
        },
        "a symmetric key beside its own" => |set| {
            push(
                set,
                json!({
                    "kty": "oct", "kid": "secret", "alg": "HS256", "k": octets(&[7; 32]),
                }),
            );
        },
        "a second key of its name" => |set| {
            beside(set, |key| {
                key.insert("kid".to_owned(), json!("k1"));
            });
        },
        "an RSA key of 1024 bits beside its own" => |set| push(set, rsa(128)),
        "an RSA key of 8200 bits beside its own" => |set| push(set, rsa(1025)),
        "a point off its curve beside its own" => |set| {
            beside(set, |key| {
                key.insert("y".to_owned(), json!(octets(&[7; 32])));
            });
        },
        _ => return Err(unknown("content of a key set", words)),
    })
}

fn keys(set: &mut Map<String, Value>) -> Option<&mut Vec<Value>> {
    set.get_mut("keys").and_then(Value::as_array_mut)
}

fn push(set: &mut Map<String, Value>, key: Value) {
    if let Some(keys) = keys(set) {
        keys.push(key);
    }
}

/// Puts another key beside, altered.
fn beside(set: &mut Map<String, Value>, alter: fn(&mut Map<String, Value>)) {
    let Ok(stranger) = stranger::make(Algorithm::ES256, "stranger") else {
        return;
    };
    if let Value::Object(mut key) = stranger.jwk("other") {
        alter(&mut key);
        push(set, Value::Object(key));
    }
}

/// Lets a key set have that many keys, of which the others differ in their names alone.
fn multiply(set: &mut Map<String, Value>, count: usize) {
    let Some(keys) = keys(set) else { return };
    let first = keys.first().cloned().unwrap_or_default();
    while keys.len() < count {
        let mut other = first.clone();
        if let Some(members) = other.as_object_mut() {
            members.insert("kid".to_owned(), json!(format!("other-{}", keys.len())));
        }
        keys.push(other);
    }
}

/// An RSA key with a modulus of that many octets, which nobody has made.
fn rsa(length: usize) -> Value {
    json!({
        "kty": "RSA", "kid": "rsa", "alg": "RS256", "use": "sig", "e": "AQAB",
        "n": octets(&vec![0xc5; length]),
    })
}

fn octets(octets: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}
