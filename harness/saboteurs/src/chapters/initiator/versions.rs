//! Saboteurs of the chapter "Versions", as initiators: what they send first, and what they make of a refusal.

use crate::{
    Saboteur,
    message::{edit, edit_text, members},
    sabotage::Sabotage,
};
use btx_harness::embedded::Alterations;
use btx_reference::{
    outbound::{OutboundOutcome, OutboundRequest},
    random::{Random, SystemRandom},
};
use btx_spec::{ExchangeId, HmacKey, VERSION};
use serde_json::Value;

const SAME: &str = "the same scenarios are about both";

pub(super) fn saboteurs() -> Vec<Saboteur> {
    let mut all = of_the_negotiation();
    all.extend(of_the_messages());
    all
}

fn of_the_messages() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "prefers-a-version-of-its-own",
            "EX-INI-100",
            "Sends a version in its token call that no specification has.",
            || {
                Sabotage::of_the_initiator()
                    .sending_members(|m| edit_text(m, "version", |_| "BTX-7".to_owned()))
                    .alterations()
            },
        )
        .also("EX-INI-010", &["five members"], "a version is one of them"),
        Saboteur::of_the_initiator(
            "takes-issues-of-any-version",
            "EX-INI-104",
            "Does not look at the version of a token issue.",
            || {
                Sabotage::of_the_initiator()
                    .arriving_members(|m| {
                        m.insert("version".to_owned(), VERSION.into());
                    })
                    .alterations()
            },
        )
        .also(
            "HT-ANY-010",
            &["no version"],
            "a version that is missing is none to it",
        ),
    ]
}

fn of_the_negotiation() -> Vec<Saboteur> {
    vec![
        Saboteur::of_the_initiator(
            "negotiates-for-ever",
            "EX-INI-101",
            "Calls again and again as long as a refusal names its version.",
            || {
                negotiating(
                    4,
                    |listed| {
                        let versions = listed.as_array()?;
                        let distinct = versions.len() == 1 && versions.iter().all(Value::is_string);
                        (distinct && versions.contains(&VERSION.into())).then(|| VERSION.to_owned())
                    },
                    Fresh::Both,
                )
            },
        ),
        Saboteur::of_the_initiator(
            "uses-whatever-version-is-named",
            "EX-INI-102",
            "Calls again with the first version that a refusal names.",
            || {
                negotiating(
                    1,
                    |listed| {
                        let first = listed.as_array()?.first()?.as_str()?;
                        (first != VERSION).then(|| first.to_owned())
                    },
                    Fresh::Both,
                )
            },
        ),
        Saboteur::of_the_initiator(
            "reads-the-list-of-versions-loosely",
            "EX-INI-103",
            "Calls again whatever accept_versions is, if it is not as it should be.",
            || {
                negotiating(
                    1,
                    |listed| {
                        let sound = listed.as_array().is_some_and(|versions| {
                            let twice = versions.len() > 1 && versions.first() == versions.get(1);
                            versions.iter().all(Value::is_string) && !twice
                        });
                        (!sound).then(|| VERSION.to_owned())
                    },
                    Fresh::Both,
                )
            },
        ),
        Saboteur::of_the_initiator(
            "negotiates-with-the-same-id",
            "EX-INI-073",
            "Calls again after the refusal of a version with the same exchange_id.",
            || negotiating(1, own, Fresh::Key),
        )
        .only(&["refused version"])
        .also("EX-INI-011", &["refused version"], SAME),
        Saboteur::of_the_initiator(
            "negotiates-with-the-same-key",
            "EX-INI-073",
            "Calls again after the refusal of a version with the same hmac_key.",
            || negotiating(1, own, Fresh::Id),
        )
        .only(&["refused version"])
        .also("EX-INI-012", &["refused version"], SAME),
    ]
}

/// Its own version, if the list is sound and names it.
fn own(listed: &Value) -> Option<String> {
    let versions = listed.as_array()?;
    let others = versions.iter().filter(|v| **v != VERSION).count();
    (others + 1 == versions.len()).then(|| VERSION.to_owned())
}

/// What is made anew for a further call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fresh {
    Id,
    Key,
    Both,
}

/// Calls again, so often at the most, with the version that it chooses from a list.
fn negotiating(most: usize, choose: fn(&Value) -> Option<String>, fresh: Fresh) -> Alterations {
    Sabotage::of_the_initiator()
        .posting(move |inner, request| {
            Box::pin(async move {
                let mut outcome = inner.post(request.clone()).await;
                let mut further = request;
                for _ in 0..most {
                    let chosen = listed(&outcome).and_then(|listed| choose(&listed));
                    let Some(version) = chosen else { break };
                    renew(&mut further, &version, fresh);
                    outcome = inner.post(further.clone()).await;
                }
                outcome
            })
        })
        .alterations()
}

/// The `accept_versions` of a refusal.
fn listed(outcome: &OutboundOutcome) -> Option<Value> {
    match outcome {
        OutboundOutcome::Answered(answer) if answer.status == 400 => {
            members(&answer.body)?.get("accept_versions").cloned()
        }
        _ => None,
    }
}

fn renew(request: &mut OutboundRequest, version: &str, fresh: Fresh) {
    let (mut id, mut key) = ([0; 16], [0; 32]);
    if SystemRandom.fill(&mut id).is_err() || SystemRandom.fill(&mut key).is_err() {
        return;
    }
    edit(&mut request.body, |m| {
        m.insert("version".to_owned(), version.into());
        if fresh != Fresh::Key {
            let id = ExchangeId::from_random(id);
            m.insert("exchange_id".to_owned(), id.as_str().into());
        }
        if fresh != Fresh::Id {
            let key = HmacKey::from_bytes(key).to_base64();
            m.insert("hmac_key".to_owned(), key.as_str().into());
        }
    });
}
