//! Saboteurs of questions about tokens.

use super::requests::{answered, object};
use crate::{Saboteur, outbound::Posting, sabotage::ResourceSabotage};
use btx_harness::embedded::Alterations;
use btx_reference::outbound::{Outbound, OutboundOutcome, OutboundRequest};
use futures::future::BoxFuture;
use serde_json::{Map, Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// How long the token of a question lives after a saboteur has read the answer, in seconds.
const LIFETIME: u64 = 300;

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_resource(
            "asks-nobody-about-tokens",
            "OA-RES-050",
            "Refuses every token that it cannot read.",
            || {
                ResourceSabotage::new()
                    .config(|config| config.introspection = None)
                    .alterations()
            },
        ),
        Saboteur::of_the_resource(
            "believes-every-answer",
            "OA-RES-051",
            "Takes every token of which its server says anything.",
            || {
                reading(|answer| {
                    if answer.contains_key("scope") {
                        answer.insert("active".to_owned(), json!(true));
                    }
                })
            },
        ),
        Saboteur::of_the_resource(
            "asks-without-saying-who",
            "OA-RES-052",
            "Asks about a token without credentials first.",
            || {
                asking_before(|inner, mut request| {
                    request.headers.retain(|(name, _)| *name != "authorization");
                    inner.post(request)
                })
            },
        ),
        Saboteur::of_the_resource(
            "takes-what-nobody-can-tell-for-active",
            "OA-RES-053",
            "Takes a token while nobody can tell whether it is active.",
            || {
                ResourceSabotage::new()
                    .courier(Posting(hoping))
                    .alterations()
            },
        ),
        Saboteur::of_the_resource(
            "does-not-look-at-the-audience-of-an-answer",
            "OA-RES-054",
            "Takes an active token, whomever it is for.",
            || {
                reading(|answer| {
                    answer.remove("aud");
                })
            },
        ),
        Saboteur::of_the_resource(
            "does-not-look-at-the-exp-of-an-answer",
            "OA-RES-055",
            "Takes an active token whose end has passed.",
            || {
                reading(|answer| {
                    if answer.contains_key("exp") {
                        answer.insert("exp".to_owned(), json!(later()));
                    }
                })
            },
        ),
        Saboteur::of_the_resource(
            "asks-with-the-token-in-the-query",
            "OA-RES-056",
            "Asks about a token by GET first.",
            || asking_before(|inner, request| inner.get(request)),
        ),
    ]
}

type Ask = for<'a> fn(&'a dyn Outbound, OutboundRequest) -> BoxFuture<'a, OutboundOutcome>;

/// Asks in another way, and then as the reference does.
fn asking_before(first: Ask) -> Alterations {
    let courier = before(move |inner, request| {
        Box::pin(async move {
            drop(first(inner, request.clone()).await);
            inner.post(request).await
        })
    });
    ResourceSabotage::new().courier(courier).alterations()
}

/// Reads something else in the answers.
fn reading(alter: fn(&mut Map<String, Value>)) -> Alterations {
    let courier = before(move |inner, request| {
        Box::pin(async move {
            let outcome = inner.post(request).await;
            match object(&outcome) {
                Some(mut members) => {
                    alter(&mut members);
                    answered(members)
                }
                None => outcome,
            }
        })
    });
    ResourceSabotage::new().courier(courier).alterations()
}

fn before<F>(post: F) -> Posting<F>
where
    F: for<'a> Fn(&'a dyn Outbound, OutboundRequest) -> BoxFuture<'a, OutboundOutcome>
        + Send
        + Sync
        + 'static,
{
    Posting(post)
}

fn hoping(inner: &dyn Outbound, request: OutboundRequest) -> BoxFuture<'_, OutboundOutcome> {
    Box::pin(async move {
        let outcome = inner.post(request).await;
        if object(&outcome).is_some() {
            return outcome;
        }
        let hoped =
            json!({"active": true, "scope": "read write", "sub": "somebody", "exp": later()});
        match hoped {
            Value::Object(members) => answered(members),
            _ => outcome,
        }
    })
}

fn later() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs()) + LIFETIME
}
