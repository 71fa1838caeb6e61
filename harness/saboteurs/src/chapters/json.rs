//! Saboteurs of the chapter "HTTP", where it is about JSON: readers that see in a message what others
//! do not.

use crate::{
    Saboteur,
    message::{Asked, Members, Told, members},
    sabotage::Sabotage,
};
use btx_harness::embedded::Alterations;
use btx_spec::ProblemType;
use bytes::Bytes;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::Value;
use std::fmt;

const MADE_UP: &str = "a call without a key is taken";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_the_syntax();
    all.extend(of_repeated_names());
    all.extend(of_required_members());
    all.extend(of_unknown_members());
    all
}

fn of_the_syntax() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "skips-a-byte-order-mark",
            "HT-ANY-008",
            "Takes a body that begins with a byte order mark.",
            || reading(|text| text.strip_prefix('\u{feff}').map(str::to_owned)),
        )
        .only(&["byte order mark"]),
        Saboteur::new(
            "replaces-bytes-that-are-not-utf-8",
            "HT-ANY-008",
            "Reads bytes that are not UTF-8 as replacement characters.",
            || reading(|text| text.contains('\u{fffd}').then(|| text.to_owned())),
        )
        .only(&["not UTF-8"]),
        Saboteur::new(
            "stops-at-the-end-of-the-object",
            "HT-ANY-008",
            "Does not look at what follows the object.",
            || {
                reading(|text| {
                    let mut values =
                        serde_json::Deserializer::from_str(text).into_iter::<Members>();
                    let first = values.next()?.ok()?;
                    (values.byte_offset() < text.len()).then(|| Value::Object(first).to_string())
                })
            },
        )
        .only(&["a second object"]),
        Saboteur::new(
            "takes-the-first-of-an-array",
            "HT-ANY-008",
            "Takes an array of one object as the object.",
            || {
                reading(|text| {
                    let all: Vec<Value> = serde_json::from_str(text).ok()?;
                    all.first().map(Value::to_string)
                })
            },
        )
        .only(&["an array around"]),
        Saboteur::new(
            "thanks-for-anything",
            "HT-ANY-008",
            "Answers what is no JSON at all with 204.",
            || {
                taking_malformed(|call| {
                    let text = String::from_utf8_lossy(&call.body);
                    serde_json::from_str::<serde::de::IgnoredAny>(&text).is_err()
                })
            },
        )
        .except(&["an array around", "not UTF-8"])
        .also(
            "EX-ISS-030",
            &["that is not JSON"],
            "what it takes is no fault to it",
        )
        .also(
            "EX-ISS-015",
            &["a body that is not JSON, and a version"],
            "what it takes is no fault to it",
        ),
        Saboteur::new(
            "reads-relaxed-json",
            "HT-ANY-008",
            "Takes comments, single quotes, a last comma, and NaN.",
            || {
                reading(|text| {
                    serde_json::from_str::<serde::de::IgnoredAny>(text)
                        .is_err()
                        .then(|| {
                            text.replace("/* the shop's call */", "")
                                .replace('\'', "\"")
                                .replace(",}", "}")
                                .replace("NaN", "null")
                        })
                })
            },
        )
        .only(&["a comma after", "a comment", "single quotes", "NaN"]),
    ]
}

/// Answers some token calls with 204 although they are malformed, and begins no exchange.
fn taking_malformed(which: fn(&Asked) -> bool) -> Alterations {
    Sabotage::new()
        .call_answers(move |asked, told| {
            if told.problem() == Some(ProblemType::MalformedMessage) && which(asked) {
                *told = Told::empty(204);
            }
        })
        .alterations()
}

/// A reader that makes something of a body that the reference would refuse.
fn reading(read: fn(&str) -> Option<String>) -> Alterations {
    Sabotage::new()
        .calls(move |call| {
            if let Some(text) = read(&String::from_utf8_lossy(&call.body)) {
                call.body = text.into();
            }
        })
        .alterations()
}

fn of_repeated_names() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "takes-the-first-of-two-members",
            "HT-ANY-009",
            "Takes the first of two members of one name.",
            || {
                Sabotage::new()
                    .calls(|call| call.body = first_wins(&call.body))
                    .alterations()
            },
        ),
        Saboteur::new(
            "looks-for-repeats-among-the-known-members",
            "HT-ANY-009",
            "Takes two members of one name if it does not know the name.",
            || {
                Sabotage::new()
                    .calls(|call| {
                        let unknown_twice = String::from_utf8_lossy(&call.body)
                            .matches("\"note\"")
                            .count()
                            > 1;
                        if unknown_twice {
                            call.body = first_wins(&call.body);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["an unknown member twice"]),
        Saboteur::new(
            "compares-names-before-it-unescapes-them",
            "HT-ANY-009",
            "Takes two members of one name if one of them is spelled with an escape.",
            || {
                Sabotage::new()
                    .calls(|call| {
                        if String::from_utf8_lossy(&call.body).contains("\\u005f") {
                            call.body = first_wins(&call.body);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["with an escape"]),
    ]
}

/// The object with each name once, and with the value that it had first.
pub(super) fn first_wins(body: &Bytes) -> Bytes {
    match serde_json::from_slice::<FirstWins>(body) {
        Ok(FirstWins(members)) if members_differ(body, &members) => {
            Value::Object(members).to_string().into()
        }
        _ => body.clone(),
    }
}

/// Whether a name stands twice: then this object is shorter than the body.
fn members_differ(body: &Bytes, members: &Members) -> bool {
    Value::Object(members.clone()).to_string().len() < body.len()
}

struct FirstWins(Members);

impl<'de> Deserialize<'de> for FirstWins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = FirstWins;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FirstWins, A::Error> {
                let mut members = Members::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    members.entry(name).or_insert(value);
                }
                Ok(FirstWins(members))
            }
        }
        deserializer.deserialize_map(Names)
    }
}

fn of_required_members() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "takes-a-call-without-an-issuer",
            "HT-ANY-010",
            "Takes a token call without issuer, or with anything but text there, as one for itself.",
            || {
                let own = std::sync::Arc::new(std::sync::OnceLock::new());
                let told = own.clone();
                Sabotage::new()
                    .config(move |config| {
                        let _ = told.set(config.identifier.as_str().to_owned());
                    })
                    .call_members(move |m| {
                        if let Some(own) = own.get() {
                            fill_in(m, "issuer", own);
                        }
                    })
                    .alterations()
            },
        )
        .only(&["no issuer", "an object as issuer"]),
        Saboteur::new(
            "makes-up-a-missing-key",
            "HT-ANY-010",
            "Takes a key that is missing, null or true as one of 32 zero bytes.",
            || {
                Sabotage::new()
                    .call_members(|m| {
                        fill_in(m, "hmac_key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
                    })
                    .alterations()
            },
        )
        .only(&["hmac_key"])
        .also("EX-ISS-030", &["no hmac_key"], MADE_UP)
        .also("HT-ANY-011", &["HMAC_KEY"], "a key under another name is missing"),
        Saboteur::new(
            "takes-a-call-without-an-exchange-id",
            "HT-ANY-010",
            "Answers a token call whose exchange_id is missing or not a string with 204.",
            || taking_malformed(|call| lacks(call, "exchange_id")),
        )
        .only(&["no exchange_id", "a null exchange_id", "a number as exchange_id"])
        .also("HT-ANY-011", &["Exchange_Id"], "an id under another name is missing"),
        Saboteur::new(
            "takes-a-call-of-nobody",
            "HT-ANY-010",
            "Answers a token call without an initiator with 204.",
            || taking_malformed(|call| lacks(call, "initiator")),
        )
        .only(&["no initiator", "an array as initiator"]),
        Saboteur::new(
            "unwraps-arrays",
            "HT-ANY-010",
            "Takes an array of one text as the text.",
            || {
                Sabotage::new()
                    .call_members(|m| {
                        for value in m.values_mut() {
                            if let Some(first) = value.get(0).filter(|v| v.is_string()) {
                                *value = first.clone();
                            }
                        }
                    })
                    .alterations()
            },
        )
        .only(&["an array as initiator"]),
    ]
}

/// Whether a message that is JSON has no such text.
fn lacks(call: &Asked, name: &str) -> bool {
    members(&call.body).is_some_and(|m| !m.get(name).is_some_and(Value::is_string))
}

/// Puts a value where there is no text.
pub(super) fn fill_in(members: &mut Members, name: &str, value: &str) {
    if !members.get(name).is_some_and(Value::is_string) {
        members.insert(name.to_owned(), value.into());
    }
}

fn of_unknown_members() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "reads-names-in-any-case",
            "HT-ANY-011",
            "Takes a member whose name differs in letter case for the one that is missing.",
            || {
                Sabotage::new()
                    .call_members(|m| {
                        for name in ["exchange_id", "hmac_key"] {
                            let other = m.keys().find(|k| k.eq_ignore_ascii_case(name)).cloned();
                            let value = other.and_then(|other| m.get(&other).cloned());
                            if let Some(value) = value.filter(|_| !m.contains_key(name)) {
                                m.insert(name.to_owned(), value);
                            }
                        }
                    })
                    .alterations()
            },
        ),
        Saboteur::new(
            "takes-known-members-only",
            "HT-ANY-012",
            "Refuses a token call with a member that it does not know.",
            || {
                Sabotage::new()
                    .refusing(ProblemType::MalformedMessage, |call| {
                        call.body.len() <= 65_536 && has_unknown(call)
                    })
                    .alterations()
            },
        )
        .also(
            "EX-ISS-010",
            &["4096 bytes"],
            "it is padded with a member that nobody knows",
        ),
        Saboteur::new(
            "stumbles-over-null",
            "HT-ANY-012",
            "Refuses a token call in which an unknown member is null.",
            || {
                Sabotage::new()
                    .refusing(ProblemType::MalformedMessage, |call| {
                        members(&call.body).is_some_and(|m| m.get("note") == Some(&Value::Null))
                    })
                    .alterations()
            },
        )
        .only(&["that is null"]),
        Saboteur::new(
            "stumbles-over-nesting",
            "HT-ANY-012",
            "Refuses a token call in which an unknown member is nested.",
            || {
                Sabotage::new()
                    .refusing(ProblemType::MalformedMessage, |call| {
                        members(&call.body)
                            .is_some_and(|m| m.get("note").is_some_and(Value::is_array))
                    })
                    .alterations()
            },
        )
        .only(&["nested 8 levels"]),
        Saboteur::new(
            "reads-into-any-depth",
            "HT-ANY-013",
            "Takes a token call whatever the depth to which it is nested.",
            || Sabotage::new().calls(flatten).alterations(),
        ),
    ]
}

/// Whether there is a member that the specification does not know.
fn has_unknown(call: &Asked) -> bool {
    const KNOWN: [&str; 5] = ["version", "exchange_id", "issuer", "initiator", "hmac_key"];
    members(&call.body).is_some_and(|m| m.keys().any(|name| !KNOWN.contains(&name.as_str())))
}

/// Takes arrays that are nested too deep out of a message.
pub(super) fn flatten(message: &mut Asked) {
    let text = String::from_utf8_lossy(&message.body);
    if text.contains(&"[".repeat(65)) {
        let flat: String = text.chars().filter(|c| !matches!(c, '[' | ']')).collect();
        message.body = flat.replace("\"note\":", "\"note\":0").into();
    }
}
