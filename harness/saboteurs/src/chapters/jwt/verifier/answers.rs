//! Saboteurs of how a document or a key set comes.

use super::{Verifies, both, mending, mending_more};
use crate::{
    Saboteur,
    message::{Members, members, sound_members},
    outbound::Courier,
    sabotage::RoleSabotage,
};
use btx_reference::outbound::{Answer, LARGEST_ANSWER, Outbound, OutboundOutcome, OutboundRequest};
use btx_spec::jwt::{LARGEST_DOCUMENT, MOST_KEYS};
use bytes::Bytes;
use futures::future::BoxFuture;
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use url::Url;

/// What stands in front of the content of a stored block of gzip, and behind it.
const AROUND: (usize, usize) = (15, 8);

pub(super) fn saboteurs<R: Verifies>() -> Vec<Saboteur> {
    let mut all = of_forms::<R>();
    all.extend(of_sizes::<R>());
    all.extend(of_pace::<R>());
    all
}

fn of_forms<R: Verifies>() -> Vec<Saboteur> {
    vec![
        R::saboteur(
            both!("proves-itself-to-hosts-of-documents"),
            "JW-ANY-002",
            "Shows credentials where it fetches documents.",
            || {
                mending_more::<R>(
                    |request| {
                        *request = request.clone().with("authorization", "Basic ZmFybTpmYXJt");
                    },
                    |_, _| {},
                )
            },
        ),
        R::saboteur(
            both!("follows-redirects-of-documents"),
            "JW-ANY-003",
            "Goes where a redirect leads, and takes what is there.",
            || RoleSabotage::<R>::new().courier(Following).alterations(),
        ),
        R::saboteur(
            both!("takes-documents-of-any-status"),
            "JW-ANY-005",
            "Takes a document or keys with whatever status.",
            || {
                mending::<R>(|_, answer| {
                    if members(&answer.body).is_some() {
                        answer.status = 200;
                    }
                })
            },
        ),
        R::saboteur(
            both!("takes-documents-of-any-media-type"),
            "JW-ANY-006",
            "Does not look at the media type of a document.",
            || mending::<R>(|_, answer| answer.content_type = Some("application/json".to_owned())),
        ),
        R::saboteur(
            both!("unfolds-documents"),
            "JW-ANY-019",
            "Takes what is compressed, and does not mind what is said of it.",
            || {
                mending::<R>(|_, answer| {
                    answer.content_encoding = None;
                    if answer.body.starts_with(&[0x1f, 0x8b]) {
                        let end = answer.body.len().saturating_sub(AROUND.1);
                        let stored = answer.body.get(AROUND.0..end).unwrap_or_default();
                        answer.body = Bytes::copy_from_slice(stored);
                    }
                })
            },
        ),
    ]
}

fn of_sizes<R: Verifies>() -> Vec<Saboteur> {
    vec![
        R::saboteur(
            both!("takes-small-documents-only"),
            "JW-ANY-007",
            "Takes documents of 4096 octets.",
            || {
                mending::<R>(|_, answer| {
                    answer.cut |= is_document(answer) && answer.body.len() > 4096
                })
            },
        ),
        R::saboteur(
            both!("takes-documents-of-any-size"),
            "JW-ANY-008",
            "Reads as much of a document as comes.",
            || {
                mending_more::<R>(
                    |request| request.largest = LARGEST_ANSWER,
                    |_, answer| {
                        if is_document(answer) && answer.body.len() > LARGEST_DOCUMENT {
                            edit(answer, |members| drop(members.remove("filler")));
                        }
                    },
                )
            },
        ),
        R::saboteur(
            both!("takes-small-key-sets-only"),
            "JW-ANY-009",
            "Takes key sets of 10 keys and 10000 octets.",
            || {
                mending::<R>(|_, answer| {
                    let keys = keys(answer).map_or(0, |keys| keys.len());
                    answer.cut |= keys > 10 || (!is_document(answer) && answer.body.len() > 10_000);
                })
            },
        ),
        R::saboteur(
            both!("takes-key-sets-of-any-size"),
            "JW-ANY-010",
            "Reads as much of a key set as comes.",
            || {
                mending_more::<R>(
                    |request| request.largest = LARGEST_ANSWER,
                    |_, answer| {
                        if keys(answer).is_some() {
                            edit(answer, |members| {
                                members.remove("filler");
                                if let Some(Value::Array(keys)) = members.get_mut("keys") {
                                    keys.truncate(MOST_KEYS);
                                }
                            });
                        }
                    },
                )
            },
        ),
    ]
}

fn of_pace<R: Verifies>() -> Vec<Saboteur> {
    vec![
        R::saboteur(
            both!("waits-long-for-documents"),
            "JW-ANY-024",
            "Waits for documents longer than it declares.",
            || {
                RoleSabotage::<R>::new()
                    .courier(Patient)
                    .config(|config| {
                        R::verifier(config, |v| v.limits.deadline = Duration::from_secs(5));
                    })
                    .alterations()
            },
        ),
        R::saboteur(
            both!("fetches-one-document-after-the-other"),
            "JW-ANY-025",
            "Fetches nothing while something else is on its way.",
            || {
                RoleSabotage::<R>::new()
                    .courier(OneAfterTheOther(Semaphore::new(1)))
                    .alterations()
            },
        )
        .one_by_one(),
    ]
}

/// Goes on waiting for a while where the outbound client of the reference has given up.
struct Patient;

impl Courier for Patient {
    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let began = Instant::now();
            let outcome = inner.get(request).await;
            if began.elapsed() > Duration::from_secs(2) {
                tokio::time::sleep(Duration::from_millis(1500)).await;
            }
            outcome
        })
    }
}

/// Follows redirects.
struct Following;

impl Courier for Following {
    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        mut request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let outcome = inner.get(request.clone()).await;
            match &outcome {
                OutboundOutcome::Answered(Answer {
                    status: 300..=399,
                    location: Some(place),
                    ..
                }) => {
                    let place = Url::parse(&request.url).and_then(|url| url.join(place));
                    if let Ok(place) = place {
                        request.url = place.into();
                    }
                    inner.get(request).await
                }
                _ => outcome,
            }
        })
    }
}

/// Fetches when nothing else is fetched.
struct OneAfterTheOther(Semaphore);

impl Courier for OneAfterTheOther {
    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let _turn = self.0.acquire().await;
            inner.get(request).await
        })
    }
}

/// Whether an answer is a document.
fn is_document(answer: &Answer) -> bool {
    members(&answer.body).is_some_and(|members| members.contains_key("client_id"))
}

/// The keys of a key set that stands by itself.
pub(super) fn keys(answer: &Answer) -> Option<Vec<Value>> {
    match members(&answer.body)?.get("keys")? {
        Value::Array(keys) => Some(keys.clone()),
        _ => None,
    }
}

/// Alters what came, if no name stands twice in it.
pub(super) fn edit(answer: &mut Answer, alter: impl FnOnce(&mut Members)) {
    let Some(before) = sound_members(&answer.body) else {
        return;
    };
    let mut after = before.clone();
    alter(&mut after);
    if after != before {
        answer.body = Bytes::from(Value::Object(after).to_string());
    }
}
