//! Saboteurs of the chapter "The token call"; what is about repeats and parallel exchanges stands in
//! `repeats.rs`.

use crate::{
    Saboteur,
    inbound::{Layer, pass},
    message::{Asked, Told, edit_text, members, text},
    sabotage::Sabotage,
};
use axum::{
    Router,
    body::Body,
    extract::Request,
    http::Method,
    middleware::{Next, from_fn},
};
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use btx_harness::embedded::Alterations;
use btx_reference::outbound::{Outbound, OutboundRequest};
use btx_spec::{FormError, HmacKey, ProblemType, TokenCall};
use futures::{StreamExt as _, future::BoxFuture};
use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::time::Instant;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_the_exchange_id();
    all.extend(of_the_key());
    all.extend(of_the_judging());
    all
}

fn of_the_exchange_id() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "reads-ids-as-a-uuid-library-does",
            "EX-ISS-011",
            "Takes an exchange_id in braces, without hyphens, or as a URN.",
            || {
                reading_ids(|id| {
                    hyphenated(id.trim_matches(['{', '}']).trim_start_matches("urn:uuid:"))
                })
            },
        )
        .only(&["in braces", "without hyphens", "as a URN"]),
        Saboteur::new(
            "does-not-look-at-ids",
            "EX-ISS-011",
            "Answers a token call with any text as exchange_id with 204.",
            || {
                Sabotage::new()
                    .call_answers(|asked, told| {
                        let malformed = told.problem() == Some(ProblemType::MalformedMessage);
                        if malformed && has_another_id(asked) {
                            *told = Told::empty(204);
                        }
                    })
                    .alterations()
            },
        )
        .also(
            "EX-ISS-030",
            &["an exchange_id in capitals"],
            "that fault is none to it",
        )
        .also(
            "EX-ISS-083",
            &["an exchange_id in capitals"],
            "that fault is none to it",
        )
        .also(
            "EX-ISS-015",
            &["an exchange_id in capitals, and another issuer"],
            "the first of the two faults is none to it",
        ),
        Saboteur::new(
            "trims-ids",
            "EX-ISS-011",
            "Takes an exchange_id with white space around it, or in parentheses.",
            || reading_ids(|id| id.trim().trim_matches(['(', ')']).to_owned()),
        )
        .only(&["a leading space", "a line feed", "in parentheses"]),
    ]
}

/// Whether the first that is wrong with a token call is the form of its exchange id.
fn has_another_id(asked: &Asked) -> bool {
    matches!(
        TokenCall::parse(&asked.body),
        Err(FormError::BadValue {
            member: "exchange_id",
            ..
        })
    )
}

/// Another reading of the exchange id.
fn reading_ids(read: fn(&str) -> String) -> Alterations {
    Sabotage::new()
        .call_members(move |m| edit_text(m, "exchange_id", read))
        .alterations()
}

/// The hyphens of a UUID, where there are none.
fn hyphenated(id: &str) -> String {
    if id.len() != 32 || !id.is_ascii() {
        return id.to_owned();
    }
    let digits = |range: std::ops::Range<usize>| id.get(range).unwrap_or_default();
    [
        digits(0..8),
        digits(8..12),
        digits(12..16),
        digits(16..20),
        digits(20..32),
    ]
    .join("-")
}

fn of_the_key() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "takes-keys-of-any-length",
            "EX-ISS-012",
            "Takes a key of any number of bytes.",
            || {
                reading_keys(|key| {
                    let mut bytes = STANDARD.decode(key).ok()?;
                    bytes.resize(32, 0);
                    Some(bytes)
                })
            },
        )
        .only(&[
            "31 bytes",
            "33 bytes",
            "64 bytes",
            "that is empty",
            "in hexadecimal",
        ])
        .also("EX-ISS-030", &["31 bytes"], "that fault is none to it"),
        Saboteur::new(
            "decodes-keys-leniently",
            "EX-ISS-012",
            "Takes a key in either alphabet of base64, with or without padding, with stray bits.",
            || {
                reading_keys(|key| {
                    let config = GeneralPurposeConfig::new()
                        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
                        .with_decode_allow_trailing_bits(true);
                    let lenient = GeneralPurpose::new(&alphabet::STANDARD, config);
                    let bytes = lenient
                        .decode(key.replace('-', "+").replace('_', "/"))
                        .ok()?;
                    (bytes.len() == 32).then_some(bytes)
                })
            },
        )
        .only(&["base64url", "without padding", "stray bits"]),
        Saboteur::new(
            "reads-keys-in-hexadecimal",
            "EX-ISS-012",
            "Takes a key in hexadecimal.",
            || {
                reading_keys(|key| {
                    let digit = |at: usize| u8::from_str_radix(key.get(at..at + 2)?, 16).ok();
                    (0..32)
                        .map(|byte| digit(byte * 2))
                        .collect::<Option<Vec<u8>>>()
                })
            },
        )
        .only(&["in hexadecimal"]),
        Saboteur::new(
            "skips-white-space-in-keys",
            "EX-ISS-012",
            "Takes a key with white space in its base64.",
            || {
                reading_keys(|key| {
                    let solid: String = key.split_whitespace().collect();
                    let bytes = STANDARD.decode(&solid).ok()?;
                    (bytes.len() == 32 && solid.len() < key.len()).then_some(bytes)
                })
            },
        )
        .only(&[
            "a line feed inside",
            "a line feed at its end",
            "a space at its end",
        ]),
    ]
}

/// Another reading of the key.
fn reading_keys(read: fn(&str) -> Option<Vec<u8>>) -> Alterations {
    Sabotage::new()
        .call_members(move |m| {
            edit_text(m, "hmac_key", |text| {
                match read(text).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()) {
                    Some(bytes) => HmacKey::from_bytes(bytes).to_base64().to_string(),
                    None => text.to_owned(),
                }
            });
        })
        .alterations()
}

fn of_the_judging() -> Vec<Saboteur> {
    vec![
        Saboteur::new(
            "wants-the-length-of-calls-announced",
            "EX-ISS-022",
            "Refuses a token call without Content-Length.",
            || {
                Sabotage::new()
                    .refusing(ProblemType::MalformedMessage, |call| {
                        call.field("content-length").is_none() && call.head.method == Method::POST
                    })
                    .alterations()
            },
        )
        .only(&["in chunks is taken"]),
        Saboteur::new(
            "has-a-small-buffer",
            "EX-ISS-010",
            "Refuses a token call of more than 4000 bytes.",
            || {
                Sabotage::new()
                    .refusing(ProblemType::MessageTooLarge, |call| {
                        (4001..=4096).contains(&call.body.len())
                    })
                    .alterations()
            },
        ),
        Saboteur::new(
            "does-not-wait-for-the-end",
            "EX-ISS-014",
            "Begins the exchange when only the last brace of the token call is missing.",
            || {
                Sabotage::new()
                    .router(|_, router| impatient(router))
                    .alterations()
            },
        ),
        Saboteur::new(
            "judges-from-the-last-rule-to-the-first",
            "EX-ISS-015",
            "Answers a token call with several faults by the last of them.",
            || {
                let own = Arc::new(OnceLock::new());
                let told = own.clone();
                Sabotage::new()
                    .config(move |config| {
                        let _ = told.set(config.identifier.as_str().to_owned());
                    })
                    .instead(move |asked| {
                        if !asked.is_call() {
                            return None;
                        }
                        let faults = faults(asked, own.get().map_or("", String::as_str));
                        let several = faults.len() > 1;
                        faults
                            .last()
                            .filter(|_| several)
                            .map(|last| Told::refusal(*last))
                    })
                    .alterations()
            },
        )
        .except(&["a body that is not JSON, and a version"]),
        Saboteur::new(
            "looks-for-the-version-first",
            "EX-ISS-015",
            "Refuses the version of a body that is no JSON at all, since it finds none.",
            || {
                Sabotage::new()
                    .refusing(ProblemType::UnsupportedVersion, |call| {
                        let text = String::from_utf8_lossy(&call.body);
                        let is_json = call.field("content-type") == Some("application/json");
                        is_json && text.contains("no JSON")
                    })
                    .alterations()
            },
        )
        .only(&["a body that is not JSON, and a version"])
        .also(
            "EX-ISS-030",
            &["that is not JSON"],
            "a body that is no JSON has no version either",
        ),
        Saboteur::new(
            "calls-back-first-and-judges-later",
            "EX-ISS-013",
            "Sends a token issue to the initiator of a token call that it refuses.",
            || {
                let urls = Arc::new(OnceLock::new());
                let outbound = Arc::new(OnceLock::new());
                let (given_urls, given_outbound) = (urls.clone(), outbound.clone());
                Sabotage::new()
                    .config(move |config| {
                        let known = config.partners.iter().map(|p| {
                            (
                                p.identifier.as_str().to_owned(),
                                p.receives.as_str().to_owned(),
                            )
                        });
                        let _ = given_urls.set(known.collect());
                    })
                    .parts(move |_, parts| {
                        let _ = given_outbound.set(parts.outbound.clone());
                        parts
                    })
                    .layer(CallsBackFirst { urls, outbound })
                    .alterations()
            },
        )
        // There is nobody to call back.
        .except(&[
            "is cut off",
            "A stranger is not called back",
            "that is not registered",
            "with a body that is not JSON",
            "an empty body",
            "cut off in the middle",
            "no initiator",
            "the initiator's identifier with capital letters in it",
        ])
        .also(
            "EX-ISS-017",
            &["twenty simultaneous calls"],
            "nineteen of the calls are refused",
        )
        .also(
            "EX-ISS-020",
            &["More exchanges than declared", "A flood of calls"],
            "a call over the declared number is one that it refuses",
        ),
    ]
}

/// The faults of a token call that it can see, in the order of the book.
fn faults(asked: &Asked, own: &str) -> Vec<ProblemType> {
    let mut faults = Vec::new();
    if asked.head.method != Method::POST {
        faults.push(ProblemType::MethodNotAllowed);
    }
    if asked
        .field("content-type")
        .is_some_and(|t| t.starts_with("text/"))
    {
        faults.push(ProblemType::UnsupportedMediaType);
    }
    let Some(members) = members(&asked.body) else {
        faults.push(ProblemType::MalformedMessage);
        return faults;
    };
    let of = |name| text(&members, name).unwrap_or_default();
    if of("version") != "BTX-1" {
        faults.push(ProblemType::UnsupportedVersion);
    }
    if of("exchange_id").contains(char::is_uppercase) {
        faults.push(ProblemType::MalformedMessage);
    }
    if of("issuer") != own {
        faults.push(ProblemType::WrongIssuer);
    }
    if of("initiator").contains("stranger") {
        faults.push(ProblemType::UnknownInitiator);
    }
    faults
}

/// Lets a token call through as soon as one more brace would make it whole.
fn impatient(router: Router) -> Router {
    router.layer(from_fn(|request: Request, next: Next| async move {
        if request.uri().path() != "/btx/token-call" {
            return next.run(request).await;
        }
        let (head, body) = request.into_parts();
        let mut chunks = body.into_data_stream();
        let mut so_far = Vec::new();
        while let Some(Ok(chunk)) = chunks.next().await {
            so_far.extend_from_slice(&chunk);
            let completed = [so_far.as_slice(), b"}"].concat();
            if members(&completed).is_some() {
                so_far = completed;
                break;
            }
        }
        next.run(Request::from_parts(head, Body::from(so_far)))
            .await
    }))
}

/// Sends a token issue, whatever the judgement will be.
struct CallsBackFirst {
    urls: Arc<OnceLock<HashMap<String, String>>>,
    outbound: Arc<OnceLock<Arc<dyn Outbound>>>,
}

impl Layer for CallsBackFirst {
    fn take(&self, asked: Asked, next: Next) -> BoxFuture<'static, Told> {
        let issue = self.urls.get().and_then(|urls| issue_for(&asked, urls));
        let outbound = self.outbound.get().cloned();
        Box::pin(async move {
            let told = pass(asked, next).await;
            // What was refused because of the token issue itself is another matter.
            let judged = told.head.status.is_client_error();
            if let (true, Some(issue), Some(outbound)) = (judged, issue, outbound) {
                outbound.post(issue).await;
            }
            told
        })
    }
}

/// A token issue for whoever a token call seems to be from.
fn issue_for(asked: &Asked, urls: &HashMap<String, String>) -> Option<OutboundRequest> {
    let body = String::from_utf8_lossy(&asked.body);
    let (_, url) = urls.iter().find(|(name, _)| body.contains(name.as_str()))?;
    let id = asked.text("exchange_id").unwrap_or_default();
    let issue = serde_json::json!({ "version": "BTX-1", "exchange_id": id });
    let deadline = Instant::now() + Duration::from_secs(5);
    let body = issue.to_string().into();
    asked
        .is_call()
        .then(|| OutboundRequest::json(url.as_str(), body, deadline))
}
