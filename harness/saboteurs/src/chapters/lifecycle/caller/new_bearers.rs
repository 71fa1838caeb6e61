//! Saboteurs of which new bearers a caller takes.

use super::messages::{bearer, set};
use crate::{
    Saboteur,
    chapters::oauth::resource::opened::Opened,
    ledger::lock,
    outbound::{Courier, altered},
    sabotage::LcCallerSabotage,
};
use btx_harness::embedded::Alterations;
use btx_reference::outbound::{Answer, Outbound, OutboundOutcome, OutboundRequest};
use futures::future::BoxFuture;
use serde_json::Value;
use std::{collections::HashMap, sync::Mutex};

pub(super) fn saboteurs() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_lc_caller(
            "does-not-take-new-bearers",
            "LC-CLI-010",
            "Goes on with the bearer of the login as long as it can.",
            || {
                LcCallerSabotage::new()
                    .getting(|inner, request| {
                        Box::pin(async move {
                            altered(inner.get(request).await, |answer| {
                                answer.authentication_info.clear();
                                answer.authorization.clear();
                            })
                        })
                    })
                    .alterations()
            },
        )
        .also(
            "LC-CLI-008",
            &["Of many calls at once"],
            "the others have no new bearer to go on with",
        )
        .also(
            "LC-CLI-016",
            &["in an Authorization field is used"],
            "this is a new bearer too",
        ),
        Saboteur::of_the_lc_caller(
            "takes-bearers-about-anybody",
            "LC-CLI-011",
            "Takes a new bearer whatever session it is of.",
            || {
                taking(|answer, old| {
                    let new = readable(answer)?;
                    let opened = Opened::of(&new)?;
                    let other = |name| opened.claims.get(name) != old.claims.get(name);
                    let otherwise_sound = is_success(answer) && end(&opened)? >= end(old)?;
                    (otherwise_sound && (other("sub") || other("sid"))).then_some(new)
                })
            },
        ),
        Saboteur::of_the_lc_caller(
            "takes-bearers-that-end-earlier",
            "LC-CLI-012",
            "Takes a new bearer although it ends before the one that it has.",
            || {
                taking(|answer, old| {
                    let new = readable(answer).filter(|_| is_success(answer))?;
                    (end(&Opened::of(&new)?)? < end(old)?).then_some(new)
                })
            },
        ),
        Saboteur::of_the_lc_caller(
            "takes-bearers-unread",
            "LC-CLI-013",
            "Takes what stands in the place of a new bearer, whatever it is.",
            || {
                taking(|answer, _| {
                    let raw = raw(answer).filter(|_| is_success(answer))?;
                    let sound = answer.authentication_info.len() == 1
                        && answer
                            .authentication_info
                            .iter()
                            .all(|f| f.matches("bearer_token").count() == 1)
                        && Opened::of(&raw).is_some_and(|opened| end(&opened).is_some());
                    (!sound).then_some(raw)
                })
            },
        ),
        Saboteur::of_the_lc_caller(
            "takes-bearers-from-any-answer",
            "LC-CLI-014",
            "Takes a new bearer from an answer of whatever status.",
            || taking(|answer, _| readable(answer).filter(|_| !is_success(answer))),
        ),
        Saboteur::of_the_lc_caller(
            "takes-bearers-from-authorization-unasked",
            "LC-CLI-015",
            "Does not claim the compatibility option, and takes a new bearer from an Authorization field.",
            || {
                LcCallerSabotage::new()
                    .config(|config| config.authorization_field = false)
                    .courier(Taking::new(|answer, _| {
                        let field = answer
                            .authorization
                            .first()
                            .filter(|_| is_success(answer))?;
                        Some(field.strip_prefix("Bearer ")?.to_owned())
                    }))
                    .alterations()
            },
        ),
        Saboteur::of_the_lc_caller(
            "does-not-look-into-authorization-fields",
            "LC-CLI-016",
            "Claims the compatibility option, and does not take a new bearer from an Authorization field.",
            || {
                LcCallerSabotage::new()
                    .getting(|inner, request| {
                        Box::pin(async move {
                            altered(inner.get(request).await, |answer| {
                                answer.authorization.clear()
                            })
                        })
                    })
                    .alterations()
            },
        ),
    ]
}

/// Whether a caller takes a bearer from an answer, and which; given the one that it has shown.
type Takes = fn(&Answer, &Opened) -> Option<String>;

/// A caller that takes more bearers than the reference does.
fn taking(takes: Takes) -> Alterations {
    LcCallerSabotage::new()
        .courier(Taking::new(takes))
        .alterations()
}

/// Shows the bearers that it has taken in the place of those that the reference goes on with.
struct Taking {
    takes: Takes,
    taken: Mutex<HashMap<String, String>>,
}

impl Taking {
    fn new(takes: Takes) -> Self {
        Self {
            takes,
            taken: Mutex::default(),
        }
    }
}

impl Courier for Taking {
    fn get<'a>(
        &'a self,
        inner: &'a dyn Outbound,
        mut request: OutboundRequest,
    ) -> BoxFuture<'a, OutboundOutcome> {
        Box::pin(async move {
            let Some(own) = bearer(&request) else {
                return inner.get(request).await;
            };
            let taken = lock(&self.taken).get(&own).cloned();
            if let Some(taken) = taken {
                set(&mut request, "authorization", format!("Bearer {taken}"));
            }
            let outcome = inner.get(request).await;
            if let OutboundOutcome::Answered(answer) = &outcome
                && let Some(new) = Opened::of(&own).and_then(|old| (self.takes)(answer, &old))
            {
                lock(&self.taken).insert(own, new);
            }
            outcome
        })
    }
}

fn is_success(answer: &Answer) -> bool {
    (200..300).contains(&answer.status)
}

/// What stands in the place of a new bearer.
fn raw(answer: &Answer) -> Option<String> {
    let field = answer.authentication_info.first()?;
    let (_, rest) = field.split_once("bearer_token=\"")?;
    Some(rest.split_once('"')?.0.to_owned())
}

/// A new bearer that can be read.
fn readable(answer: &Answer) -> Option<String> {
    raw(answer).filter(|text| text.split('.').count() == 3 && Opened::of(text).is_some())
}

fn end(opened: &Opened) -> Option<i64> {
    opened.claims.get("exp").and_then(Value::as_i64)
}
